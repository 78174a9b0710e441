package provider

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// mustFit checks that the model of a result has what the schema says, and that every
// argument is taken for the request.
func (d *listDataSource[Q, T, R]) mustFit(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	kind := objectType(d.results)
	one, diags := types.ListValueMust(kind, nil).ToTerraformValue(ctx)
	if diags != nil {
		t.Fatal(diags)
	}
	object := nullObject(t, kind.TerraformType(ctx))
	list, err := types.ListType{ElemType: kind}.ValueFromTerraform(ctx, tftypes.NewValue(one.Type(), []tftypes.Value{object}))
	if err != nil {
		t.Fatal(err)
	}
	var rows []R
	mustBeClean(t, list.(types.List).ElementsAs(ctx, &rows, false))

	f := readFilters(ctx, configOf(t, d, nil))
	d.query(f)
	mustBeClean(t, f.diags)
	var resp datasource.SchemaResponse
	d.Schema(ctx, datasource.SchemaRequest{}, &resp)
	want := slices.DeleteFunc(slices.Sorted(maps.Keys(resp.Schema.Attributes)), func(name string) bool { return name == "results" })
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(f.taken))); diff != "" {
		t.Errorf("arguments that are taken (-want +got):\n%s", diff)
	}
}

// configOf is a configuration of d with these values; others are null.
func configOf(t *testing.T, d datasource.DataSource, values map[string]tftypes.Value) tfsdk.Config {
	t.Helper()
	var resp datasource.SchemaResponse
	d.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	raw := nullObject(t, resp.Schema.Type().TerraformType(t.Context()))
	all := map[string]tftypes.Value{}
	if err := raw.As(&all); err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, values)
	return tfsdk.Config{Schema: resp.Schema, Raw: tftypes.NewValue(raw.Type(), all)}
}

func TestListsWaitForUnknownFilters(t *testing.T) {
	t.Parallel()
	for _, newDataSource := range (&Provider{}).DataSources(t.Context()) {
		d := newDataSource()
		v, ok := d.(datasource.DataSourceWithValidateConfig)
		if !ok {
			continue
		}
		var schema datasource.SchemaResponse
		d.Schema(t.Context(), datasource.SchemaRequest{}, &schema)
		unknown := map[string]tftypes.Value{}
		for name, a := range schema.Schema.Attributes {
			unknown[name] = tftypes.NewValue(a.GetType().TerraformType(t.Context()), tftypes.UnknownValue)
		}
		var resp datasource.ValidateConfigResponse
		v.ValidateConfig(t.Context(), datasource.ValidateConfigRequest{Config: configOf(t, d, unknown)}, &resp)
		mustBeClean(t, resp.Diagnostics)
	}
}

func TestFiltersReadWhatIsKnown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	f := &filterValues{now: now, taken: map[string]bool{}, values: map[string]attr.Value{
		"started":       types.StringValue("PT3H"),
		"ended":         types.StringValue("2026-01-31T12:30:00+01:00"),
		"recipe_id":     types.SetValueMust(types.Int64Type, []attr.Value{types.Int64Value(7), types.Int64Unknown()}),
		"source_sensor": types.SetUnknown(types.StringType),
		"order":         types.ListValueMust(types.StringType, []attr.Value{types.StringValue("-id"), types.StringValue("created")}),
		"is_completed":  types.BoolValue(false),
		"is_superseded": types.BoolUnknown(),
		"limit":         types.Int64Value(3),
	}}
	got := recipeQuery(f)
	mustBeClean(t, f.diags)
	want := client.RecipeQuery{
		Started: now.Add(-3 * time.Hour), Ended: now.Add(-30 * time.Minute), RecipeIDs: []int64{7}, IsCompleted: new(false),
		Order: []string{"-id", "created"}, Limit: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

func TestFiltersRefuseWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	texts := func(elements ...attr.Value) attr.Value { return types.SetValueMust(types.StringType, elements) }
	tests := map[string]struct {
		values map[string]attr.Value
		want   string
	}{
		"a day": {
			map[string]attr.Value{"started": types.StringValue("2026-01-31")},
			`started: found "2026-01-31", expected an instant such as 2026-01-31T00:00:00Z, or a duration before now such as PT3H`,
		},
		"a Go duration":      {map[string]attr.Value{"ended": types.StringValue("3h")}, `ended: found "3h"`},
		"an empty time":      {map[string]attr.Value{"source_started": types.StringValue("")}, `source_started: found ""`},
		"a wrong duration":   {map[string]attr.Value{"source_ended": types.StringValue("Pfoo")}, `source_ended: found "Pfoo"`},
		"null among texts":   {map[string]attr.Value{"source_task": texts(types.StringNull())}, `source_task: found null among its values`},
		"null among numbers": {map[string]attr.Value{"recipe_id": types.SetValueMust(types.Int64Type, []attr.Value{types.Int64Null()})}, `recipe_id: found null`},
		"an end before the start": {
			map[string]attr.Value{"started": types.StringValue("2026-01-31T00:00:00Z"), "ended": types.StringValue("2026-01-30T00:00:00Z")},
			`ended: found 2026-01-30T00:00:00Z, expected a time after started, which is 2026-01-31T00:00:00Z`,
		},
		"an end at the start": {
			map[string]attr.Value{"source_started": types.StringValue("PT1H"), "source_ended": types.StringValue("PT60M")},
			`source_ended: found`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &filterValues{values: tt.values, taken: map[string]bool{}, now: time.Now()}
			recipeQuery(f)
			wantOne(t, f.diags, tt.want)
		})
	}
}

// TestAWholeDefinitionHasTheTypeOfTheResource is what lets a value of the data source
// stand for one of the resource.
func TestAWholeDefinitionHasTheTypeOfTheResource(t *testing.T) {
	t.Parallel()
	if got := computed(definitionAttribute(), "").GetType(); !got.Equal(typesOfDefinition().definition) {
		t.Errorf("type = %s, want %s", got, typesOfDefinition().definition)
	}
}

// wantEveryArgument fails if config leaves out an argument of a data source that lists.
func wantEveryArgument(t *testing.T, d datasource.DataSource, config string) {
	t.Helper()
	if _, lists := d.(datasource.DataSourceWithValidateConfig); !lists {
		return
	}
	var meta datasource.MetadataResponse
	d.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "galley"}, &meta)
	var schema datasource.SchemaResponse
	d.Schema(t.Context(), datasource.SchemaRequest{}, &schema)
	var blocks string
	for _, block := range strings.Split(config, "data ") {
		if strings.HasPrefix(block, strconv.Quote(meta.TypeName)) {
			blocks += block
		}
	}
	for name, a := range schema.Schema.Attributes {
		if !a.IsComputed() && !strings.Contains(blocks, "\n"+name+" = ") {
			t.Errorf("%s: no test has %s", meta.TypeName, name)
		}
	}
}
