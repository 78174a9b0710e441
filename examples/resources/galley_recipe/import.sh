# By the id of any recipe of the chain.
terraform import galley_recipe.ada 7
