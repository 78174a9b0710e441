terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

# Half past two does not exist on 8 March 2026 in New York:
# ["2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"]
output "runs" {
  value = provider::galley::next_runs("30 2 * * *", "America/New_York", "2026-03-07T00:00:00Z", 3)
}
