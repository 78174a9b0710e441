list "galley_workspace" "all" {
  provider = galley
}
