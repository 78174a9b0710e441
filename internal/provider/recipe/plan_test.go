package recipe

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestPlanUpdateTellsWhatChanges(t *testing.T) {
	t.Parallel()
	triggers := func(n string) types.Map {
		return types.MapValueMust(types.StringType, map[string]attr.Value{"n": types.StringValue(n)})
	}
	none := types.MapNull(types.StringType)
	prior := func() recipeModel {
		return recipeModel{
			recipeFacts: recipeFacts{
				RecipeType: types.StringValue("one"), RecipeTypeRevision: types.Int64Value(1), Status: types.StringValue(kit.StatusCompleted),
			},
			JobSettings: value.NoSettings(), Input: types.DynamicNull(),
			Configuration: types.DynamicNull(), ForcedNodes: types.DynamicNull(), ReprocessTriggers: none,
			WaitForCompletion: types.BoolValue(true), RecipeID: types.Int64Value(7),
		}
	}
	reprocess := recipeChange{reprocess: true}
	tests := map[string]struct {
		before func(m *recipeModel) // what the state has
		after  func(m *recipeModel) // what the configuration has
		mark   kit.Mark
		want   recipeChange
	}{
		"nothing":                       {},
		"another revision":              {after: func(m *recipeModel) { m.RecipeTypeRevision = types.Int64Value(2) }, want: reprocess},
		"a revision that is unknown":    {after: func(m *recipeModel) { m.RecipeTypeRevision = types.Int64Unknown() }, want: reprocess},
		"a revision that is left out":   {after: func(m *recipeModel) { m.RecipeTypeRevision = types.Int64Null() }},
		"nodes are forced":              {after: func(m *recipeModel) { m.ForcedNodes = forcedNodes(t, `{"nodes": ["a"]}`) }, want: reprocess},
		"nothing is forced":             {after: func(m *recipeModel) { m.ForcedNodes = forcedNodes(t, `{"all": false}`) }},
		"forced nodes are unknown":      {after: func(m *recipeModel) { m.ForcedNodes = types.DynamicUnknown() }, want: reprocess},
		"forced nodes are left out":     {before: func(m *recipeModel) { m.ForcedNodes = forcedNodes(t, `{"all": true}`) }},
		"a trigger":                     {after: func(m *recipeModel) { m.ReprocessTriggers = triggers("1") }, want: reprocess},
		"a trigger that changes":        {before: func(m *recipeModel) { m.ReprocessTriggers = triggers("1") }, after: func(m *recipeModel) { m.ReprocessTriggers = triggers("2") }, want: reprocess},
		"triggers that are unknown":     {after: func(m *recipeModel) { m.ReprocessTriggers = types.MapUnknown(types.StringType) }, want: reprocess},
		"triggers that are left out":    {before: func(m *recipeModel) { m.ReprocessTriggers = triggers("1") }},
		"another type":                  {after: func(m *recipeModel) { m.RecipeType = types.StringValue("two") }, want: recipeChange{replace: []string{"recipe_type"}}},
		"another type and a trigger":    {after: func(m *recipeModel) { m.RecipeType, m.ReprocessTriggers = types.StringValue("two"), triggers("1") }, want: recipeChange{replace: []string{"recipe_type"}}},
		"an unfinished wait":            {before: func(m *recipeModel) { m.Status = types.StringValue(kit.StatusRunning) }, mark: kit.Mark{Unfinished: 7}, want: recipeChange{resume: true}},
		"an unfinished wait that ended": {mark: kit.Mark{Unfinished: 7}},
		"a failure that nobody saw":     {before: func(m *recipeModel) { m.Status = types.StringValue(kit.StatusFailed) }, mark: kit.Mark{Unfinished: 7}, want: recipeChange{resume: true}},
		"a wait for a former recipe":    {before: func(m *recipeModel) { m.Status = types.StringValue(kit.StatusRunning) }, mark: kit.Mark{Unfinished: 6}},
		"a wait that is not wanted": {
			before: func(m *recipeModel) {
				m.Status, m.WaitForCompletion = types.StringValue(kit.StatusRunning), types.BoolValue(false)
			},
			after: func(m *recipeModel) { m.WaitForCompletion = types.BoolValue(false) }, mark: kit.Mark{Unfinished: 7},
		},
		"an import": {after: func(m *recipeModel) {
			m.ForcedNodes, m.ReprocessTriggers = forcedNodes(t, `{"all": true}`), triggers("1")
		}, mark: kit.Mark{Imported: 1}, want: recipeChange{adopted: true}},
		"an import and a revision": {after: func(m *recipeModel) { m.ReprocessTriggers, m.RecipeTypeRevision = triggers("1"), types.Int64Value(2) }, mark: kit.Mark{Imported: 1}, want: reprocess},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, plan := prior(), prior()
			if tt.before != nil {
				tt.before(&before)
			}
			if tt.after != nil {
				tt.after(&plan)
			}
			got := plan.planUpdate(plan, before, tt.mark)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(recipeChange{})); diff != "" {
				t.Errorf("change (-want +got):\n%s", diff)
			}
			if !tt.want.reprocess && len(tt.want.replace) == 0 && !plan.RecipeID.Equal(before.RecipeID) {
				t.Errorf("recipe_id = %s, want %s", plan.RecipeID, before.RecipeID)
			}
		})
	}
}

func TestPlanReprocessWarnsOfNodesThatStayFailed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status, forced string
		want           string // of the warning; "": none
	}{
		"a failed node is copied":   {kit.StatusFailed, ``, "Recipe 7 cannot complete by this reprocess: node a is FAILED."},
		"a canceled node is copied": {kit.StatusCanceled, `{"nodes": ["b"]}`, "node a is CANCELED"},
		"a failed node is forced":   {kit.StatusFailed, `{"nodes": ["a"]}`, ""},
		"it has completed":          {kit.StatusCompleted, ``, ""},
		"it still runs":             {kit.StatusRunning, ``, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			job := recipe.Node{Job: &recipe.JobRef{Name: "calibrate", Version: "1.0.0", Revision: 1}}
			d := &recipe.Definition{Nodes: map[string]recipe.Node{"a": job, "b": job}}
			l := plan.NewLedger()
			l.SetRecipeType("one", plan.RecipeType{Revision: 1, Definition: func() *recipe.Definition { return d }})
			known := plan.Types{Ledger: l}
			prior := recipeModel{
				ID: types.Int64Value(3), RecipeID: types.Int64Value(7), SupersededRecipeIDs: value.Int64List([]int64{3}),
				recipeFacts: recipeFacts{RecipeType: types.StringValue("one"), RecipeTypeRevision: types.Int64Value(1)},
				Nodes: types.MapValueMust(nodeStateType(), map[string]attr.Value{"a": types.ObjectValueMust(nodeStateType().AttrTypes, map[string]attr.Value{
					"type": types.StringValue("job"), "status": types.StringValue(tt.status), "job_id": types.Int64Null(), "recipe_id": types.Int64Null(),
				})}),
			}
			plan := prior
			plan.ForcedNodes = forcedNodes(t, tt.forced)
			var diags diag.Diagnostics
			plan.planReprocess(t.Context(), prior, known.Target(t.Context(), "one", types.Int64Null()), known, &diags)
			switch {
			case diags.HasError(), tt.want == "" && len(diags) > 0:
				t.Errorf("diagnostics = %v", diags)
			case tt.want != "" && (len(diags) != 1 || !strings.Contains(diags[0].Detail(), tt.want)):
				t.Errorf("diagnostics = %v, want one warning with %q", diags, tt.want)
			}
			if got := plan.superseded(); !cmp.Equal(got, []int64{3, 7}) || plan.ID.ValueInt64() != 3 || !plan.RecipeID.IsUnknown() {
				t.Errorf("superseded_recipe_ids = %v, id = %s, recipe_id = %s", got, plan.ID, plan.RecipeID)
			}
		})
	}
}

// ForcedNodes is a value of forced_nodes as HCL makes it.
func forcedNodes(t *testing.T, text string) types.Dynamic {
	t.Helper()
	if text == "" {
		return types.DynamicNull()
	}
	doc, err := recipe.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value.DynamicOf(doc)
}
