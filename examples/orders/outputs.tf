output "next_run" {
  description = "When the daily order is due."
  value       = galley_order.daily.next_run
}

output "backfilled" {
  description = "What has become of each day."
  value       = { for day, order in galley_order.backfill : day => order.last_run.status }
}

output "schemas" {
  description = "The schema that counted: an override of the kitchen wins over the recipe's variable."
  value = {
    production = galley_order.backfill["2026-02-28"].effective_parameters.schema
    staging    = galley_order.trial.effective_parameters.schema
  }
}
