// Package pgtest starts a private PostgreSQL server for tests: its own data in a temporary
// folder, reachable by a Unix socket in it only, gone when its starter is, however that ends.
// It knows nothing of Galley's schema.
//
// It imports nothing of this module. Read pgtest.go first.
package pgtest
