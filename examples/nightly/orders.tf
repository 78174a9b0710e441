resource "galley_order" "nightly" {
  kitchen   = galley_kitchen_recipe.night["production"].kitchen
  recipe    = galley_kitchen_recipe.night["production"].name
  variation = "full"

  schedule = { cron = "30 3 * * *", time_zone = "Europe/Berlin" }
  overlap  = "hold" # a night that takes too long does not run into the next one
  catch_up = "last" # what was missed while no server ran is made up once

  alerts = {
    warning       = [var.on_call]
    over_duration = [var.on_call]
  }
}

# One run for each day of the past, in production. A day that has run is a record: another apply does not run it again. What
# goes wrong in all of them is one mail.
resource "galley_order" "backfill" {
  for_each = local.days

  kitchen     = galley_kitchen_recipe.night["production"].kitchen
  recipe      = galley_kitchen_recipe.night["production"].name
  variation   = "full"
  schedule    = { now = true }
  source_date = each.key

  alerts     = { digest = "PT2H", warning = [var.on_call] }
  on_failure = "warn" # one bad day does not hide the others
  depends_on = [galley_source_file.sales]
}

# The same, with one day, where it harms nobody.
resource "galley_order" "trial" {
  kitchen     = galley_kitchen_recipe.night["development"].kitchen
  recipe      = galley_kitchen_recipe.night["development"].name
  variation   = "full"
  schedule    = { now = true }
  source_date = keys(local.days)[0]

  depends_on = [galley_source_file.sales]
}

# Every plan and every apply looks at the last night, and warns.
data "galley_orders" "night" {
  kitchen = "production"
  recipe  = "night"
  status  = "ACTIVE_ORDER" # those with a schedule: what runs once has ended
}

check "last_night" {
  assert {
    condition     = alltrue([for o in data.galley_orders.night.results : try(o.last_run.status, "") != "SERVING_ERROR"])
    error_message = "A run of production/night has failed: `galley runs ls --kitchen production` lists it, `galley runs resume` goes on with it."
  }
}
