# A job type that is an image: the command of its manifest is the arguments of the image's entry point.

terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

# The endpoint and the credentials come from GALLEY_ENDPOINT, GALLEY_USERNAME and GALLEY_PASSWORD.
provider "galley" {}

variable "image" {
  description = "The image of count/, on the machines that run jobs or in a registry: a tag, or better a digest."
  type        = string
  default     = "localhost/count:1.0.0"
}

resource "galley_workspace" "texts" {
  title  = "Texts"
  broker = { host = { path = "texts" } }
}

resource "galley_source_file" "text" {
  workspace  = galley_workspace.texts.name
  path       = "three-lines.txt"
  source     = "${path.module}/three-lines.txt"
  media_type = "text/plain"
}

resource "galley_job_type" "count" {
  manifest     = file("${path.module}/count.seed.json")
  docker_image = var.image
}

resource "galley_recipe_type" "count" {
  title = "Count lines"

  definition = {
    input = { files = { text = { media_types = ["text/plain"] } } }
    nodes = {
      count = {
        job   = { name = galley_job_type.count.name, version = galley_job_type.count.version, revision = galley_job_type.count.revision_num }
        input = { text = { recipe_input = "text" } }
      }
    }
  }
}

resource "galley_recipe" "count" {
  recipe_type          = galley_recipe_type.count.name
  recipe_type_revision = galley_recipe_type.count.revision_num

  input = { files = { text = [galley_source_file.text.id] } }
}

output "status" {
  value = galley_recipe.count.status
}
