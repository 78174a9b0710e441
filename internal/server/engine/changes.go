package engine

import (
	"context"
	"iter"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// changesPoll is after how long changes by other servers are seen at the latest.
	changesPoll = 250 * time.Millisecond
	// changesPause is how long a watcher waits at least before it reads again.
	changesPause = 20 * time.Millisecond
)

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
			changed := e.Changes.Wait() // before reading, so that nothing is missed
			r, err := e.Store.Recipe(ctx, id)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				yield(r, refusal.Found(err))
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
