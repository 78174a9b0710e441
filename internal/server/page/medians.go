package page

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	medianOf   = 20 // runs: the last completed ones
	medianLife = time.Minute
)

// usual is how long things of a recipe type have taken lately.
type usual struct {
	at     time.Time
	Runs   int // that it is of
	Recipe time.Duration
	nodes  map[string]time.Duration
}

// Node is the median of a node; 0: not known.
func (u usual) Node(name string) time.Duration { return u.nodes[name] }

// medians keeps them for a moment, for each who looks: not everybody sees the runs of every kitchen.
type medians struct {
	mu sync.Mutex
	by map[medianKey]usual
}

type medianKey struct{ user, recipeType int64 }

// usualOf is how long recipes of a type have taken lately, and their nodes.
func (v *visit) usualOf(ctx context.Context, recipeTypeID int64) (usual, error) {
	p, key := v.page, medianKey{v.who.User.ID, recipeTypeID}
	p.medians.mu.Lock()
	kept, known := p.medians.by[key]
	p.medians.mu.Unlock()
	if known && p.Now().Sub(kept.at) < medianLife {
		return kept, nil
	}
	out := usual{at: p.Now(), nodes: map[string]time.Duration{}}
	var rows api.Page[api.Recipe] // as the API shows them to who looks
	err := v.call.get(ctx, "/v6/recipes/", url.Values{"recipe_type_id": {strconv.FormatInt(recipeTypeID, 10)}, "is_completed": {"true"},
		"is_superseded": {"false"}, "order": {"-id"}, "page_size": {strconv.Itoa(medianOf)}}, &rows)
	if err != nil {
		return out, err
	}
	var took []time.Duration
	var ids []int64
	for _, r := range rows.Results {
		if r.Completed != nil {
			took, ids = append(took, r.Completed.Sub(r.Created.Time)), append(ids, r.ID)
		}
	}
	out.Runs, out.Recipe = len(took), median(took)
	if len(ids) > 0 {
		jobs, _, err := p.Store.Jobs(ctx, store.JobFilter{RecipeIDs: ids, Statuses: []string{string(recipe.Completed)}})
		if err != nil {
			return out, err
		}
		byNode := map[string][]time.Duration{}
		for _, j := range jobs {
			if j.Started != nil && j.Ended != nil {
				byNode[j.RecipeNode] = append(byNode[j.RecipeNode], j.Ended.Sub(j.Started.Time))
			}
		}
		for node, list := range byNode {
			out.nodes[node] = median(list)
		}
	}
	p.medians.mu.Lock()
	defer p.medians.mu.Unlock()
	if p.medians.by == nil || len(p.medians.by) > 1000 {
		p.medians.by = map[medianKey]usual{}
	}
	p.medians.by[key] = out
	return out, nil
}

// median is the middle of durations; 0 of none.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}
