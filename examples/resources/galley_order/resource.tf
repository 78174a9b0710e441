resource "galley_recipe_type" "ndvi" {
  title = "NDVI"

  definition = {
    input = { json = { threshold = { type = "number" } } }
    nodes = {}
  }
}

resource "galley_kitchen" "production" {
  name = "production"
}

resource "galley_kitchen_recipe" "ndvi" {
  kitchen     = galley_kitchen.production.name
  name        = "ndvi"
  recipe_type = galley_recipe_type.ndvi.name
  variables   = { threshold = 0.4 }
  variations  = { default = {} }
}

# Once, at once: the apply waits for it.
resource "galley_order" "today" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.ndvi.name
  variation = "default"

  parameters         = { threshold = 0.5 }
  infrastructure     = { bucket = "scenes", schema = "test" }
  source_date        = "2026-03-01"
  alert_destinations = ["ops@example.com"]
}

# By a schedule, until it is paused, stopped or has expired.
resource "galley_order" "nightly" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.ndvi.name
  variation = "default"
  paused    = true

  schedule = {
    cron      = "30 4 * * MON-FRI"
    time_zone = "Europe/Paris"
    max_runs  = 100
  }
}
