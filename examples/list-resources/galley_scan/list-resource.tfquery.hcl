list "galley_scan" "all" {
  provider = galley
}
