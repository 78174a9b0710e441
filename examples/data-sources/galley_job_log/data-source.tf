# The last words of the job that failed last.
data "galley_jobs" "failed" {
  status = ["FAILED"]
  order  = ["-last_modified"]
  limit  = 1
}

data "galley_job_log" "failed" {
  for_each = toset([for j in data.galley_jobs.failed.results : tostring(j.id)])
  job_id   = each.value
  lines    = 20
}

output "last_words" {
  value = { for id, log in data.galley_job_log.failed : id => log.log }
}
