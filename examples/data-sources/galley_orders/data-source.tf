data "galley_orders" "ended" {
  kitchen = "production"
  recipe  = "ndvi"
  status  = "COMPLETED_ORDER"
  limit   = 10
}

output "ended" {
  value = { for o in data.galley_orders.ended.results : o.id => o.last_run.ended }
}
