resource "galley_recipe_type" "ndvi" {
  title = "NDVI"

  definition = {
    input = {
      json = {
        threshold = { type = "number" }
        bands     = { type = "object", required = false }
      }
    }
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

  # The weakest values; a variable named like an input of the recipe type becomes that input.
  variables = {
    threshold = 0.4
    region    = "north"
    label     = "NDVI of {{region}}"
  }

  variations = {
    once = {}

    nightly = {
      description    = "Every working day, with stricter values"
      overrides_json = jsonencode({ threshold = 0.6 })
      input_json     = { bands = jsonencode({ red = 4, nir = 8 }) }
      schedule       = { cron = "30 4 * * MON-FRI", time_zone = "Europe/Paris" }
      max_duration   = "PT2H"
    }
  }
}
