// Command demo takes examples/quickstart from nothing to a finished recipe: it starts galleyd
// in a temporary folder, applies the example with the installed Terraform or OpenTofu, shows
// that a second plan is empty, changes the input and applies again. `make demo` runs it.
//
// It imports nothing of this module: it uses what is built. Read main.go.
package main
