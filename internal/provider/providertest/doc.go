// Package providertest holds what the tests of the provider's packages share: the tests' main
// function, Terraform in a folder of its own, the provider spoken to in the plugin protocol, and
// things to make on a server. Only tests may import it. It imports none of the provider's
// packages, so that a test inside of any of them can use it: Main is handed the provider. Read
// main.go first, then cli.go and protocol.go.
package providertest
