data "galley_strikes" "scenes" {
  name = ["scenes"]
}

output "watching" {
  value = { for s in data.galley_strikes.scenes.results : s.name => s.job_status }
}
