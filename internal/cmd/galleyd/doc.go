// Command galleyd is the reference backend of the Galley provider: flags, environment and
// signals around package server.
//
// It may import server, executor, backup, doctor and retention. Read main.go.
package main
