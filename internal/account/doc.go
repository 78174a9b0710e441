// Package account has the rules for users and API tokens of galleyd: names, roles,
// passwords and what a token looks like. It holds pure values and functions, without I/O, so
// that the provider (offline, at plan time) and the backend apply the same ones. It imports
// no other package of this module. All of it is in account.go.
package account
