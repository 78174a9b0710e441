package recipe

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestWarnOfDestroyTellsWhatBecomesOfTheJobs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status, onDestroy string
		want              string // "": no warning
	}{
		"it runs and goes on":         {kit.StatusRunning, kit.OnDestroyKeep, "they go on without Terraform"},
		"it runs and is canceled":     {kit.StatusRunning, kit.OnDestroyCancel, "these 3 jobs will be canceled"},
		"it has not begun":            {kit.StatusPending, kit.OnDestroyKeep, "1 running, 2 queued"},
		"its jobs are named":          {kit.StatusRunning, kit.OnDestroyKeep, `Active are node "a" (job 7, RUNNING) and node "sub" (recipe 8, PENDING).`},
		"it is completed":             {status: kit.StatusCompleted, onDestroy: kit.OnDestroyCancel},
		"it is failed":                {status: kit.StatusFailed, onDestroy: kit.OnDestroyKeep},
		"it is canceled and stays":    {status: kit.StatusCanceled, onDestroy: kit.OnDestroyKeep},
		"it is blocked and forgotten": {status: kit.StatusBlocked, onDestroy: kit.OnDestroyKeep},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := recipeModel{
				RecipeID: types.Int64Value(12), OnDestroy: types.StringValue(tt.onDestroy),
				recipeFacts: recipeFacts{
					Status: types.StringValue(tt.status), Counts: countsOf(api.RecipeCounts{JobCounts: api.JobCounts{JobsRunning: 1, JobsQueued: 2}}),
				},
				Nodes: types.MapValueMust(nodeStateType(), map[string]attr.Value{
					"a":    nodeState(api.NodeTypeInstance{JobNode: &api.JobNode{JobID: 7, Status: kit.StatusRunning}}),
					"done": nodeState(api.NodeTypeInstance{JobNode: &api.JobNode{JobID: 6, Status: kit.StatusCompleted}}),
					"sub":  nodeState(api.NodeTypeInstance{RecipeNode: &api.RecipeNode{RecipeID: 8}}),
					"if":   nodeState(api.NodeTypeInstance{ConditionNode: &api.ConditionNode{}}),
				}),
			}
			var diags diag.Diagnostics
			m.warnOfDestroy(&diags)
			switch {
			case tt.want == "" && len(diags) > 0:
				t.Errorf("diagnostics = %v, want none", diags)
			case tt.want != "" && (len(diags) != 1 || diags.HasError() || !strings.Contains(diags[0].Detail(), tt.want)):
				t.Errorf("diagnostics = %v, want one warning with %q", diags, tt.want)
			}
		})
	}
}

func TestInputSurvivesTheWayFromTheServerAndBack(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing": `{"files": {}, "json": {}}`,
		"all":     `{"files": {"a": [1, 2]}, "json": {"n": 0.1, "o": {"l": [1, "x", null, true]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, problems := recipe.ParseData([]byte(text))
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			object := value.DynamicOf(form.OfData(data))
			got, _ := form.ReadData(value.Tree(object))
			if raw, err := json.Marshal(got.Data); err != nil || !got.Known() || !form.SameJSON([]byte(text), raw) {
				t.Errorf("input = %s, known %t, %v, want %s", raw, got.Known(), err, text)
			}
			if !sameInput(object, object) {
				t.Error("the input is not the same as itself")
			}
		})
	}
}

func TestAnInterruptLeavesTheRecipeAlone(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	d, err := s.Client.RecipeType(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	started, err := s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: d.ID, Input: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	m := recipeModel{recipeFacts: recipeFacts{RecipeType: types.StringValue("one")}, RecipeID: types.Int64Value(started.ID)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var diags diag.Diagnostics
	new(recipeResource).wait(ctx, s.Client, &m, time.Minute, &diags)
	var got []string
	for _, d := range diags {
		got = append(got, d.Summary()+": "+d.Detail())
	}
	want := []string{"Interrupted while waiting for the recipe: Recipe 1 of type one goes on. It is in the state, with its id: the next apply waits for it."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}
