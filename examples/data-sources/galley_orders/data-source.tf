data "galley_orders" "greetings" {
  kitchen = "office"
  recipe  = "greeting"
  status  = "COMPLETED_ORDER"
  limit   = 10
}

output "ended" {
  value = { for o in data.galley_orders.greetings.results : o.id => o.last_run.ended }
}
