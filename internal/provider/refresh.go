package provider

import (
	"context"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

const (
	readAlone = 8      // things of a kind are read one by one before their list is
	maxListed = 10_000 // of the first ones in a list are known, which takes ten requests
)

// refresh spares requests while many resources are read: one list tells of a thousand
// things whether they are as the state has them, last_modified among the rest, and what
// is need not be read. A nil refresh knows nothing. It is no cache of things: whatever a
// list does not confirm is read.
//
// A resource that gets more computed attributes needs a new schema version, whose
// upgrade makes last_modified null, so that it is read once.
type refresh struct {
	recipeTypes listed[recipeTypeFacts]
	jobTypes    listed[jobTypeFacts]
}

func newRefresh(c *client.Client) *refresh {
	var r refresh
	r.recipeTypes.client, r.recipeTypes.list = c, func(ctx context.Context) (map[string]recipeTypeFacts, error) {
		all, err := c.RecipeTypes(ctx, client.RecipeTypeQuery{Limit: maxListed})
		known := make(map[string]recipeTypeFacts, len(all))
		for _, t := range all {
			known[t.Name] = factsOfRecipeType(t.RecipeType)
		}
		return known, err
	}
	r.jobTypes.client, r.jobTypes.list = c, func(ctx context.Context) (map[string]jobTypeFacts, error) {
		all, err := c.JobTypes(ctx, client.JobTypeQuery{Limit: maxListed})
		known := make(map[string]jobTypeFacts, len(all))
		for _, j := range all {
			facts := factsOfJobType(j)
			known[facts.key()] = facts
		}
		return known, err
	}
	return &r
}

// confirmsRecipeType tells whether the server has what the state has. It is false if
// that is not known.
func (r *refresh) confirmsRecipeType(ctx context.Context, m recipeTypeModel) bool {
	return r != nil && r.recipeTypes.confirms(ctx, m.Name.ValueString(), m.recipeTypeFacts)
}

// confirmsJobType is confirmsRecipeType for a job type.
func (r *refresh) confirmsJobType(ctx context.Context, m jobTypeModel) bool {
	return r != nil && r.jobTypes.confirms(ctx, m.key(), m.jobTypeFacts)
}

func (f jobTypeFacts) key() string { return f.Name.ValueString() + "/" + f.Version.ValueString() }

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
