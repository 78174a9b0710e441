// Package tracing sends traces of a server to an OpenTelemetry collector: a span for each request, each
// execution of a job, and each transaction in one of them.
//
// It imports nothing of this module. Read tracing.go.
package tracing
