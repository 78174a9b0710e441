list "galley_kitchen" "roots" {
  provider = galley

  config {
    parent = [""]
  }
}
