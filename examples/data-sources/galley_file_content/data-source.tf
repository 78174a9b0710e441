# The newest letter, which is a small text.
data "galley_files" "letters" {
  media_type = ["text/plain"]
  order      = ["-created"]
  limit      = 1
}

data "galley_file_content" "newest" {
  for_each  = toset([for f in data.galley_files.letters.results : tostring(f.id)])
  file_id   = each.value
  max_bytes = 100000
}

output "newest" {
  value = { for id, file in data.galley_file_content.newest : id => file.content }
}
