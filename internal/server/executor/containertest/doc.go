// Package containertest gives tests a container engine, where the machine has one, and images
// of a program of theirs.
//
// It imports nothing of this module. Read containertest.go.
package containertest
