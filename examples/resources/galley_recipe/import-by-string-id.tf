import {
  to = galley_recipe.ada
  id = "1"
}
