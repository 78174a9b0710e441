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

# flowchart TD
#   n0["measure<br/>job measure 1.0.0, revision 1"]
#   n1{"clear<br/>condition"}
#   n2["index<br/>job index 1.0.0, revision 1"]
#   n0 --> n1
#   n1 -->|accepted| n2
output "graph" {
  value = provider::galley::recipe_graph(local.definition, "mermaid")
}
