// Package servertest starts real servers for tests: New one inside the test's process, Galleyd
// the real program, for tests that kill it. Nothing is faked: what a test breaks, it breaks by
// Faults or by signals. Servers of New hold everything that they are asked and answer against
// the published document (Document). Only tests import it.
//
// It may import server and client, and what is below them. Read servertest.go first.
package servertest
