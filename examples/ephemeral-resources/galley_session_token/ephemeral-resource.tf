# A login of its own, which ends with the plan or the apply.
ephemeral "galley_session_token" "run" {}

# The token is for any provider that talks to the backend; here it is this one again.
provider "galley" {
  alias = "session"
  token = ephemeral.galley_session_token.run.token
}

resource "galley_source_file" "note" {
  provider  = galley.session
  workspace = "default"
  path      = "notes/session.txt"
  content   = "Sent with a token that is in no state.\n"
}
