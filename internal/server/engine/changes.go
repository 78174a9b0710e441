package engine

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// Changes by other servers are seen after this long at most,
	changesPoll = 250 * time.Millisecond
	// and nobody who watches reads more often than this.
	changesPause = 20 * time.Millisecond
)

// changes wakes up those who watch recipes, after each transaction of this process
// that may have changed one.
type changes struct {
	mu   sync.Mutex
	next chan struct{} // closed with the next change; nil: nobody waits
}

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

// tx is the store's Tx for whatever may change a recipe.
func (e *Engine) tx(ctx context.Context, fn func(context.Context, *store.Tx) error) error {
	err := e.store.Tx(ctx, fn)
	if err == nil {
		e.changes.announce()
	}
	return err
}

// RecipeChanges gives the recipe as it is, and again after every change of its
// counters or its state, on whichever server that happened: everything inside of a
// recipe shows in its counters. Changes in quick succession may come as one. It
// ends with ctx or the engine, or after an error such as NotFound.
func (e *Engine) RecipeChanges(ctx context.Context, id int64) iter.Seq2[store.Recipe, error] {
	return func(yield func(store.Recipe, error) bool) {
		poll := time.NewTicker(changesPoll)
		defer poll.Stop()
		var last *store.Recipe
		for {
			changed := e.changes.wait() // before reading, so that nothing is missed
			r, err := e.store.Recipe(ctx, id)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				yield(r, found(err))
				return
			case last == nil || !sameProgress(*last, r):
				if !yield(r, nil) {
					return
				}
				last = &r
			}
			select {
			case <-ctx.Done():
				return
			case <-e.running.Done():
				return
			case <-poll.C:
			case <-changed:
				select {
				case <-ctx.Done():
					return
				case <-time.After(changesPause):
				}
			}
		}
	}
}

func sameProgress(a, b store.Recipe) bool {
	return a.LastModified.Equal(b.LastModified.Time) && a.Counts == b.Counts && a.IsCompleted == b.IsCompleted &&
		a.IsSuperseded == b.IsSuperseded
}
