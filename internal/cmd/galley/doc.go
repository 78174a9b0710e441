// Command galley is the command line: it looks at runs, orders, files and types of a backend,
// changes them, and checks definitions without one.
//
// It is made of client and the domain packages alone. Read main.go, then program.go (what
// a command prints to, and how it ends); each group of commands has files of its own.
package main
