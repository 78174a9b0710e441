# Development follows each new revision of the graph; production runs the one that it is told.
locals {
  kitchens = {
    production  = { schema = "live", revision = var.production_revision }
    development = { schema = "dev", revision = null }
  }
}

resource "galley_kitchen" "kitchen" {
  for_each = local.kitchens

  name      = each.key
  overrides = { SCHEMA = each.value.schema }
  alerts    = { error = [var.on_call] }
}

resource "galley_kitchen_recipe" "night" {
  for_each = local.kitchens

  kitchen              = galley_kitchen.kitchen[each.key].name
  name                 = "night"
  recipe_type          = galley_recipe_type.night.name
  recipe_type_revision = each.value.revision

  # Yesterday, as the nightly run sees it. An order that says source_date wins.
  variables = { source_date = "{{DataIntervalStart.date}}" }

  variations = {
    full = {
      description  = "The file of the day, for which a run waits"
      input_files  = { sales = [{ workspace = var.workspace, path = "sales/{{source_date}}.csv", wait_for = "PT2H" }] }
      max_duration = "PT1H"
      timeout      = "PT4H"
    }
  }
}
