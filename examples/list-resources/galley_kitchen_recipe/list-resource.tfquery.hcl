list "galley_kitchen_recipe" "production" {
  provider = galley

  config {
    kitchen = "production"
  }
}
