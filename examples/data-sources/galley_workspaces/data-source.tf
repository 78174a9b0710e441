data "galley_workspaces" "all" {
  order = ["name"]
}

output "active" {
  value = [for w in data.galley_workspaces.all.results : w.name if w.is_active]
}
