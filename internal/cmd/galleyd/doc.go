// Command galleyd is the reference backend of the Galley provider: flags, environment and
// signals around package server.
//
// It may import server and executor. Read main.go.
package main
