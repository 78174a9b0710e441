package recipe

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

func TestFiltersReadWhatIsKnown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	f := kit.FiltersAt(now, map[string]attr.Value{
		"started":       types.StringValue("PT3H"),
		"ended":         types.StringValue("2026-01-31T12:30:00+01:00"),
		"recipe_id":     types.SetValueMust(types.Int64Type, []attr.Value{types.Int64Value(7), types.Int64Unknown()}),
		"source_sensor": types.SetUnknown(types.StringType),
		"order":         types.ListValueMust(types.StringType, []attr.Value{types.StringValue("-id"), types.StringValue("created")}),
		"is_completed":  types.BoolValue(false),
		"is_superseded": types.BoolUnknown(),
		"limit":         types.Int64Value(3),
	})
	got := recipeQuery(f)
	providertest.MustBeClean(t, f.Diags)
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
			f := kit.FiltersAt(time.Now(), tt.values)
			recipeQuery(f)
			providertest.WantOne(t, f.Diags, tt.want)
		})
	}
}
