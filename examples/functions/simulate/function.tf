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
  cloudy = provider::galley::simulate(
    local.definition,
    { files = { scene = [{ file_name = "a.tif", media_type = "image/tiff" }] } },
    { measure = { json = { cloud = 80 } } },
  )
}

# ["measure", "clear"]: of a cloudy scene no index is made.
output "ran" {
  value = local.cloudy.order
}

check "cloudy_scenes_are_left_out" {
  assert {
    condition     = !local.cloudy.nodes.clear.accepted && !local.cloudy.nodes.index.ran
    error_message = "an index is made of a cloudy scene"
  }
}
