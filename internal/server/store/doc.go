// Package store keeps Galley's rows in SQLite or PostgreSQL: the SQL, the migrations and the
// transactions. It knows neither wire formats nor rules. Every query is a method of Q, which
// both Store (reads) and Tx (inside a transaction) embed.
//
// It may import the domain package recipe. Read store.go first.
package store
