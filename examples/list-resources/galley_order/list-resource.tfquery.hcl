list "galley_order" "active" {
  provider = galley

  config {
    status = "ACTIVE_ORDER"
  }
}
