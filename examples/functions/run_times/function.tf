terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

# The run in the night to 3 March 2026 works on the data of the day before: "2026-03-02"
output "day" {
  value = provider::galley::run_times("0 4 * * *", "Europe/Paris", "2026-03-02T12:00:00Z", 1)[0].DataIntervalStart.date
}
