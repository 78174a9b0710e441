// Package api is the wire contract of the v6 and the v2 services: the requests and responses
// that the backend writes and the client reads, and the one error that crosses the wire. Both
// ends import it, so a drift between them is a compile error. It holds no logic beyond
// encoding, and may import recipe and seed. Members that are null in the contract are present
// as null here, too. Read common.go and error.go first; each service has a file of its own.
//
// Shapes are those of contract sections 0 to 1 (scale-v6), and of datakitchen-v2.
package api
