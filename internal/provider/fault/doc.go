// Package fault writes the errors of the API as diagnostics: the words of the backend, its
// findings, and what to do next. It may import value and api. All of it is in diag.go.
package fault
