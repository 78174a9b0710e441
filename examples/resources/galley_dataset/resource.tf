resource "galley_source_file" "letter" {
  for_each = toset(["ada", "grace"])

  workspace  = "default"
  path       = "letters/${each.key}.txt"
  content    = "Dear ${each.key}\n"
  media_type = "text/plain"
}

# A member for each letter; the greeting is the same for all.
resource "galley_dataset" "letters" {
  title = "Letters"

  parameters = {
    files = { letter = { media_types = ["text/plain"] } }
    json  = { name = { type = "string" } }
  }
  global_parameters = { json = { greeting = { type = "string" } } }
  global_data       = { json = { greeting = "Dear" } }

  members = [for name, file in galley_source_file.letter : {
    files = { letter = [file.id] }
    json  = { name = name }
  }]
}
