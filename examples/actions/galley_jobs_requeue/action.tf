# When the disk has room again, all that has failed by an error of the system runs again:
# terraform apply -invoke=action.galley_jobs_requeue.system
action "galley_jobs_requeue" "system" {
  config {
    status           = ["FAILED"]
    error_categories = ["SYSTEM"]
    started          = "PT24H" # within the last day
  }
}

# The same for one job type, before all others, without waiting.
action "galley_jobs_requeue" "greet" {
  config {
    status              = ["FAILED", "CANCELED"]
    job_types           = [{ name = "greet", version = "1.0.0" }]
    priority            = 1
    wait_for_completion = false
  }
}
