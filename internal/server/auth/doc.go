// Package auth knows who somebody is and what they may do: users with their roles and
// passwords, logins and API tokens, the limits of failed logins, and the secret key of an
// installation. Both dialects share it; the wire (headers, forms, statuses) is theirs.
//
// It may import store, audit and its own trust, and nothing else of this module. Read service.go first, then
// login.go for passwords and token.go for what a login gives.
package auth
