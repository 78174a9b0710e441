package usecase

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/tracing"
)

// Base is what every use case of a server works with. All that share one hear of each
// other's changes.
type Base struct {
	Store   *store.Store
	Log     *slog.Logger
	Clock   func() time.Time
	Changes Changes
}

// New makes a base. A nil logger is slog.Default, a nil clock time.Now.
func New(st *store.Store, log *slog.Logger, clock func() time.Time) *Base {
	if log == nil {
		log = slog.Default()
	}
	if clock == nil {
		clock = time.Now
	}
	return &Base{Store: st, Log: log, Clock: clock}
}

// Now is the time by the clock, as it is stored.
func (b *Base) Now() store.Time { return store.At(b.Clock()) }

// NowAfter is now, but later than t.
func (b *Base) NowAfter(t store.Time) store.Time {
	now := b.Now()
	if !now.After(t.Time) {
		return store.At(t.Add(time.Microsecond))
	}
	return now
}

// Tx is the store's Tx for whatever may change a recipe.
func (b *Base) Tx(ctx context.Context, fn func(context.Context, *store.Tx) error) error {
	ctx, end := tracing.Child(ctx, "transaction")
	err := b.Store.Tx(ctx, fn)
	end(err)
	if err == nil {
		b.Changes.announce()
	}
	return err
}

// Keys of the locks that keep edits of types apart on PostgreSQL. Types are edited
// rarely, so one edit at a time is enough, and no two edits can together close a
// circle of sub-recipes. SQLite has one writer anyway.
const (
	LockRecipeTypes int64 = 0x67616c6c65790001
	LockJobTypes    int64 = 0x67616c6c65790002
	LockRunning     int64 = 0x67616c6c65790003 // with a job type's id: see the engine's claim
)

// Serialize waits for its turn among the transactions that use the same key.
func Serialize(ctx context.Context, tx *store.Tx, key int64) error {
	pg := tx.Pgx()
	if pg == nil {
		return nil
	}
	if _, err := pg.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", key); err != nil {
		return fmt.Errorf("taking lock: %w", err)
	}
	return nil
}

// Changes wakes up those who watch recipes, after each transaction of this process
// that may have changed one.
type Changes struct {
	mu   sync.Mutex
	next chan struct{} // closed with the next change; nil: nobody waits
}

// Wait is a channel that is closed with the next change.
func (c *Changes) Wait() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}

func (c *Changes) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}
