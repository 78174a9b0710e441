# A pipeline with tests: of scenes with few clouds an index is made. `terraform test` runs those in tests/
# without a backend; those in integration/ need one.

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

variable "workspace" {
  description = "Name of the workspace of scenes and indexes."
  type        = string
  default     = "default"
}

resource "galley_job_type" "measure" {
  name    = "measure"
  version = "1.0.0"
  command = "echo \"{\\\"cloud\\\": $(cat \"$SCENE\")}\" > \"$OUTPUT_DIR/seed.outputs.json\""
  inputs  = { files = { scene = {} } }
  outputs = { json = { cloud = { type = "number" } } }
}

resource "galley_job_type" "index" {
  name    = "index"
  version = "1.0.0"
  command = "cp \"$SCENE\" \"$OUTPUT_DIR/index.txt\""
  inputs  = { files = { scene = {} } }
  outputs = { files = { index = { pattern = "index.txt", media_type = "text/plain" } } }

  configuration = { output_workspaces = { default = var.workspace } }
}

resource "galley_recipe_type" "scene" {
  name  = "scene"
  title = "Scene"

  definition = {
    input = { files = { scene = { media_types = ["text/plain"] } } }
    nodes = {
      measure = {
        job   = galley_job_type.measure.ref
        input = { scene = { recipe_input = "scene" } }
      }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
        dependencies = { measure = true }
        input        = { cloud = { node = "measure", output = "cloud" } }
      }
      index = {
        job          = galley_job_type.index.ref
        dependencies = { clear = true }
        input        = { scene = { recipe_input = "scene" } }
      }
    }
  }
}

resource "galley_kitchen" "production" {
  name   = "production"
  alerts = { error = ["ops@example.com"] }
}

resource "galley_kitchen_recipe" "scene" {
  kitchen     = galley_kitchen.production.name
  name        = "scene"
  recipe_type = galley_recipe_type.scene.name

  variations = {
    nightly = {
      schedule    = { cron = "0 3 * * *", time_zone = "Europe/Paris" }
      input_files = { scene = [{ workspace = var.workspace, path = "scenes/{{DataIntervalStart.date}}.txt" }] }
    }
  }
}

resource "galley_order" "nightly" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.scene.name
  variation = "nightly"
}

data "galley_orders" "nightly" {
  kitchen = "production"
  recipe  = "scene"
  status  = "ACTIVE_ORDER"
}

check "last_night" {
  assert {
    condition     = alltrue([for o in data.galley_orders.nightly.results : try(o.last_run.status, "") != "SERVING_ERROR"])
    error_message = "The last night has failed. `galley orders ls` has its run, `galley runs show RUN` the reason."
  }
}

output "recipe_type" {
  description = "Name of the recipe type, for recipes of other configurations."
  value       = galley_recipe_type.scene.name
}

output "next_run" {
  description = "When the next night is."
  value       = galley_order.nightly.next_run
}
