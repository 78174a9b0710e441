data "galley_users" "administrators" {
  role      = ["admin"]
  is_active = true
}

output "administrators" {
  value = data.galley_users.administrators.results[*].name
}
