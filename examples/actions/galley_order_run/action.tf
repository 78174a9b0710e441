data "galley_orders" "nightly" {
  kitchen = "production"
  status  = "PAUSED_ORDER"
}

# Beside the schedule: terraform apply -invoke=action.galley_order_run.now
action "galley_order_run" "now" {
  config {
    kitchen  = "production"
    order_id = data.galley_orders.nightly.results[0].id
    timeouts = { invoke = "10m" }
  }
}
