package engine

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// changesPoll is after how long changes by other servers are seen at the latest.
	changesPoll = 250 * time.Millisecond
	// changesPause is how long is waited at least before recipes are read again.
	changesPause = 20 * time.Millisecond
)

// watching reads the recipes that somebody watches, for all who do so together: however many
// listen to quiet recipes, there is one query at a time.
type watching struct {
	mu      sync.Mutex
	recipes map[int64]*watched
	reads   bool // somebody is at it
}

// watched is a recipe as it was read last; changed is closed when it is another one.
type watched struct {
	row     store.Recipe
	err     error
	known   bool
	changed chan struct{}
	number  int // of those who watch
}

// RecipeChanges gives the recipe as it is, and again after every change of its
// counters or its state, on whichever server that happened: everything inside of a
// recipe shows in its counters. Changes in quick succession may come as one. It
// ends with ctx or the engine, or after an error such as NotFound.
func (e *Engine) RecipeChanges(ctx context.Context, id int64) iter.Seq2[store.Recipe, error] {
	return func(yield func(store.Recipe, error) bool) {
		w := e.watch(id) // before reading, so that nothing is missed
		defer e.unwatch(id, w)
		last, err := e.Store.Recipe(ctx, id)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			yield(last, refusal.Found(err))
			return
		}
		for yield(last, nil) {
			for {
				row, known, changed, err := e.seen(w)
				if err != nil {
					yield(row, err)
					return
				}
				if known && !sameProgress(last, row) && !row.LastModified.Before(last.LastModified.Time) {
					last = row
					break
				}
				select {
				case <-ctx.Done():
					return
				case <-e.running.Done():
					return
				case <-changed:
				}
			}
		}
	}
}

// watch has a recipe read again and again.
func (e *Engine) watch(id int64) *watched {
	e.watching.mu.Lock()
	defer e.watching.mu.Unlock()
	w := e.watching.recipes[id]
	if w == nil {
		w = &watched{changed: make(chan struct{})}
		e.watching.recipes[id] = w
	}
	w.number++
	if !e.watching.reads {
		e.watching.reads = true
		go e.readWatched()
	}
	return w
}

func (e *Engine) unwatch(id int64, w *watched) {
	e.watching.mu.Lock()
	defer e.watching.mu.Unlock()
	if w.number--; w.number == 0 && e.watching.recipes[id] == w {
		delete(e.watching.recipes, id)
	}
}

func (e *Engine) seen(w *watched) (row store.Recipe, known bool, changed <-chan struct{}, err error) {
	e.watching.mu.Lock()
	defer e.watching.mu.Unlock()
	return w.row, w.known, w.changed, w.err
}

// readWatched reads what is watched until nothing is any more.
func (e *Engine) readWatched() {
	poll := time.NewTicker(changesPoll)
	defer poll.Stop()
	for {
		changed := e.Changes.Wait() // before reading, so that nothing is missed
		ids := e.watchedIDs()
		if len(ids) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(e.running, e.lease)
		rows, err := e.Store.RecipesByID(ctx, ids)
		cancel()
		e.tellWatching(ids, rows, err)
		select {
		case <-e.running.Done():
			return
		case <-poll.C:
		case <-changed:
			select {
			case <-e.running.Done():
				return
			case <-time.After(changesPause):
			}
		}
	}
}

// watchedIDs is what is watched; if that is nothing, the next who watches begins to read anew.
func (e *Engine) watchedIDs() []int64 {
	e.watching.mu.Lock()
	defer e.watching.mu.Unlock()
	ids := make([]int64, 0, len(e.watching.recipes))
	for id := range e.watching.recipes {
		ids = append(ids, id)
	}
	e.watching.reads = len(ids) > 0
	return ids
}

// tellWatching gives what was read to those who watch it.
func (e *Engine) tellWatching(ids []int64, rows map[int64]store.Recipe, err error) {
	e.watching.mu.Lock()
	defer e.watching.mu.Unlock()
	for _, id := range ids {
		w := e.watching.recipes[id]
		if w == nil {
			continue
		}
		row, there := rows[id]
		switch {
		case err != nil:
			w.err = err
		case !there:
			w.err = refusal.Found(store.ErrNotFound)
		case w.known && sameProgress(w.row, row):
			continue
		}
		w.row, w.known = row, true
		close(w.changed)
		w.changed = make(chan struct{})
		if w.err != nil {
			delete(e.watching.recipes, id) // who comes now reads it anew
		}
	}
}

func sameProgress(a, b store.Recipe) bool {
	return a.LastModified.Equal(b.LastModified.Time) && a.Counts == b.Counts && a.IsCompleted == b.IsCompleted &&
		a.IsSuperseded == b.IsSuperseded
}
