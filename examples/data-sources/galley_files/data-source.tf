# The text files of the last 30 days, as input of a recipe.
data "galley_files" "letters" {
  file_type       = ["SOURCE"]
  media_type      = ["text/plain"]
  created_started = "P30D"
  order           = ["file_name"]
}

output "letters" {
  value = data.galley_files.letters.results[*].id
}
