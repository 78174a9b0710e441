// Package server is galleyd: it ties store, catalog, engine and orders together and speaks
// HTTP in the v6 dialect (contract scale-v6): parsing, limits, and the mapping of rows to the
// shapes of package api. It decides nothing about recipes; reads go straight to the store.
//
// It may import every package below internal/server, api, recipe and seed. Read server.go
// first, then routes.go.
package server
