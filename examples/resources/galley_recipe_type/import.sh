# By name.
terraform import galley_recipe_type.ndvi ndvi
