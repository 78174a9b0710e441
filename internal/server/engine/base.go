package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Base is what every use case of a server works with. All that share one hear of each
// other's changes.
type Base struct {
	store   *store.Store
	log     *slog.Logger
	clock   func() time.Time
	changes changes
}

// newBase makes a base. A nil logger is slog.Default, a nil clock time.Now.
func newBase(st *store.Store, log *slog.Logger, clock func() time.Time) *Base {
	if log == nil {
		log = slog.Default()
	}
	if clock == nil {
		clock = time.Now
	}
	return &Base{store: st, log: log, clock: clock}
}

// now is the time by the clock, as it is stored.
func (b *Base) now() store.Time { return store.At(b.clock()) }

// nowAfter is now, but later than t.
func (b *Base) nowAfter(t store.Time) store.Time {
	now := b.now()
	if !now.After(t.Time) {
		return store.At(t.Add(time.Microsecond))
	}
	return now
}

// tx is the store's Tx for whatever may change a recipe.
func (b *Base) tx(ctx context.Context, fn func(context.Context, *store.Tx) error) error {
	err := b.store.Tx(ctx, fn)
	if err == nil {
		b.changes.announce()
	}
	return err
}

// Keys of the locks that keep edits of types apart on PostgreSQL. Types are edited
// rarely, so one edit at a time is enough, and no two edits can together close a
// circle of sub-recipes. SQLite has one writer anyway.
const (
	lockRecipeTypes int64 = 0x67616c6c65790001
	lockJobTypes    int64 = 0x67616c6c65790002
	lockRunning     int64 = 0x67616c6c65790003 // with a job type's id: see the engine's claim
)

// serialize waits for its turn among the transactions that use the same key.
func serialize(ctx context.Context, tx *store.Tx, key int64) error {
	pg := tx.Pgx()
	if pg == nil {
		return nil
	}
	if _, err := pg.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", key); err != nil {
		return fmt.Errorf("taking lock: %w", err)
	}
	return nil
}

// changes wakes up those who watch recipes, after each transaction of this process
// that may have changed one.
type changes struct {
	mu   sync.Mutex
	next chan struct{} // closed with the next change; nil: nobody waits
}

// wait is a channel that is closed with the next change.
func (c *changes) wait() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}

func (c *changes) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}
