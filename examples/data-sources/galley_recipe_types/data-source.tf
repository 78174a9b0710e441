# The recipe types in use that have a job of the type "greet".
data "galley_recipe_types" "active" {
  is_active = true
}

output "greeting" {
  value = [
    for t in data.galley_recipe_types.active.results : t.name
    if contains(t.job_types[*].name, "greet")
  ]
}
