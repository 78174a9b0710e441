import {
  to = galley_recipe_type.ndvi
  id = "ndvi"
}
