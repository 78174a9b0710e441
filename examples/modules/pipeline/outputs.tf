output "recipe_type" {
  description = "Name of the recipe type, for runs by `galley_recipe` and as a sub-recipe."
  value       = galley_recipe_type.pipeline.name
}

output "ref" {
  description = "Name and revision of the recipe type, as a node of another one takes it."
  value       = galley_recipe_type.pipeline.ref
}

output "recipe" {
  description = "Name of the kitchen's recipe, for orders of one's own. Its variation is `default`."
  value       = galley_kitchen_recipe.pipeline.name
}

output "next_run" {
  description = "When it runs next; null without a schedule."
  value       = one(galley_order.scheduled[*].next_run)
}
