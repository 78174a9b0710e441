// Package seal encrypts what must not be readable in the database: the settings of
// configurations and the parameters of orders.
//
// It may import usecase (for documents), store and recipe. Read seal.go: Sealer.
package seal
