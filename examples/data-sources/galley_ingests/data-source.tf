# What has not been ingested, though it arrived.
data "galley_ingests" "stuck" {
  status = ["ERRORED", "DEFERRED"]
}

output "stuck" {
  value = [for i in data.galley_ingests.stuck.results : i.file_path]
}
