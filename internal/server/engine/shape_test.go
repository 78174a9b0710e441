package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// shaped is a node with one more member, such as "any".
func shaped(node, member string) string {
	return strings.TrimSuffix(node, "}") + `,"` + member + `":true}`
}

// TestShapesOfGraphs: a sub-recipe that fails and may, a join of a branch that is blocked, and an
// end after both.
func TestShapesOfGraphs(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "good"})
		k.JobType(t, enginetest.JobSpec{Name: "bad", Settings: map[string]string{executor.SimulateExitCode: "1"}})
		k.RecipeType(t, "Inside", enginetest.Definition(`{}`, map[string]string{
			"bad": enginetest.JobNode("bad", nil, nil), "below": enginetest.JobNode("good", enginetest.Deps{"bad": "true"}, nil),
		}))
		nodes := map[string]string{
			"inside": shaped(enginetest.SubNode("inside", nil, nil), "allow_failure"),
			"next":   enginetest.JobNode("good", enginetest.Deps{"inside": "true"}, nil),
			"end":    shaped(enginetest.JobNode("good", enginetest.Deps{"next": "true"}, nil), "finally"),
		}
		r := k.Recipe(t, k.RecipeType(t, "Allowed", enginetest.Definition(`{}`, nodes)), `{}`)
		nodes["inside"] = enginetest.SubNode("inside", nil, nil)
		nodes["other"] = enginetest.JobNode("good", nil, nil)
		nodes["join"] = shaped(enginetest.JobNode("good", enginetest.Deps{"next": "true", "other": "true"}, nil), "any")
		blocked := k.Recipe(t, k.RecipeType(t, "Blocked", enginetest.Definition(`{}`, nodes)), `{}`)
		k.Run(t, k.Config(2))
		if r = k.AwaitCompleted(t, r.ID); r.JobsFailed != 1 || r.JobsCompleted != 2 || r.JobsBlocked != 1 {
			t.Errorf("the recipe came to %+v", r.Counts)
		}
		k.AwaitRecipe(t, blocked.ID, func(r store.Recipe) bool { return r.JobsCompleted == 3 })
		want := map[string]string{"next": "BLOCKED", "end": "COMPLETED", "other": "COMPLETED", "join": "COMPLETED"}
		got := k.Statuses(t, blocked.ID)
		delete(got, "inside")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("nodes beside a failure (-want +got):\n%s", diff)
		}
		if b, err := k.Store.Recipe(t.Context(), blocked.ID); err != nil || b.IsCompleted {
			t.Errorf("a recipe with a failure is %+v, %v", b, err)
		}
	})
}
