// Package seal encrypts what must not be readable in the database: the settings of
// configurations, the parameters of orders and some of the database's own settings.
//
// It may import usecase (for documents), store and recipe. Read seal.go for what is sealed,
// ring.go for the keys that a server knows, rotate.go and reseal.go for how they change.
package seal
