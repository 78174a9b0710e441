import {
  to = galley_kitchen_recipe.ndvi
  identity = {
    kitchen = "production"
    name    = "ndvi"
  }
}
