package engine

import (
	"context"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// superseding is what happens to a recipe that gets a successor, within one
// transaction that has locked its chain.
type superseding struct {
	engine  *Engine
	tx      *store.Tx
	now     store.Time
	recipes []int64 // superseded
	jobs    []int64 // superseded
	dropped []int64 // jobs of nodes that are no more
}

// recipe supersedes a recipe and what the diff to its successor says; everything
// inside if the diff is nil. Dropped says that there is no successor.
func (s *superseding) recipe(ctx context.Context, r *store.Recipe, diff *recipe.Diff, dropped bool) error {
	s.recipes = append(s.recipes, r.ID)
	if !r.IsSuperseded {
		r.IsSuperseded, r.Superseded, r.LastModified = true, &s.now, s.now
		if err := s.tx.Update(ctx, r); err != nil {
			return err
		}
	}
	rows, err := s.tx.RecipeNodesFull(ctx, r.ID)
	if err != nil {
		return err
	}
	var ends, gone, whole []string
	if diff != nil {
		ends, gone, whole = diff.Supersede(), diff.Unpublish(), diff.RecursiveSupersede()
	}
	for _, row := range rows {
		if diff != nil && !contains(ends, row.NodeName) {
			continue
		}
		dropped := dropped || contains(gone, row.NodeName)
		switch {
		case row.Job != nil:
			err = s.job(ctx, row.Job, dropped)
		case row.SubRecipe != nil && (diff == nil || contains(whole, row.NodeName)):
			err = s.recipe(ctx, row.SubRecipe, nil, dropped)
		case row.SubRecipe != nil:
			err = s.subRecipe(ctx, row, diff)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// subRecipe supersedes a sub-recipe whose successor takes some of its nodes over.
func (s *superseding) subRecipe(ctx context.Context, row store.NodeRow, diff *recipe.Diff) error {
	ref := *diff.Nodes[row.NodeName].Recipe
	revs, err := s.tx.RecipeTypeRevisionsFor(ctx, []recipe.RecipeRef{ref})
	if err != nil {
		return err
	}
	rev, err := s.engine.catalog.RecipeRevision(ctx, s.tx.Q, revs[ref].ID)
	if err != nil {
		return err
	}
	inside, err := s.engine.compare(ctx, s.tx, row.SubRecipe, rev.Definition, forcedIn(diff, row.NodeName))
	if err != nil {
		return err
	}
	if !inside.CanBeReprocessed {
		inside = nil
	}
	return s.recipe(ctx, row.SubRecipe, inside, false)
}

// job supersedes a job, and cancels it if it has not ended well (contract 7.6).
func (s *superseding) job(ctx context.Context, j *store.Job, dropped bool) error {
	if dropped {
		s.dropped = append(s.dropped, j.ID)
	}
	if j.IsSuperseded {
		return nil
	}
	s.jobs = append(s.jobs, j.ID)
	j.IsSuperseded, j.Superseded, j.LastModified = true, &s.now, s.now
	if err := s.tx.Update(ctx, j); err != nil || !slices.Contains(cancelable(), j.Status) {
		return err
	}
	return s.engine.cancelJob(ctx, s.tx, j, s.now)
}

// finish unpublishes the products of what was dropped, and returns all recipes whose
// counters may have changed.
func (s *superseding) finish(ctx context.Context) ([]int64, error) {
	if err := s.tx.UnpublishProducts(ctx, s.dropped, s.now); err != nil {
		return nil, err
	}
	touched, err := s.tx.RecipesOfJobs(ctx, s.jobs)
	return append(touched, s.recipes...), err
}

// supersedeProducts marks the products of the jobs that a job has taken the place
// of: its own are there now.
func supersedeProducts(ctx context.Context, tx *store.Tx, job store.Job, now store.Time) error {
	var old []int64
	for id := job.SupersededJobID; id != nil; {
		before, err := tx.Job(ctx, *id)
		if err != nil {
			return err
		}
		old = append(old, before.ID)
		id = before.SupersededJobID
	}
	return tx.SupersedeProducts(ctx, old, now)
}
