list "galley_recipe_type" "active" {
  provider = galley

  config {
    is_active = true
  }
}
