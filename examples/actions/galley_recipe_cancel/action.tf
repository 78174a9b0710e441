# To stop a run: terraform apply -invoke=action.galley_recipe_cancel.ada
action "galley_recipe_cancel" "ada" {
  config {
    recipe_id = 1
  }
}
