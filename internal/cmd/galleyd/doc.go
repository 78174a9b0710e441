// Command galleyd is the reference backend of the Galley provider: flags, environment and
// signals around package server.
//
// It may import server, executor, backup and doctor. Read main.go.
package main
