// Package server is galleyd: it ties store, engine and executor together and speaks
// HTTP in the v6 dialect (contracts scale-v6 and, for the login, datakitchen-v2).
//
// It owns parsing, authentication, roles, limits and the mapping of the store's rows to
// the shapes of package api. It decides nothing about recipes: use cases are the
// engine's. Reads go straight to the store.
//
// Beyond the contract, on purpose (see design of the backend): missing or bad
// credentials are 401, not 403; an unknown URL is 404 in JSON; a missing slash is
// redirected with 308 for methods other than GET and HEAD, so that the body is sent
// again; wrong types of parameters are 400 where the original failed with 500.
package server
