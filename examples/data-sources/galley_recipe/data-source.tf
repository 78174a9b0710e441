# A run that somebody else has started: its id is that of any recipe of the chain.
data "galley_recipe" "ada" {
  id = 1
}

output "ada" {
  value = {
    status  = data.galley_recipe.ada.status
    letters = data.galley_recipe.ada.input.files.letter
    job     = data.galley_recipe.ada.nodes["greet"].job_id
  }
}
