// Package retention removes what is older than somebody wants to keep: recipes at rest with all that belongs to
// them, logs, products that later ones have replaced, orders that have ended, tokens that have expired.
//
// It may import catalog and store, whose retention.go says what may go. Read retention.go first.
package retention
