// Package engine queues and runs recipes and jobs: claim, lease, finish, advance, reprocess,
// cancel, reap. It tells its Hook, package orders, what becomes of a recipe.
//
// It may import catalog, executor and what is below them, not orders, and knows no wire format.
// Read engine.go first, then advance.go for what follows from an event.
package engine
