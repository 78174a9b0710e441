# A machine, which has only tokens.
resource "galley_user" "ci" {
  name = "ci"
  role = "editor"
}

# Somebody who is away: neither a password nor a token of hers is taken.
resource "galley_user" "ada" {
  name      = "ada"
  role      = "operator"
  is_active = false
}
