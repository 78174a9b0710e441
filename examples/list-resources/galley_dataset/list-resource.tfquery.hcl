# The data sets with "letters" in their title or description.
list "galley_dataset" "letters" {
  provider = galley

  config {
    keyword = ["letters"]
  }
}
