data "galley_orders" "ended" {
  kitchen = "production"
  recipe  = "ndvi"
  limit   = 1
}

# After a failure: terraform apply -invoke=action.galley_order_run_resume.newest
action "galley_order_run_resume" "newest" {
  config {
    kitchen  = "production"
    order_id = data.galley_orders.ended.results[0].id
  }
}
