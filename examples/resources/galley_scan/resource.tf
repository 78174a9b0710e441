# The archive is gone through once, when somebody runs the action galley_scan_process.
resource "galley_scan" "archive" {
  title           = "Archive"
  workspace       = galley_workspace.archive.name
  scanner         = { type = "dir" }
  files_to_ingest = [{ filename_regex = ".*\\.tif", data_types = ["scene"] }]
}

resource "galley_workspace" "archive" {
  title  = "Archive"
  broker = { host = { path = "archive" } }
}
