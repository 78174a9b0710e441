data "galley_job_type" "greet" {
  name    = "greet"
  version = "1.0.0"
}

resource "galley_recipe_type" "hello" {
  title = "Hello"

  definition = {
    input = {
      files = { letter = { media_types = ["text/plain"] } }
      json  = { name = { type = "string" } }
    }
    nodes = {
      greet = {
        job = {
          name     = data.galley_job_type.greet.name
          version  = data.galley_job_type.greet.version
          revision = data.galley_job_type.greet.revision_num
        }
        input = {
          letter = { recipe_input = "letter" }
          name   = { recipe_input = "name" }
        }
      }
    }
  }
}
