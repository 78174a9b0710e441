# Every morning, as the variation says. A change of the variation's schedule does not
# touch this order: it keeps the one that it was made with.
resource "galley_order" "daily" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.daily_count.name
  variation = "daily"

  alert_destinations = [var.on_call]
}

# The backfill: one run for each day. A day that is added is ordered and waited for, a day
# that has run is a record, and a day that is taken away is forgotten.
resource "galley_order" "backfill" {
  for_each = var.backfill

  kitchen     = galley_kitchen.production.name
  recipe      = galley_kitchen_recipe.daily_count.name
  variation   = "once"
  source_date = each.key

  on_failure = "warn" # one bad day does not keep the others from being seen
}

# The same recipe in the kitchen below, with an infrastructure of its own.
resource "galley_order" "trial" {
  kitchen   = galley_kitchen.staging.name
  recipe    = galley_kitchen_recipe.daily_count.name
  variation = "once"

  schedule       = { now = true }
  source_date    = "2026-03-01"
  infrastructure = { bucket = "trial" }
}
