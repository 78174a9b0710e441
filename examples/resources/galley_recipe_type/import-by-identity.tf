import {
  to = galley_recipe_type.ndvi
  identity = {
    name = "ndvi"
  }
}
