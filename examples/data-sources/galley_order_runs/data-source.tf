data "galley_orders" "newest" {
  kitchen = "production"
  status  = "COMPLETED_ORDER"
  limit   = 1
}

data "galley_order_runs" "newest" {
  kitchen  = "production"
  order_id = data.galley_orders.newest.results[0].id
}

output "durations" {
  value = { for run in data.galley_order_runs.newest.results : run.id => run.duration }
}
