terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

data "galley_recipe_type" "greeting" {
  name = "greeting"
}

# Its definition fits wherever one is expected: into functions, and into a recipe type of one's own.
output "graph" {
  value = provider::galley::recipe_graph(data.galley_recipe_type.greeting.definition, "mermaid")
}

resource "galley_recipe_type" "letter" {
  title = "Letter"

  definition = {
    input = data.galley_recipe_type.greeting.definition.input
    nodes = {
      greeting = {
        recipe = {
          name     = data.galley_recipe_type.greeting.name
          revision = data.galley_recipe_type.greeting.revision_num
        }
        input = {
          letter = { recipe_input = "letter" }
          name   = { recipe_input = "name" }
        }
      }
    }
  }
}
