resource "galley_source_file" "letter" {
  for_each = toset(["ada", "grace"])

  workspace  = "default"
  path       = "letters/${each.key}.txt"
  content    = "Dear ${each.key}\n"
  media_type = "text/plain"
}

resource "galley_dataset" "letters" {
  title      = "Letters"
  parameters = { files = { text = { media_types = ["text/plain"] } } }
  members    = [for file in galley_source_file.letter : { files = { text = [file.id] } }]
}

resource "galley_job_type" "count" {
  docker_image = "count:1.0.0"
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name           = "count"
      jobVersion     = "1.0.0"
      packageVersion = "1.0.0"
      title          = "Count"
      description    = "Counts the characters of a letter"
      maintainer     = { name = "Ada", email = "ada@example.com" }
      timeout        = 60
      interface = {
        command = "wc -c < \"$LETTER\""
        inputs  = { files = [{ name = "letter", mediaTypes = ["text/plain"] }] }
      }
    }
  })
}

resource "galley_recipe_type" "counting" {
  title = "Counting"

  definition = {
    input = { files = { letter = { media_types = ["text/plain"] } } }
    nodes = {
      count = {
        job   = { name = galley_job_type.count.name, version = galley_job_type.count.version, revision = galley_job_type.count.revision_num }
        input = { letter = { recipe_input = "letter" } }
      }
    }
  }
}

# A recipe for each letter. The parameter of the data set has another name than the input.
resource "galley_batch" "greetings" {
  title       = "Greetings"
  recipe_type = galley_recipe_type.counting.name
  dataset     = galley_dataset.letters.id
  input_map   = { letter = "text" }
}

# The same letters again, whatever has changed: it supersedes the first batch.
resource "galley_batch" "again" {
  title          = "Greetings again"
  recipe_type    = galley_recipe_type.counting.name
  previous_batch = galley_batch.greetings.root_batch_id
  forced_nodes   = { nodes = ["count"] }
}

output "recipes" {
  value = "${galley_batch.again.recipes_completed} of ${galley_batch.again.recipes_total}"
}
