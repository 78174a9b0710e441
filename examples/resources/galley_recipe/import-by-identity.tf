import {
  to = galley_recipe.ada
  identity = {
    id = 1
  }
}
