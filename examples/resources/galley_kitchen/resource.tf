resource "galley_kitchen" "production" {
  name        = "production"
  description = "What customers see"

  overrides = { schema = "live" }

  alerts = {
    error         = ["ops@example.com", "https://hooks.example.com/galley"]
    over_duration = ["ops@example.com"]
  }
}

# It has the recipes and overrides of the kitchen above, and one override of its own.
resource "galley_kitchen" "staging" {
  name   = "staging"
  parent = galley_kitchen.production.name

  overrides = { schema = "staging" }
}
