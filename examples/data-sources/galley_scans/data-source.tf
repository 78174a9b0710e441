data "galley_scans" "archive" {
  name = ["archive"]
}

output "files" {
  value = { for s in data.galley_scans.archive.results : s.name => s.file_count }
}
