package plan

import (
	"context"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

const (
	readAlone = 4      // things of a kind are read one by one before their list is
	MaxListed = 10_000 // of the first ones in a list are known, which takes ten requests
)

// Refresh spares requests while many resources are read: one list tells of a thousand
// things whether they are as the state has them, last_modified among the rest, and what
// is need not be read. A nil refresh knows nothing. It is no cache of things: whatever a
// list does not confirm is read.
//
// A resource that gets more computed attributes needs a new schema version, whose
// upgrade makes last_modified null, so that it is read once.
type Refresh struct {
	client *client.Client

	mu    sync.Mutex
	kinds map[string]any // the listed of each kind
}

// NewRefresh asks through c.
func NewRefresh(c *client.Client) *Refresh { return &Refresh{client: c, kinds: map[string]any{}} }

// lister lists the facts of all things of one kind, by their keys, but for those after
// the first MaxListed.
type lister[F comparable] func(ctx context.Context, c *client.Client) (map[string]F, error)

// Confirms tells whether the server has these facts of a thing, which are what the state
// has. It is false if that is not known. kind names the things; list lists them.
func Confirms[F comparable](ctx context.Context, r *Refresh, kind, key string, facts F, list lister[F]) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	l, ok := r.kinds[kind].(*listed[F])
	if !ok {
		l = &listed[F]{client: r.client, list: func(ctx context.Context) (map[string]F, error) { return list(ctx, r.client) }}
		r.kinds[kind] = l
	}
	r.mu.Unlock()
	return l.confirms(ctx, key, facts)
}

// listed is what a list says of each thing of one kind.
type listed[F comparable] struct {
	client *client.Client
	list   func(context.Context) (map[string]F, error)

	mu     sync.Mutex
	writes uint64 // of the client, when the rest was found out
	asked  int
	done   bool // the list was read, or could not be read
	known  map[string]F
}

// confirms tells whether the list has these facts. Those who ask while it is read wait
// for it. A write through the same client, which may change other things, too, makes
// everything forgotten.
func (l *listed[F]) confirms(ctx context.Context, key string, facts F) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes := l.client.Writes()
	if l.writes != writes {
		l.writes, l.asked, l.done, l.known = writes, 0, false, nil
	}
	l.asked++
	if l.asked <= readAlone {
		return false
	}
	if !l.done {
		l.done = true
		known, err := l.list(ctx)
		if err != nil {
			return false // the requests for single things will say why
		}
		l.known = known
	}
	has, ok := l.known[key]
	return ok && has == facts && l.client.Writes() == writes
}
