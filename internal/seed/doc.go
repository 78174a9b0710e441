// Package seed reads job manifests in the Seed 1.0.0 format: what a job type
// needs, how it is started, and what it leaves behind (contract 1.3).
//
// The package is pure: no I/O and no clock. Server, executors and provider use
// the same rules. It may import document, recipe and workspace. Read manifest.go first, then parse.go.
package seed
