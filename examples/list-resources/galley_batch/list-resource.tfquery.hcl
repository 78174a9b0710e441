# The newest batch of each chain.
list "galley_batch" "newest" {
  provider = galley

  config {
    is_superseded = false
  }
}
