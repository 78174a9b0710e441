// Package store keeps Galley's rows in SQLite or PostgreSQL. It owns the SQL, the
// migrations and the transactions, and knows neither wire formats nor rules: the
// use cases are the engine's. Every query is a method of Q, which both Store (reads)
// and Tx (inside a transaction) embed.
package store
