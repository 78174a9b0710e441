# What has failed since yesterday.
data "galley_jobs" "failed" {
  status        = ["FAILED"]
  started       = "P1D"
  is_superseded = false
}

output "failed" {
  value = [for j in data.galley_jobs.failed.results : "${j.job_type} (job ${j.id}): ${coalesce(j.error_title, "no error")}"]
}
