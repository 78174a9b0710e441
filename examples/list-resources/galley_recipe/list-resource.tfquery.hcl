# The runs of one type that have not completed.
list "galley_recipe" "unfinished" {
  provider = galley

  config {
    recipe_type_name = ["greeting"]
    is_completed     = false
  }
}
