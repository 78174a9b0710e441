// Package engine holds Galley's use cases and runs recipes. It validates with the
// domain packages, opens the transactions, hands the work to the queue and works it:
// one transaction records an event (a job finished, an input was processed) together
// with everything that follows from it, so that a crash loses nothing.
//
// River only delivers; the store's rows are the truth. Every try of a job is an
// execution with a number and a lease: whoever finishes it must still hold it, so
// nothing is recorded twice. Side effects of the jobs themselves are at-least-once.
//
// A reprocess makes a recipe the successor of another; both may then share nodes, and
// all recipes of such a chain are worked under one lock.
//
// It knows no wire format: the packages above spell its rows and error codes.
package engine
