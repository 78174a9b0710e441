import {
  to = galley_kitchen_recipe.ndvi
  id = "production/ndvi"
}
