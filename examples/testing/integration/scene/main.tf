# A scene with so many clouds, and what the pipeline makes of it.

terraform {
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

variable "recipe_type" {
  type = string
}

variable "clouds" {
  type = number
}

resource "galley_source_file" "scene" {
  workspace  = "default"
  path       = "scenes/test-${var.clouds}.txt"
  media_type = "text/plain"
  content    = var.clouds
}

resource "galley_recipe" "scene" {
  recipe_type = var.recipe_type
  input       = { files = { scene = [galley_source_file.scene.id] } }
}

output "recipe" {
  value = { status = galley_recipe.scene.status, nodes = galley_recipe.scene.nodes }
}
