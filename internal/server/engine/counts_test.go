package engine_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func eventOf(t testing.TB, k *enginetest.Kitchen, id int64) (store.Event, error) {
	t.Helper()
	events, err := k.Store.EventsByID(t.Context(), []int64{id})
	return events[id], err
}

// counts is the counters that a recipe should have by its nodes as they are now (contract 7.5): its own jobs by
// status, and the counters of its sub-recipes.
func counts(t testing.TB, k *enginetest.Kitchen, id int64) (c store.Counts) {
	t.Helper()
	nodes, err := k.Store.RecipeNodes(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		if n.JobID != nil {
			job, err := k.Store.Job(t.Context(), *n.JobID)
			if err != nil {
				t.Fatal(err)
			}
			c.JobsTotal++
			*map[string]*int{"PENDING": &c.JobsPending, "BLOCKED": &c.JobsBlocked, "QUEUED": &c.JobsQueued, "RUNNING": &c.JobsRunning,
				"FAILED": &c.JobsFailed, "COMPLETED": &c.JobsCompleted, "CANCELED": &c.JobsCanceled}[job.Status]++
		}
		if n.SubRecipeID != nil {
			sub, err := k.Store.Recipe(t.Context(), *n.SubRecipeID)
			if err != nil {
				t.Fatal(err)
			}
			c = plus(c, sub.Counts)
			c.SubRecipesTotal++
			if sub.IsCompleted {
				c.SubRecipesCompleted++
			}
		}
	}
	return c
}

func plus(a, b store.Counts) store.Counts {
	return store.Counts{
		JobsTotal: a.JobsTotal + b.JobsTotal, JobsPending: a.JobsPending + b.JobsPending, JobsBlocked: a.JobsBlocked + b.JobsBlocked,
		JobsQueued: a.JobsQueued + b.JobsQueued, JobsRunning: a.JobsRunning + b.JobsRunning, JobsFailed: a.JobsFailed + b.JobsFailed,
		JobsCompleted: a.JobsCompleted + b.JobsCompleted, JobsCanceled: a.JobsCanceled + b.JobsCanceled,
		SubRecipesTotal: a.SubRecipesTotal + b.SubRecipesTotal, SubRecipesCompleted: a.SubRecipesCompleted + b.SubRecipesCompleted,
	}
}
