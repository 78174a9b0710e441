package recipetype

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

const (
	oneJob = `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type":
	  {"node_type": "job", "job_type_name": "x", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`
	// The same, spelled out and indented.
	oneJobAgain = `{
	  "version": "7", "input": {"json": [], "files": []},
	  "nodes": {"a": {"node_type": {"job_type_revision": 1, "job_type_version": "1.0.0", "job_type_name": "x", "node_type": "job"},
	    "input": {}, "dependencies": []}}
	}`
	twoJobs = `{"nodes": {
	  "a": {"dependencies": [], "input": {}, "node_type":
	    {"node_type": "job", "job_type_name": "x", "job_type_version": "1.0.0", "job_type_revision": 1}},
	  "b": {"dependencies": [{"name": "a"}], "input": {}, "node_type":
	    {"node_type": "job", "job_type_name": "x", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`
)

func typed(t *testing.T, definition string) recipeTypeModel {
	t.Helper()
	object, complete := form.OfDefinition(providertest.MustParse(t, definition))
	if !complete {
		t.Fatal("the object form cannot say this definition")
	}
	return recipeTypeModel{Definition: value.DynamicOf(object), DefinitionJSON: types.StringNull()}
}

func asText(definition string) recipeTypeModel {
	return recipeTypeModel{
		Definition:     types.DynamicNull(),
		DefinitionJSON: types.StringValue(definition),
	}
}

func imported(t *testing.T, definition string) recipeTypeModel {
	t.Helper()
	m := typed(t, definition)
	m.DefinitionJSON = types.StringValue(noJSONForm)
	return m
}

func TestPlanDefinitionKeepsWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	unknown := typed(t, oneJob)
	unknown.Definition = providertest.Replaced(t, unknown.Definition, types.Int64Unknown(), "nodes", "a", "job", "revision").(types.Dynamic)
	tests := map[string]struct {
		config, prior recipeTypeModel
		changes       bool
		want          recipeTypeModel
	}{
		"typed, the same":                 {config: typed(t, oneJobAgain), prior: typed(t, oneJob), want: typed(t, oneJob)},
		"typed, another":                  {config: typed(t, twoJobs), prior: typed(t, oneJob), changes: true, want: typed(t, twoJobs)},
		"typed, partly unknown":           {config: unknown, prior: typed(t, oneJob), changes: true, want: unknown},
		"JSON, indented anew":             {config: asText(oneJobAgain), prior: asText(oneJob), want: asText(oneJob)},
		"JSON, another":                   {config: asText(twoJobs), prior: asText(oneJob), changes: true, want: asText(twoJobs)},
		"typed after an import":           {config: typed(t, oneJob), prior: imported(t, oneJob), want: imported(t, oneJob)},
		"JSON after an import":            {config: asText(oneJobAgain), prior: imported(t, oneJob), want: imported(t, oneJob)},
		"another JSON after an import":    {config: asText(twoJobs), prior: imported(t, oneJob), changes: true, want: asText(twoJobs)},
		"typed instead of the same JSON":  {config: typed(t, oneJob), prior: asText(oneJobAgain), want: typed(t, oneJob)},
		"JSON instead of the same, typed": {config: asText(oneJobAgain), prior: typed(t, oneJob), want: asText(oneJobAgain)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := recipeTypeModel{Definition: tt.config.Definition, DefinitionJSON: types.StringUnknown()}
			if got := plan.planDefinition(tt.config, tt.prior); got != tt.changes {
				t.Errorf("changes = %t, want %t", got, tt.changes)
			}
			if !plan.Definition.Equal(tt.want.Definition) {
				t.Errorf("definition = %s, want %s", plan.Definition, tt.want.Definition)
			}
			if !plan.DefinitionJSON.Equal(tt.want.DefinitionJSON) {
				t.Errorf("definition_json = %s, want %s", plan.DefinitionJSON, tt.want.DefinitionJSON)
			}
		})
	}
}

func served(t *testing.T, definition string) api.RecipeTypeDetail {
	t.Helper()
	d := api.RecipeTypeDetail{Definition: json.RawMessage(providertest.MustMarshal(t, providertest.MustParse(t, definition)))}
	d.Name, d.Title, d.RevisionNum, d.IsActive = "x", "X", 3, true
	return d
}

func TestFromAPIKeepsTheFormThatTheUserChose(t *testing.T) {
	t.Parallel()
	none := recipeTypeModel{Definition: types.DynamicNull()}
	odd := providertest.ConditionDefinition(`{"name": "x", "type": "string", "required": true}`, `{"name": "x", "type": "string", "condition": "==", "values": [1]}`)
	tests := map[string]struct {
		before recipeTypeModel
		server string
		want   recipeTypeModel
	}{
		"typed, the same":                  {before: typed(t, oneJob), server: oneJob, want: typed(t, oneJob)},
		"typed, changed elsewhere":         {before: typed(t, oneJob), server: twoJobs, want: typed(t, twoJobs)},
		"JSON, the same":                   {before: asText(oneJobAgain), server: oneJob, want: asText(oneJobAgain)},
		"JSON, changed elsewhere":          {before: asText(oneJob), server: twoJobs, want: asText(mustMarshalIndent(t, twoJobs))},
		"an import":                        {before: none, server: oneJob, want: imported(t, oneJob)},
		"an import that only JSON can say": {before: none, server: odd, want: asText(mustMarshalIndent(t, odd))},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := tt.before
			if diags := m.fromAPI(served(t, tt.server)); diags.HasError() {
				t.Fatalf("fromAPI: %v", diags)
			}
			if !m.Definition.Equal(tt.want.Definition) {
				t.Errorf("definition = %s, want %s", m.Definition, tt.want.Definition)
			}
			if diff := cmp.Diff(tt.want.DefinitionJSON.String(), m.DefinitionJSON.String()); diff != "" {
				t.Errorf("definition_json (-want +got):\n%s", diff)
			}
			if got := m.RevisionNum.ValueInt64(); got != 3 {
				t.Errorf("revision_num = %d, want 3", got)
			}
		})
	}
}

func mustMarshalIndent(t *testing.T, definition string) string {
	t.Helper()
	raw, err := json.MarshalIndent(providertest.MustParse(t, definition), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestFromAPIRefusesADefinitionOfAnUnknownFormat(t *testing.T) {
	t.Parallel()
	d := served(t, oneJob)
	d.Definition = json.RawMessage(`{"version": "8"}`)
	m := typed(t, oneJob)
	diags := m.fromAPI(d)
	if !diags.HasError() || !strings.Contains(diags[0].Detail(), "recipe type x, revision 3") {
		t.Errorf("diagnostics = %v, want an error that names the type and its revision", diags)
	}
}

func TestToEditSendsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	text, yes, no := func(s string) *string { return &s }, true, false
	base := func(change func(*recipeTypeModel)) recipeTypeModel {
		m := typed(t, oneJobAgain)
		m.Title, m.IsActive, m.AutoUpdate = types.StringValue("X"), types.BoolValue(true), types.BoolValue(true)
		change(&m)
		return m
	}
	tests := map[string]struct {
		model recipeTypeModel
		want  api.RecipeTypeEdit
	}{
		"nothing":     {model: base(func(*recipeTypeModel) {})},
		"title":       {model: base(func(m *recipeTypeModel) { m.Title = types.StringValue("Y") }), want: api.RecipeTypeEdit{Title: text("Y")}},
		"description": {model: base(func(m *recipeTypeModel) { m.Description = types.StringValue("d") }), want: api.RecipeTypeEdit{Description: text("d")}},
		"inactive":    {model: base(func(m *recipeTypeModel) { m.IsActive = types.BoolValue(false) }), want: api.RecipeTypeEdit{IsActive: &no}},
		"definition": {
			model: base(func(m *recipeTypeModel) { m.Definition = typed(t, twoJobs).Definition }),
			want: api.RecipeTypeEdit{
				Definition: json.RawMessage(compact(t, twoJobs)), AutoUpdate: &yes,
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got, needed := tt.model.toEdit(served(t, oneJob), &diags)
			if diags.HasError() {
				t.Fatalf("toEdit: %v", diags)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("edit (-want +got):\n%s", diff)
			}
			if needed != (name != "nothing") {
				t.Errorf("needed = %t", needed)
			}
		})
	}
}

func compact(t *testing.T, definition string) string {
	t.Helper()
	raw, err := json.Marshal(providertest.MustParse(t, definition))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
