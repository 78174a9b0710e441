# The ten newest recipes of a type that are not completed.
data "galley_recipes" "open" {
  recipe_type_name = ["greeting"]
  is_completed     = false
  is_superseded    = false
  order            = ["-created"]
  limit            = 10
}

output "open" {
  value = { for r in data.galley_recipes.open.results : r.id => "${r.counts.jobs_completed} of ${r.counts.jobs_total} jobs" }
}
