# A year of daily weather, and one question: was the wettest month the coldest?
#
# observations ─ clean ─┬─ rainfall ────┬─ report          (enough days of data)
#                       ├─ temperature ─┤
#                       ├─ enough? ─────┴─ too_little      (too few)
#                       └─ extremes (a recipe of three jobs)

terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

# The endpoint and the credentials come from GALLEY_ENDPOINT, GALLEY_USERNAME and GALLEY_PASSWORD.
provider "galley" {}

resource "galley_workspace" "weather" {
  title  = "Weather"
  broker = { host = { path = var.workspace_path } }
}

resource "galley_source_file" "observations" {
  workspace  = galley_workspace.weather.name
  path       = "observations/seattle-2015.csv"
  source     = "${path.module}/data/seattle-2015.csv"
  media_type = "text/csv"

  source_started = "2015-01-01T00:00:00Z"
  source_ended   = "2015-12-31T23:59:59Z"
  source_sensor  = "GHCND:USW00024233"
}

resource "galley_recipe" "year" {
  recipe_type          = galley_recipe_type.weather.name
  recipe_type_revision = galley_recipe_type.weather.revision_num

  input = {
    files = { observations = [galley_source_file.observations.id] }
    json  = { wet_day_mm = 1 }
  }
}
