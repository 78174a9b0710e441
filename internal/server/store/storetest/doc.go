// Package storetest gives tests a fresh, migrated store on each engine: SQLite always,
// PostgreSQL whenever there is one. Only tests import it.
//
// It may import store and pgtest. Read storetest.go.
package storetest
