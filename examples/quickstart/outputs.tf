output "recipe_id" {
  value = galley_recipe.year.recipe_id
}

output "status" {
  value = galley_recipe.year.status
}

output "jobs" {
  value = "${galley_recipe.year.counts.jobs_completed} of ${galley_recipe.year.counts.jobs_total} completed"
}

output "nodes" {
  value = { for name, node in galley_recipe.year.nodes : name => node.status }
}
