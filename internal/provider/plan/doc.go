// Package plan holds what one plan knows: what it is going to make (ledger), what the backend
// says (online), and what need not be read again (refresh), and checks by them what a
// configuration refers to before anything is made. It asks client, and leaves the rules to the
// domain; it may import fault and value, and sees no schema of an object. Read data.go first,
// then ledger.go and target.go.
package plan
