// Package forward tells where a request comes from, behind proxies that are trusted, by
// Forwarded and X-Forwarded-*.
//
// It imports nothing of this module. Read sender.go: SenderOf.
package forward
