output "next_night" {
  description = "When the night is due."
  value       = galley_order.nightly.next_run
}

output "days" {
  description = "What has become of each day."
  value       = { for day, order in galley_order.backfill : day => order.last_run.status }
}
