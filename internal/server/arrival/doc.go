// Package arrival is files that arrive by themselves: strikes, which watch workspaces, scans, which go through
// them once, and the ingest of each file, which ends in a file of the catalog and the recipe that is run over it.
//
// All three run as jobs of system job types (engine.Builtin), so that the queue knows where each of them is: the lease
// of a strike's job is what lets one server at a time watch, and the reaper gives it to another one.
// It may import engine, catalog and what is below them, and the rules in ingest. Read strike.go and scan.go for the use
// cases, round.go for what a watch does, and transfer.go for what becomes of a file.
package arrival
