# By kitchen and name.
terraform import galley_kitchen_recipe.ndvi production/ndvi
