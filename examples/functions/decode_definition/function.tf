terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

locals {
  # Mostly file("recipe.json").
  json = <<-EOT
    {
      "input": { "files": [{ "name": "scene", "media_types": ["image/tiff"] }] },
      "nodes": {
        "measure": {
          "dependencies": [],
          "input": { "scene": { "type": "recipe", "input": "scene" } },
          "node_type": { "node_type": "job", "job_type_name": "measure", "job_type_version": "1.0.0", "job_type_revision": 1 }
        }
      }
    }
  EOT

  from_file = provider::galley::decode_definition(local.json)
}

# The definition of the file with one more node, as galley_recipe_type takes it.
output "definition" {
  value = merge(local.from_file, {
    nodes = merge(local.from_file.nodes, {
      index = {
        job          = { name = "index", version = "1.0.0", revision = 1 }
        dependencies = { measure = true }
        input        = { scene = { recipe_input = "scene" } }
      }
    })
  })
}
