data "galley_job_types" "active" {
  keyword   = ["greet"]
  is_active = true
}

output "images" {
  value = { for j in data.galley_job_types.active.results : "${j.name}/${j.version}" => j.docker_image }
}
