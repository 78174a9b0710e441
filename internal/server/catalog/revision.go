package catalog

import (
	"context"
	"fmt"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// JobRevision is a revision of a job type with its manifest understood.
type JobRevision struct {
	ID        int64
	JobTypeID int64
	Manifest  *seed.Manifest
}

// RecipeRevision is a revision of a recipe type, ready to make progress with.
// Revisions never change, so neither does this.
type RecipeRevision struct {
	Definition *recipe.Definition
	Graph      *recipe.Graph
	Types      Types
}

// SecretSettings are those of all jobs of the recipe itself.
func (r *RecipeRevision) SecretSettings() []string {
	var names []string
	for _, job := range r.Types.Jobs {
		names = append(names, job.Manifest.Configurable().SecretSettings...)
	}
	return names
}

// Mounts are the names of those that the jobs of the recipe itself declare.
func (r *RecipeRevision) Mounts() []string {
	var names []string
	for _, job := range r.Types.Jobs {
		names = append(names, job.Manifest.Configurable().Mounts...)
	}
	return names
}

// Types is what a definition's nodes refer to.
type Types struct {
	Catalog recipe.Catalog
	Jobs    map[recipe.JobRef]JobRevision
	Recipes map[recipe.RecipeRef]store.RecipeTypeRevision
}

// revisions keeps what was read of immutable revisions, by their ids.
type revisions struct {
	mu      sync.Mutex
	recipes map[int64]*RecipeRevision
	jobs    map[int64]JobRevision
	secrets secretSettings
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

// JobRevision understands a row of job type revisions.
func (c *Catalog) JobRevision(row store.JobTypeRevision) (JobRevision, error) {
	if r, ok := cached(&c.revisions.mu, &c.revisions.jobs, row.ID); ok {
		return r, nil
	}
	m, ps := seed.Parse(row.Manifest)
	if err := ps.Err(); err != nil {
		return JobRevision{}, fmt.Errorf("reading stored manifest of job type revision %d: %w", row.ID, err)
	}
	r := JobRevision{ID: row.ID, JobTypeID: row.JobTypeID, Manifest: m}
	keep(&c.revisions.mu, &c.revisions.jobs, row.ID, r)
	return r, nil
}

// types looks up everything that d refers to: one query for each kind.
func (c *Catalog) types(ctx context.Context, q store.Q, d *recipe.Definition) (Types, error) {
	t := Types{
		Catalog: recipe.Catalog{
			Jobs:    map[recipe.JobRef]*recipe.JobInterface{},
			Recipes: map[recipe.RecipeRef]*recipe.Interface{},
		},
		Jobs: map[recipe.JobRef]JobRevision{},
	}
	jobRows, err := q.JobTypeRevisionsFor(ctx, d.JobRefs())
	if err != nil {
		return t, err
	}
	for _, ref := range d.JobRefs() {
		row, ok := jobRows[ref]
		if !ok {
			t.Catalog.Jobs[ref] = nil
			continue
		}
		r, err := c.JobRevision(row)
		if err != nil {
			return t, err
		}
		i := r.Manifest.Interface()
		t.Jobs[ref], t.Catalog.Jobs[ref] = r, &i
	}
	if t.Recipes, err = q.RecipeTypeRevisionsFor(ctx, d.RecipeRefs()); err != nil {
		return t, err
	}
	for _, ref := range d.RecipeRefs() {
		row, ok := t.Recipes[ref]
		if !ok {
			t.Catalog.Recipes[ref] = nil
			continue
		}
		sub, ps := recipe.Parse(row.Definition)
		if err := ps.Err(); err != nil {
			return t, fmt.Errorf("reading stored definition of recipe type revision %d: %w", row.ID, err)
		}
		t.Catalog.Recipes[ref] = &sub.Input
	}
	return t, nil
}

// RevisionOf is the revision of a recipe, of which nothing but the recipe's part is there.
func (c *Catalog) RevisionOf(ctx context.Context, q store.Q, r store.Recipe) (*RecipeRevision, error) {
	rev, err := c.RecipeRevision(ctx, q, r.RecipeTypeRevID)
	if err != nil {
		return nil, err
	}
	return rev.Part(r)
}

// Part is the part of a revision that runs as in a recipe.
func (r *RecipeRevision) Part(of store.Recipe) (*RecipeRevision, error) {
	names, err := of.PartNodes()
	if err != nil || names == nil {
		return r, err
	}
	d := r.Definition.Part(names)
	g, ps := recipe.NewGraph(d)
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return &RecipeRevision{Definition: d, Graph: g, Types: r.Types}, nil
}

// RecipeRevision reads a revision of a recipe type, which was validated when it was stored.
func (c *Catalog) RecipeRevision(ctx context.Context, q store.Q, id int64) (*RecipeRevision, error) {
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
	r := &RecipeRevision{Definition: d, Graph: g, Types: t}
	keep(&c.revisions.mu, &c.revisions.recipes, id, r)
	return r, nil
}

// ActiveRevision is a revision of a recipe type that can run; 0 is the latest one.
func ActiveRevision(ctx context.Context, tx *store.Tx, rt store.RecipeType, num int) (store.RecipeTypeRevision, error) {
	if !rt.IsActive {
		return store.RecipeTypeRevision{}, refusal.Errorf(refusal.Inactive, "Inactive recipe type: Recipe Type %s is inactive", rt.Name)
	}
	if num == 0 {
		num = rt.RevisionNum
	}
	row, err := tx.RecipeTypeRevision(ctx, rt.ID, num)
	return row, refusal.Found(err)
}
