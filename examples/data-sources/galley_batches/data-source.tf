# The batches that are at work.
data "galley_batches" "open" {
  is_superseded = false
  order         = ["-created"]
  limit         = 10
}

output "open" {
  value = { for b in data.galley_batches.open.results : b.id => "${b.recipes_completed} of ${b.recipes_total} recipes, ${b.jobs.failed} jobs failed" }
}
