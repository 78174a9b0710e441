data "galley_orders" "newest" {
  kitchen = "office"
  limit   = 1
}

data "galley_order_runs" "newest" {
  kitchen  = "office"
  order_id = data.galley_orders.newest.results[0].id
}

output "durations" {
  value = { for run in data.galley_order_runs.newest.results : run.id => run.duration }
}
