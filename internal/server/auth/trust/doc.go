// Package trust verifies the tokens of other issuers (OpenID Connect), such as those that
// runs of Terraform Cloud or of a CI get, and says by a file of rules whom they stand for.
//
// It imports nothing of this module. Read file.go for the rules, then issuer.go for how a
// token is verified; the protocol itself is github.com/coreos/go-oidc's.
package trust
