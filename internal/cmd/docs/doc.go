// Command docs writes docs/ from the provider's schema, templates/ and examples/ with
// tfplugindocs. It takes the schema from the provider in-process, so that the result depends
// neither on a CLI nor on what that knows of the plugin protocol. `go generate` runs it.
//
// It may import provider. Read main.go.
package main
