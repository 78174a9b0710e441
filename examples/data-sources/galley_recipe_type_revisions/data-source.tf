data "galley_recipe_type_revisions" "greeting" {
  name  = "greeting"
  limit = 2
}

# The nodes of the two newest revisions.
output "nodes" {
  value = {
    for r in data.galley_recipe_type_revisions.greeting.results : r.revision_num =>
    keys(jsondecode(r.definition_json).nodes)
  }
}
