// Package retention removes what is older than somebody wants to keep: recipes at rest with all that belongs to
// them, logs, products that later ones have replaced, alerts, orders that have ended, tokens that have expired.
//
// It may import catalog and store, whose retention.go says what may go, and order, whose variations say what is needed.
// Read retention.go first; plan.go says what it would do.
package retention
