# What somebody else has made: the examples of data sources find it on the backend.
resource "galley_job_type" "greet" {
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name           = "greet"
      jobVersion     = "1.0.0"
      packageVersion = "1.0.0"
      title          = "Greet"
      description    = "Says hello"
      maintainer     = { name = "Ada", email = "ada@example.com" }
      timeout        = 60
      interface = {
        command = "echo hello $NAME; wc -c < \"$LETTER\""
        inputs = {
          files = [{ name = "letter", mediaTypes = ["text/plain"] }]
          json  = [{ name = "name", type = "string" }]
        }
      }
    }
  })
}

resource "galley_recipe_type" "greeting" {
  title = "Greeting"

  definition = {
    input = {
      files = { letter = { media_types = ["text/plain"] } }
      json  = { name = { type = "string" } }
    }
    nodes = {
      greet = {
        job = { name = galley_job_type.greet.name, version = galley_job_type.greet.version, revision = galley_job_type.greet.revision_num }
        input = {
          letter = { recipe_input = "letter" }
          name   = { recipe_input = "name" }
        }
      }
    }
  }
}

resource "galley_source_file" "letter" {
  workspace  = "default"
  path       = "letters/ada.txt"
  content    = "Dear Ada,\n"
  media_type = "text/plain"
}

resource "galley_recipe" "ada" {
  recipe_type = galley_recipe_type.greeting.name

  input = {
    files = { letter = [galley_source_file.letter.id] }
    json  = { name = "Ada" }
  }

  timeouts = {
    create = "10m"
  }
}

resource "galley_kitchen" "office" {
  name = "office"
}

resource "galley_kitchen_recipe" "greeting" {
  kitchen     = galley_kitchen.office.name
  name        = "greeting"
  recipe_type = galley_recipe_type.greeting.name
  variables   = { name = "Ada" }
  variations  = { letter = { input_files = { letter = [galley_source_file.letter.id] } } }
}

resource "galley_order" "ada" {
  kitchen   = galley_kitchen.office.name
  recipe    = galley_kitchen_recipe.greeting.name
  variation = "letter"
}
