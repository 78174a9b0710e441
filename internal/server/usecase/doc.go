// Package usecase is the ground that all use cases stand on: store, clock and log in a Base,
// transactions that wake those who watch recipes, idempotency keys, versions of edits, and
// what is checked of every document.
//
// It knows no single use case and may import refusal and store. Read base.go first.
package usecase
