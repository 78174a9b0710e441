// Package function has the functions of the provider. Each is pure and asks nobody: it may
// import value and the domain, and nothing that speaks with a backend. Read
// definition_argument.go first, which reads the argument that most of them have.
package function
