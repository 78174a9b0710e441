# To ingest what the scan finds: terraform apply -invoke=action.galley_scan_process.archive
action "galley_scan_process" "archive" {
  config {
    scan_id = 1
    ingest  = true
  }
}
