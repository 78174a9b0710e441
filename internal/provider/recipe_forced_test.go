package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// forcedOf is a value of forced_nodes as HCL makes it.
func forcedOf(t *testing.T, text string) types.Dynamic {
	t.Helper()
	if text == "" {
		return types.DynamicNull()
	}
	doc, err := decodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return dynamicOf(doc)
}

func TestForcedNodesAreCheckedWithTheirPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ give, want string }{
		"nothing":                  {give: ``},
		"an empty object":          {give: `{}`},
		"all":                      {give: `{"all": true}`},
		"nodes without all":        {give: `{"nodes": ["a", "b"]}`},
		"null members":             {give: `{"all": null, "nodes": null, "sub_recipes": {"a": null}}`},
		"sub-recipes of them":      {give: `{"sub_recipes": {"a": {"sub_recipes": {"b": {"nodes": ["c"]}}}}}`},
		"empty beside all":         {give: `{"all": true, "nodes": [], "sub_recipes": {}}`},
		"text":                     {`"all"`, `forced_nodes: found the string "all", expected an object`},
		"a list":                   {`["a"]`, `forced_nodes: found an array of 1, expected an object`},
		"an unknown member":        {`{"node": ["a"]}`, `forced_nodes.node: 'node' is not known here; did you mean 'nodes'?`},
		"all that is text":         {`{"all": "yes"}`, `forced_nodes.all: found the string "yes", expected a boolean`},
		"nodes that are text":      {`{"nodes": "a"}`, `forced_nodes.nodes: found the string "a", expected an array`},
		"a number for a node":      {`{"nodes": ["a", 1]}`, `forced_nodes.nodes: found the number 1, expected a string`},
		"all with nodes":           {`{"all": true, "nodes": ["a"]}`, `forced_nodes.nodes: all = true forces every node`},
		"all with sub-recipes":     {`{"all": true, "sub_recipes": {"a": {}}}`, `forced_nodes.sub_recipes: all = true forces every node`},
		"a list of sub-recipes":    {`{"sub_recipes": ["a"]}`, `forced_nodes.sub_recipes: found an array of 1, expected an object`},
		"text for a sub-recipe":    {`{"sub_recipes": {"a": "all"}}`, `forced_nodes.sub_recipes.a: found the string "all", expected an object`},
		"an unknown member deep":   {`{"sub_recipes": {"a": {"sub_recipes": {"b": {"nods": []}}}}}`, `forced_nodes.sub_recipes.a.sub_recipes.b.nods: 'nods' is not known here; did you mean 'nodes'?`},
		"all with nodes deep":      {`{"sub_recipes": {"a": {"all": true, "nodes": ["b"]}}}`, `forced_nodes.sub_recipes.a.nodes: all = true forces every node`},
		"a sub-recipe named nodes": {`{"sub_recipes": {"nodes": {"all": 1}}}`, `forced_nodes.sub_recipes.nodes.all: found the number 1, expected a boolean`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			validateForced(forcedOf(t, tt.give), &diags)
			wantOne(t, diags, tt.want)
		})
	}
}

// wantOne checks that there is exactly one error, with that text at its beginning; "": none.
func wantOne(t *testing.T, diags diag.Diagnostics, want string) {
	t.Helper()
	var got []string
	for _, d := range diags {
		got = append(got, d.Detail())
	}
	switch {
	case want == "" && len(got) == 0:
	case want != "" && len(got) == 1 && diags.HasError() && len(got[0]) >= len(want) && got[0][:len(want)] == want:
	default:
		t.Errorf("diagnostics = %q, want one error that begins with %q", got, want)
	}
}

func TestForcedNodesAreCheckedAsFarAsTheyAreKnown(t *testing.T) {
	t.Parallel()
	unknown := types.StringUnknown()
	object := func(members map[string]attr.Value) types.Dynamic {
		kinds := map[string]attr.Type{}
		for name, m := range members {
			kinds[name] = m.Type(t.Context())
		}
		return types.DynamicValue(types.ObjectValueMust(kinds, members))
	}
	tests := map[string]struct {
		give types.Dynamic
		want string
	}{
		"all of it is unknown":    {give: types.DynamicUnknown()},
		"a node is unknown":       {give: object(map[string]attr.Value{"nodes": types.ListValueMust(types.StringType, []attr.Value{unknown})})},
		"nodes are unknown":       {give: object(map[string]attr.Value{"nodes": types.ListUnknown(types.StringType)})},
		"all is unknown":          {give: object(map[string]attr.Value{"all": types.BoolUnknown(), "nodes": types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a")})})},
		"beside a wrong member":   {object(map[string]attr.Value{"nodes": types.ListUnknown(types.StringType), "nods": types.StringValue("a")}), "forced_nodes.nods: 'nods' is not known here"},
		"beside a wrong node":     {object(map[string]attr.Value{"nodes": types.TupleValueMust([]attr.Type{types.StringType, types.BoolType}, []attr.Value{unknown, types.BoolValue(true)})}), "forced_nodes.nodes: found"},
		"sub-recipes are unknown": {give: object(map[string]attr.Value{"sub_recipes": types.DynamicUnknown()})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, complete := parseForced(tt.give); complete {
				t.Error("it counts as wholly known")
			}
			var diags diag.Diagnostics
			validateForced(tt.give, &diags)
			wantOne(t, diags, tt.want)
		})
	}
}

func TestSameForcedComparesWhatIsForced(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"nothing in many words":       {``, `{"all": false, "nodes": [], "sub_recipes": {}}`, true},
		"another order":               {`{"nodes": ["a", "b"]}`, `{"nodes": ["b", "a", "b"]}`, true},
		"a sub-recipe among nodes":    {`{"nodes": ["a"], "sub_recipes": {"a": {"all": true}}}`, `{"sub_recipes": {"a": {"all": true}}}`, true},
		"one more":                    {`{"nodes": ["a"]}`, `{"nodes": ["a", "b"]}`, false},
		"one less":                    {`{"nodes": ["a", "b"]}`, `{"nodes": ["a"]}`, false},
		"all and nothing":             {`{"all": true}`, ``, false},
		"all and a node":              {`{"nodes": ["a"]}`, `{"all": true}`, false},
		"a node and a sub-recipe":     {`{"nodes": ["a"]}`, `{"sub_recipes": {"a": {"nodes": ["b"]}}}`, false},
		"another inside":              {`{"sub_recipes": {"a": {"nodes": ["b"]}}}`, `{"sub_recipes": {"a": {"nodes": ["c"]}}}`, false},
		"what is wrong, twice":        {`{"nodes": 1}`, `{"nodes": 1}`, true},
		"what is wrong, in two words": {`{"nodes": 1}`, `{"nodes": 2}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, pair := range [][2]string{{tt.a, tt.b}, {tt.b, tt.a}} {
				if got := sameForced(forcedOf(t, pair[0]), forcedOf(t, pair[1])); got != tt.want {
					t.Errorf("sameForced(%s, %s) = %t, want %t", pair[0], pair[1], got, tt.want)
				}
			}
		})
	}
}

func TestPlanUpdateTellsWhatChanges(t *testing.T) {
	t.Parallel()
	triggers := func(n string) types.Map {
		return types.MapValueMust(types.StringType, map[string]attr.Value{"n": types.StringValue(n)})
	}
	none := types.MapNull(types.StringType)
	prior := func() recipeModel {
		return recipeModel{
			recipeFacts: recipeFacts{
				RecipeType: types.StringValue("one"), RecipeTypeRevision: types.Int64Value(1), Status: types.StringValue(statusCompleted),
			},
			Input:         types.ObjectNull(inputType().AttrTypes),
			Configuration: types.ObjectNull(configurationType().AttrTypes), ForcedNodes: types.DynamicNull(), ReprocessTriggers: none,
			WaitForCompletion: types.BoolValue(true), RecipeID: types.Int64Value(7),
		}
	}
	reprocess := recipeChange{reprocess: true}
	tests := map[string]struct {
		before func(m *recipeModel) // what the state has
		after  func(m *recipeModel) // what the configuration has
		mark   runMark
		want   recipeChange
	}{
		"nothing":                       {},
		"another revision":              {after: func(m *recipeModel) { m.RecipeTypeRevision = types.Int64Value(2) }, want: reprocess},
		"a revision that is unknown":    {after: func(m *recipeModel) { m.RecipeTypeRevision = types.Int64Unknown() }, want: reprocess},
		"a revision that is left out":   {after: func(m *recipeModel) { m.RecipeTypeRevision = types.Int64Null() }},
		"nodes are forced":              {after: func(m *recipeModel) { m.ForcedNodes = forcedOf(t, `{"nodes": ["a"]}`) }, want: reprocess},
		"nothing is forced":             {after: func(m *recipeModel) { m.ForcedNodes = forcedOf(t, `{"all": false}`) }},
		"forced nodes are unknown":      {after: func(m *recipeModel) { m.ForcedNodes = types.DynamicUnknown() }, want: reprocess},
		"forced nodes are left out":     {before: func(m *recipeModel) { m.ForcedNodes = forcedOf(t, `{"all": true}`) }},
		"a trigger":                     {after: func(m *recipeModel) { m.ReprocessTriggers = triggers("1") }, want: reprocess},
		"a trigger that changes":        {before: func(m *recipeModel) { m.ReprocessTriggers = triggers("1") }, after: func(m *recipeModel) { m.ReprocessTriggers = triggers("2") }, want: reprocess},
		"triggers that are unknown":     {after: func(m *recipeModel) { m.ReprocessTriggers = types.MapUnknown(types.StringType) }, want: reprocess},
		"triggers that are left out":    {before: func(m *recipeModel) { m.ReprocessTriggers = triggers("1") }},
		"another type":                  {after: func(m *recipeModel) { m.RecipeType = types.StringValue("two") }, want: recipeChange{replace: []string{"recipe_type"}}},
		"another type and a trigger":    {after: func(m *recipeModel) { m.RecipeType, m.ReprocessTriggers = types.StringValue("two"), triggers("1") }, want: recipeChange{replace: []string{"recipe_type"}}},
		"an unfinished wait":            {before: func(m *recipeModel) { m.Status = types.StringValue(statusRunning) }, mark: runMark{Unfinished: 7}, want: recipeChange{resume: true}},
		"an unfinished wait that ended": {mark: runMark{Unfinished: 7}},
		"a failure that nobody saw":     {before: func(m *recipeModel) { m.Status = types.StringValue(statusFailed) }, mark: runMark{Unfinished: 7}, want: recipeChange{resume: true}},
		"a wait for a former recipe":    {before: func(m *recipeModel) { m.Status = types.StringValue(statusRunning) }, mark: runMark{Unfinished: 6}},
		"a wait that is not wanted": {
			before: func(m *recipeModel) {
				m.Status, m.WaitForCompletion = types.StringValue(statusRunning), types.BoolValue(false)
			},
			after: func(m *recipeModel) { m.WaitForCompletion = types.BoolValue(false) }, mark: runMark{Unfinished: 7},
		},
		"an import":                {after: func(m *recipeModel) { m.ForcedNodes, m.ReprocessTriggers = forcedOf(t, `{"all": true}`), triggers("1") }, mark: runMark{Imported: 1}, want: recipeChange{adopted: true}},
		"an import and a revision": {after: func(m *recipeModel) { m.ReprocessTriggers, m.RecipeTypeRevision = triggers("1"), types.Int64Value(2) }, mark: runMark{Imported: 1}, want: reprocess},
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
		"a failed node is copied":   {statusFailed, ``, "Recipe 7 cannot complete by this reprocess: node a is FAILED."},
		"a canceled node is copied": {statusCanceled, `{"nodes": ["b"]}`, "node a is CANCELED"},
		"a failed node is forced":   {statusFailed, `{"nodes": ["a"]}`, ""},
		"it has completed":          {statusCompleted, ``, ""},
		"it still runs":             {statusRunning, ``, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			job := recipe.Node{Job: &recipe.JobRef{Name: "calibrate", Version: "1.0.0", Revision: 1}}
			d := &recipe.Definition{Nodes: map[string]recipe.Node{"a": job, "b": job}}
			l := newLedger()
			l.setRecipeType("one", plannedRecipeType{revision: 1, definition: func() *recipe.Definition { return d }})
			known := recipeTypes{ledger: l}
			prior := recipeModel{
				ID: types.Int64Value(3), RecipeID: types.Int64Value(7), SupersededRecipeIDs: int64List([]int64{3}),
				recipeFacts: recipeFacts{RecipeType: types.StringValue("one"), RecipeTypeRevision: types.Int64Value(1)},
				Nodes: types.MapValueMust(nodeStateType(), map[string]attr.Value{"a": types.ObjectValueMust(nodeStateType().AttrTypes, map[string]attr.Value{
					"type": types.StringValue("job"), "status": types.StringValue(tt.status), "job_id": types.Int64Null(), "recipe_id": types.Int64Null(),
				})}),
			}
			plan := prior
			plan.ForcedNodes = forcedOf(t, tt.forced)
			var diags diag.Diagnostics
			plan.planReprocess(t.Context(), prior, known.target(t.Context(), "one", types.Int64Null()), known, &diags)
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
