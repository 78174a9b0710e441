// Package session has the ephemeral resource galley_session_token: a token that is good as long
// as one run of Terraform. It may import kit, plan, fault, value, client and api, and no other
// subject. All of it is in token.go.
package session
