# Alerts that did not arrive.
data "galley_alerts" "lost" {
  kitchen = "production"
  status  = "FAILED"
}

check "alerts_arrive" {
  assert {
    condition     = length(data.galley_alerts.lost.results) == 0
    error_message = "Alerts did not arrive: ${join(", ", distinct(data.galley_alerts.lost.results[*].error))}"
  }
}
