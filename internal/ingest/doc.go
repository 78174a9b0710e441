// Package ingest is the domain of files that arrive by themselves: what a strike, which watches a
// workspace, and a scan, which goes through one, may be told, which of their rules a file meets, where
// it goes, and which recipe may be run over it. Pure; it imports document, recipe and workspace only.
// Read configuration.go first, then rule.go.
package ingest
