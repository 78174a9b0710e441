// Package batches offers the use cases of data sets and batches, and makes the recipes of batches: in small transactions, each of
// which also notes how far it has come, so that whatever dies in between, no recipe is lost and none is made twice.
//
// It imports the engine, whose loops it joins, and what that stands on; the rules are package batch's. Begin with batches.go, then
// check.go (what may become a batch) and make.go (what becomes of it).
package batches
