terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

locals {
  definition = {
    input = {
      files = { scene = { media_types = ["image/tiff"] } }
    }
    nodes = {
      measure = {
        job   = { name = "measure", version = "1.0.0", revision = 1 }
        input = { scene = { recipe_input = "scene" } }
      }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
        dependencies = { measure = true }
        input        = { cloud = { node = "measure", output = "cloud" } }
      }
      index = {
        job          = { name = "index", version = "1.0.0", revision = 1 }
        dependencies = { clear = true }
        input        = { scene = { recipe_input = "scene" } }
      }
    }
  }
}

output "json" {
  value = provider::galley::encode_definition(local.definition)
}
