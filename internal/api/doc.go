// Package api is the wire contract of the v6 services: the requests and
// responses that the backend writes and the client reads, and the one error that
// crosses the wire. Both ends import it, so a drift between them is a compile
// error. It holds no logic beyond encoding.
//
// Shapes are those of contract sections 0 to 1 (scale-v6). Members that are null
// in the contract are present as null here, too.
package api
