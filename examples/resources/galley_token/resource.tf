resource "galley_user" "ci" {
  name = "ci"
  role = "editor"
}

# Another secret in each plan and apply; it counts in the apply that writes it.
ephemeral "galley_token_secret" "ci" {}

locals {
  # Count it up for another secret, here and in the vault.
  ci_token_version = 1
}

resource "galley_token" "ci" {
  name     = "reports"
  username = galley_user.ci.name
  role     = "viewer" # less than the user may

  secret_wo         = ephemeral.galley_token_secret.ci.secret
  secret_wo_version = local.ci_token_version

  lifecycle {
    create_before_destroy = true
  }
}
