ephemeral "galley_token_secret" "robot" {}

# A token of the user of the provider. Give the same secret, with the same version, to the
# write-only argument of the vault that keeps it.
resource "galley_token" "robot" {
  name              = "robot"
  secret_wo         = ephemeral.galley_token_secret.robot.secret
  secret_wo_version = 1
}
