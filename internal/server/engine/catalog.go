package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Catalog offers the use cases of types, workspaces and files.
type Catalog struct {
	*Base
	sealer    *Sealer
	dataDir   string // relative workspaces lie in its "workspaces"
	revisions revisions
}

// newCatalog makes a catalog. DataDir is an absolute path.
func newCatalog(base *Base, sealer *Sealer, dataDir string) *Catalog {
	return &Catalog{Base: base, sealer: sealer, dataDir: dataDir}
}

// jobRevision is a revision of a job type with its manifest understood.
type jobRevision struct {
	id        int64
	jobTypeID int64
	manifest  *seed.Manifest
}

// recipeRevision is a revision of a recipe type, ready to make progress with.
// Revisions never change, so neither does this.
type recipeRevision struct {
	definition *recipe.Definition
	graph      *recipe.Graph
	types      types
}

// secretSettings are those of all jobs of the recipe itself.
func (r *recipeRevision) secretSettings() []string {
	var names []string
	for _, job := range r.types.jobs {
		names = append(names, job.manifest.Configurable().SecretSettings...)
	}
	return names
}

// types is what a definition's nodes refer to.
type types struct {
	catalog recipe.Catalog
	jobs    map[recipe.JobRef]jobRevision
	recipes map[recipe.RecipeRef]store.RecipeTypeRevision
}

// revisions keeps what was read of immutable revisions, by their ids.
type revisions struct {
	mu      sync.Mutex
	recipes map[int64]*recipeRevision
	jobs    map[int64]jobRevision
}

const maxCached = 2000 // entries; reached, the cache starts anew

func cached[V any](mu *sync.Mutex, m *map[int64]V, id int64) (V, bool) {
	mu.Lock()
	defer mu.Unlock()
	v, ok := (*m)[id]
	return v, ok
}

func keep[V any](mu *sync.Mutex, m *map[int64]V, id int64, v V) {
	mu.Lock()
	defer mu.Unlock()
	if *m == nil || len(*m) >= maxCached {
		*m = make(map[int64]V)
	}
	(*m)[id] = v
}

// forgetUnless empties the cache after a transaction that was rolled back: it may
// have read revisions of its own, whose ids SQLite gives to others then.
func (r *revisions) forgetUnless(committed bool) {
	if committed {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recipes, r.jobs = nil, nil
}

// jobRevision understands a row of job type revisions.
func (c *Catalog) jobRevision(row store.JobTypeRevision) (jobRevision, error) {
	if r, ok := cached(&c.revisions.mu, &c.revisions.jobs, row.ID); ok {
		return r, nil
	}
	m, ps := seed.Parse(row.Manifest)
	if err := ps.Err(); err != nil {
		return jobRevision{}, fmt.Errorf("reading stored manifest of job type revision %d: %w", row.ID, err)
	}
	r := jobRevision{id: row.ID, jobTypeID: row.JobTypeID, manifest: m}
	keep(&c.revisions.mu, &c.revisions.jobs, row.ID, r)
	return r, nil
}

// types looks up everything that d refers to: one query for each kind.
func (c *Catalog) types(ctx context.Context, q store.Q, d *recipe.Definition) (types, error) {
	t := types{
		catalog: recipe.Catalog{
			Jobs:    map[recipe.JobRef]*recipe.JobInterface{},
			Recipes: map[recipe.RecipeRef]*recipe.Interface{},
		},
		jobs: map[recipe.JobRef]jobRevision{},
	}
	jobRows, err := q.JobTypeRevisionsFor(ctx, d.JobRefs())
	if err != nil {
		return t, err
	}
	for _, ref := range d.JobRefs() {
		row, ok := jobRows[ref]
		if !ok {
			t.catalog.Jobs[ref] = nil
			continue
		}
		r, err := c.jobRevision(row)
		if err != nil {
			return t, err
		}
		i := r.manifest.Interface()
		t.jobs[ref], t.catalog.Jobs[ref] = r, &i
	}
	if t.recipes, err = q.RecipeTypeRevisionsFor(ctx, d.RecipeRefs()); err != nil {
		return t, err
	}
	for _, ref := range d.RecipeRefs() {
		row, ok := t.recipes[ref]
		if !ok {
			t.catalog.Recipes[ref] = nil
			continue
		}
		sub, ps := recipe.Parse(row.Definition)
		if err := ps.Err(); err != nil {
			return t, fmt.Errorf("reading stored definition of recipe type revision %d: %w", row.ID, err)
		}
		t.catalog.Recipes[ref] = &sub.Input
	}
	return t, nil
}

// recipeRevision reads a revision of a recipe type, which was validated when it was stored.
func (c *Catalog) recipeRevision(ctx context.Context, q store.Q, id int64) (*recipeRevision, error) {
	if r, ok := cached(&c.revisions.mu, &c.revisions.recipes, id); ok {
		return r, nil
	}
	row, err := q.RecipeTypeRevisionByID(ctx, id)
	if err != nil {
		return nil, err
	}
	d, ps := recipe.Parse(row.Definition)
	if err := ps.Err(); err != nil {
		return nil, fmt.Errorf("reading stored definition of recipe type revision %d: %w", id, err)
	}
	g, ps := recipe.NewGraph(d)
	if err := ps.Err(); err != nil {
		return nil, fmt.Errorf("reading stored definition of recipe type revision %d: %w", id, err)
	}
	t, err := c.types(ctx, q, d)
	if err != nil {
		return nil, err
	}
	r := &recipeRevision{definition: d, graph: g, types: t}
	keep(&c.revisions.mu, &c.revisions.recipes, id, r)
	return r, nil
}
