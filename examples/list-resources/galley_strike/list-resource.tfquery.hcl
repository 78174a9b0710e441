list "galley_strike" "all" {
  provider = galley
}
