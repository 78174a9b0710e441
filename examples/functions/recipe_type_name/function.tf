terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

# "my-tiles-v2"
output "name" {
  value = provider::galley::recipe_type_name("My Tiles (v2)")
}
