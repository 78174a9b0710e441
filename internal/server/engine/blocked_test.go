package engine_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// a sub-recipe below a job that has failed is blocked like the jobs there, until the failed one comes through
func TestASubRecipeBelowAFailureIsBlocked(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "fine"})
		k.JobType(t, enginetest.JobSpec{Name: "shaky", Settings: map[string]string{executor.SimulateFailures: "1"}})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("fine", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"a": enginetest.JobNode("shaky", nil, nil),
			"r": enginetest.SubNode("inner", enginetest.Deps{"a": "true"}, nil),
			"b": enginetest.JobNode("fine", enginetest.Deps{"r": "true"}, nil),
		}))
		k.Run(t, k.Config(2))
		r := k.Recipe(t, rt, `{}`)
		r = k.AwaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 && r.JobsBlocked == 1 })
		if sub := k.Node(t, r.ID, "r").SubRecipe; !sub.IsBlocked || sub.JobsTotal != 0 {
			t.Errorf("below the failure: %+v", sub)
		}
		requeue(t, k, store.JobFilter{JobIDs: []int64{k.Node(t, r.ID, "a").Job.ID}}, nil)
		k.AwaitCompleted(t, r.ID)
		if sub := k.Node(t, r.ID, "r").SubRecipe; sub.IsBlocked || !sub.IsCompleted {
			t.Errorf("when the failed job has come through: %+v", sub)
		}
	})
}
