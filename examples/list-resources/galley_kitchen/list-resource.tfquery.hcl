# The kitchens that have none above them.
list "galley_kitchen" "roots" {
  provider = galley

  config {
    parent = [""]
  }
}
