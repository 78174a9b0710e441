data "galley_recipe_input_files" "letters" {
  recipe_id    = 1
  recipe_input = "letter"
}

output "letters" {
  value = [for f in data.galley_recipe_input_files.letters.results : f.file_name]
}
