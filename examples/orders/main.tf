# A recipe type that is offered in two kitchens, ordered by a schedule, and run once for
# each day of the past that is still missing.

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

provider "galley" {}

resource "galley_job_type" "count" {
  manifest = file("${path.module}/count.seed.json")

  configuration = { output_workspaces = { default = "default" } }
}

resource "galley_recipe_type" "daily_count" {
  title       = "Daily count"
  description = "Counts what arrived on one day"

  definition = {
    input = {
      json = {
        source_date = { type = "string" }
        schema      = { type = "string" }
      }
    }
    nodes = {
      count = {
        job = { name = galley_job_type.count.name, version = galley_job_type.count.version, revision = galley_job_type.count.revision_num }
        input = {
          day    = { recipe_input = "source_date" }
          schema = { recipe_input = "schema" }
        }
      }
    }
  }
}

resource "galley_kitchen" "production" {
  name        = "production"
  description = "What counts"
  overrides   = { schema = "live" }

  alerts = { error = [var.on_call] }
}

resource "galley_kitchen" "staging" {
  name        = "staging"
  parent      = galley_kitchen.production.name
  description = "The same recipes, with another schema"
  overrides   = { schema = "staging" }
}

resource "galley_kitchen_recipe" "daily_count" {
  kitchen     = galley_kitchen.production.name
  name        = "daily-count"
  recipe_type = galley_recipe_type.daily_count.name
  variables   = { schema = "test", source_date = "today" }

  variations = {
    once = {}
    daily = {
      description  = "Every morning, for the day before"
      schedule     = { cron = "30 4 * * *", time_zone = "Europe/Paris" }
      max_duration = "PT30M"
    }
  }
}
