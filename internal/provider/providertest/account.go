package providertest

// FiltersOfUsers has every filter of galley_users.
const FiltersOfUsers = `
data "galley_users" "all" {}
data "galley_users" "some" {
  role  = ["viewer", "operator"]
  name  = ["ann", "robot"]
  order = ["-username"]
}
data "galley_users" "disabled" {
  is_active = false
  limit     = 5
}
`

// FiltersOfTokens has every filter of galley_tokens.
const FiltersOfTokens = `
data "galley_tokens" "all" {}
data "galley_tokens" "good" {
  username  = ["ann"]
  is_active = true
}
data "galley_tokens" "named" {
  name  = ["ci"]
  order = ["-id"]
}
data "galley_tokens" "logins" {
  kind  = ["login"]
  limit = 1
}
`
