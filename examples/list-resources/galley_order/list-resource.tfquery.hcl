# The orders that go on, with all of their attributes.
list "galley_order" "active" {
  provider         = galley
  include_resource = true
  limit            = 500

  config {
    kitchen = "production"
    status  = "ACTIVE_ORDER"
  }
}
