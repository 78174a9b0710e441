package value

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

func TestSameJSONComparesByMeaning(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"white space":              {`{"a": [1, 2]}`, "{\n\"a\":[1,2]}", true},
		"order of members":         {`{"a": 1, "b": 2}`, `{"b": 2, "a": 1}`, true},
		"an integer as a fraction": {`1`, `1.0`, true},
		"an exponent":              {`1000`, `1e3`, true},
		"large numbers differ":     {`12345678901234567890`, `12345678901234567891`, false},
		"huge exponents":           {`1e999999999999`, `1e999999999998`, false},
		"order of elements":        {`[1, 2]`, `[2, 1]`, false},
		"a member more":            {`{"a": 1}`, `{"a": 1, "b": null}`, false},
		"another member":           {`{"a": null}`, `{"b": null}`, false},
		"text is no number":        {`1`, `"1"`, false},
		"null is not false":        {`null`, `false`, false},
		"an array is no object":    {`[]`, `{}`, false},
		"not JSON":                 {`{`, `{`, false},
		"something after the end":  {`1 2`, `1 2`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := form.SameJSON([]byte(tt.a), []byte(tt.b)); got != tt.want {
				t.Errorf("sameJSON(%s, %s) = %t, want %t", tt.a, tt.b, got, tt.want)
			}
			if got := form.SameJSON([]byte(tt.b), []byte(tt.a)); got != tt.want {
				t.Errorf("sameJSON(%s, %s) = %t, want %t", tt.b, tt.a, got, tt.want)
			}
		})
	}
}

func TestDynamicValuesSurviveTheWayFromJSONAndBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `{"a":null}`, `{"a":true,"b":"x","c":[1,"y",{"d":[]}]}`, `{"n":0.1}`, `{"n":12345678901234567890}`, `{"n":-1}`, `{"n":1e300}`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			value, err := recipe.Decode([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got, known := JsonOf(DynamicOf(value))
			if !known || !document.Equal(value, got) {
				t.Errorf("value = %v, known %t, want %v", got, known, value)
			}
		})
	}
}

func TestJSONOfReadsEveryTypeThatHCLHas(t *testing.T) {
	t.Parallel()
	texts := []attr.Value{types.StringValue("a")}
	tests := map[string]struct {
		value   attr.Value
		want    any
		unknown bool
	}{
		"nothing":              {value: nil},
		"null":                 {value: types.DynamicNull()},
		"text":                 {value: types.DynamicValue(types.StringValue("x")), want: "x"},
		"whole number":         {value: types.Int64Value(5), want: json.Number("5")},
		"list":                 {value: types.ListValueMust(types.StringType, texts), want: []any{"a"}},
		"set":                  {value: types.SetValueMust(types.StringType, texts), want: []any{"a"}},
		"map":                  {value: types.MapValueMust(types.StringType, map[string]attr.Value{"k": texts[0]}), want: map[string]any{"k": "a"}},
		"unknown":              {value: types.DynamicUnknown(), unknown: true},
		"unknown in a tuple":   {value: types.TupleValueMust([]attr.Type{types.StringType}, []attr.Value{types.StringUnknown()}), unknown: true},
		"unknown in an object": {value: types.ObjectValueMust(map[string]attr.Type{"k": types.BoolType}, map[string]attr.Value{"k": types.BoolUnknown()}), unknown: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, known := JsonOf(tt.value)
			if known == tt.unknown {
				t.Errorf("known = %t, want %t", known, !tt.unknown)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}
