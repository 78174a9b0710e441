// Package recipe is the domain of Galley: recipe definitions, the data that
// flows through them, their configuration, and the rules that decide what runs
// next. It holds pure values and functions: no I/O, no context, no logging and
// no clock, so that the provider (offline, at plan time) and the backend apply
// exactly the same rules. It imports no other package of this module. Read
// definition.go first, then validate.go, diff.go and progress.go.
//
// The JSON forms are those of the v6 recipe services (contract 2 to 7).
package recipe
