package plan

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestInputIsCheckedAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	takes := recipe.Interface{
		Files: map[string]recipe.FileParam{"scene": {Required: true}, "masks": {Multiple: true}},
		JSON:  map[string]recipe.JSONParam{"threshold": {Type: recipe.NumberType, Required: true}, "bands": {Type: recipe.ArrayType}},
	}
	list := types.ListType{ElemType: types.Int64Type}
	one, some := value.Int64List([]int64{1}), types.ListValueMust(types.Int64Type, []attr.Value{types.Int64Value(1), types.Int64Unknown()})
	input := func(files map[string]attr.Value, values attr.Value) types.Dynamic {
		return types.DynamicValue(types.ObjectValueMust(map[string]attr.Type{"files": types.MapType{ElemType: list}, "json": types.DynamicType}, map[string]attr.Value{
			"files": types.MapValueMust(list, files), "json": types.DynamicValue(values),
		}))
	}
	files := func(v attr.Value) map[string]attr.Value { return map[string]attr.Value{"scene": v} }
	values := func(name string, v attr.Value) attr.Value {
		all := map[string]attr.Value{"threshold": types.NumberUnknown()}
		all[name] = v
		kinds := map[string]attr.Type{}
		for name, v := range all {
			kinds[name] = v.Type(t.Context())
		}
		return types.ObjectValueMust(kinds, all)
	}
	fine := values("threshold", types.Int64Value(1))
	tests := map[string]struct {
		input types.Dynamic
		want  string
	}{
		"all is well":                     {input: input(files(one), fine)},
		"all of it is unknown":            {input: types.DynamicUnknown()},
		"files are unknown":               {input: input(files(types.ListUnknown(types.Int64Type)), fine)},
		"an id is unknown":                {input: input(files(types.ListValueMust(types.Int64Type, []attr.Value{types.Int64Unknown()})), fine)},
		"two files, one of them unknown":  {input(files(some), fine), `input.files["scene"]: 'scene' has 2 files; expected exactly one (MULTIPLE_FILES)`},
		"a file is missing":               {input(nil, fine), `input.files: 'scene' is missing; this file parameter is required (PARAM_REQUIRED)`},
		"a value is unknown":              {input: input(files(one), values("threshold", types.NumberUnknown()))},
		"a value is of another type":      {input(files(one), values("threshold", types.StringValue("x"))), `input.json: 'threshold' is the string "x"; expected a number (INVALID_JSON_TYPE)`},
		"a value beside an unknown one":   {input(files(one), values("bands", types.BoolValue(true))), `input.json: 'bands' is true; expected an array (INVALID_JSON_TYPE)`},
		"an unknown name of a value":      {input(files(one), values("treshold", types.Int64Value(1))), `input.json: recipe type one has no input 'treshold'; did you mean 'threshold'; it takes masks, scene, bands and threshold (UNKNOWN_INPUT)`},
		"an unknown name, and the value":  {input(files(one), values("treshold", types.StringUnknown())), `input.json: recipe type one has no input 'treshold'`},
		"an unknown name without a value": {input: input(files(one), values("treshold", types.DynamicNull()))},
		"an unknown name of a file":       {input(map[string]attr.Value{"scene": one, "mask": one}, fine), `input.files["mask"]: recipe type one has no input 'mask'; did you mean 'masks'`},
		"a value for a file":              {input(nil, values("scene", types.Int64Value(1))), `input.json: 'scene' is given as a JSON value; expected files`},
		"the values are unknown":          {input: input(files(one), types.ObjectUnknown(nil))},
		"the files are missing beside unknown values": {
			input(nil, types.ObjectUnknown(nil)), `input.files: 'scene' is missing`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			RecipeCheck{
				Wanted: WantedRecipe{RecipeType: types.StringValue("one"), Input: tt.input},
				Target: Target{Definition: &recipe.Definition{Input: takes}, Planned: true},
				Diags:  &diags,
			}.Input()
			providertest.WantOne(t, diags, tt.want)
		})
	}
}
