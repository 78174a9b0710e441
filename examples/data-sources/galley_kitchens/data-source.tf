data "galley_kitchens" "roots" {
  parent = [""]
}

output "recipes" {
  value = { for k in data.galley_kitchens.roots.results : k.name => k.recipes }
}
