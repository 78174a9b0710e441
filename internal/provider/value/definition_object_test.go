package value

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

// wholeDefinition has every part that a definition can have.
const wholeDefinition = `{
  "version": "7",
  "input": {
    "files": [{"name": "scene", "media_types": ["image/tiff"]}, {"name": "extra", "required": false, "multiple": true}],
    "json": [{"name": "threshold", "type": "number", "required": false}]
  },
  "nodes": {
    "calibrate": {
      "dependencies": [],
      "input": {"image": {"type": "recipe", "input": "scene"}},
      "node_type": {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 3}
    },
    "clear": {
      "dependencies": [{"name": "calibrate"}],
      "input": {"cloud": {"type": "dependency", "node": "calibrate", "output": "cloud_cover"}},
      "node_type": {
        "node_type": "condition",
        "interface": {"version": "7", "files": [], "json": [{"name": "cloud", "type": "number", "required": true}]},
        "data_filter": {"filters": [{"name": "cloud", "type": "number", "condition": "<", "values": [40]}]}
      }
    },
    "retry": {
      "dependencies": [{"name": "clear", "acceptance": false}],
      "input": {},
      "node_type": {"node_type": "recipe", "recipe_type_name": "retry", "recipe_type_revision": 2}
    }
  }
}`

func TestDefinitionSurvivesTheWayIntoTheTypedFormAndBack(t *testing.T) {
	t.Parallel()
	filter := func(kind, condition, rest string) string {
		return providertest.ConditionDefinition(`{"name": "x", "type": "string", "required": false}`,
			`{"name": "x", "type": "`+kind+`", "condition": "`+condition+`", `+rest+`}`)
	}
	tests := map[string]struct {
		definition string
		incomplete bool // the typed form cannot say it
	}{
		"nothing at all":                {definition: `{}`},
		"every part":                    {definition: wholeDefinition},
		"text values":                   {definition: filter("string", "in", `"values": ["a", "40", "true", ""]`)},
		"integer values":                {definition: filter("integer", "between", `"values": [-1, 12345678901234567890]`)},
		"number values":                 {definition: filter("number", "==", `"values": [0.5, 1e3]`)},
		"boolean values":                {definition: filter("boolean", "!=", `"values": [false]`)},
		"object values":                 {definition: filter("object", "subset of", `"values": [{"a": [1, null, "x"]}]`)},
		"values for fields":             {definition: filter("object", "==", `"values": [[1], ["x"]], "fields": [["a", "b"], ["c"]], "all_fields": false`)},
		"text values of meta-data":      {definition: filter("meta-data", "==", `"values": ["x"], "fields": [["a"]], "all_files": true`)},
		"a number in a text filter":     {definition: filter("string", "==", `"values": [40]`), incomplete: true},
		"an array in a filename filter": {definition: filter("filename", "==", `"values": [["a"]]`), incomplete: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := providertest.MustParse(t, tt.definition)
			object, complete := DefinitionObject(want)
			if complete == tt.incomplete {
				t.Fatalf("definitionObject: complete = %t, want %t", complete, !tt.incomplete)
			}
			if tt.incomplete {
				return
			}
			got, problems := ParseDefinition(object)
			if err := problems.Err(); err != nil {
				t.Fatalf("parsing the typed form: %s", err)
			}
			if diff := cmp.Diff(providertest.MustMarshal(t, want), providertest.MustMarshal(t, got)); diff != "" {
				t.Errorf("definition (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilterValueReadsTextByTheTypeOfTheFilter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind, text string
		want       any
		wantErr    string
		back       string // "": the same text
	}{
		"a whole number":                {kind: "integer", text: "40", want: json.Number("40")},
		"a fraction":                    {kind: "number", text: "0.25", want: json.Number("0.25")},
		"an exponent":                   {kind: "number", text: "1e+3", want: json.Number("1e+3")},
		"no number stays text":          {kind: "number", text: "many", want: "many"},
		"two numbers stay text":         {kind: "number", text: "1 2", want: "1 2"},
		"true":                          {kind: "boolean", text: "true", want: true},
		"false":                         {kind: "boolean", text: "false", want: false},
		"yes is not a boolean":          {kind: "boolean", text: "yes", want: "yes", wantErr: "expected true or false"},
		"digits in a text filter":       {kind: "string", text: "40", want: "40"},
		"a file name":                   {kind: "filename", text: "true", want: "true"},
		"a media type":                  {kind: "media-type", text: "image/png", want: "image/png"},
		"an object":                     {kind: "object", text: `{"a": 1}`, want: map[string]any{"a": json.Number("1")}, back: `{"a":1}`},
		"an array for fields":           {kind: "meta-data", text: `["x"]`, want: []any{"x"}},
		"text in JSON":                  {kind: "meta-data", text: `"x"`, want: "x"},
		"text in an object filter":      {kind: "object", text: "x", want: "x", wantErr: "as jsonencode writes it", back: `"x"`},
		"an unknown type leaves it all": {kind: "color", text: "1", want: "1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := filterValue(tt.kind, tt.text)
			if (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Fatalf("error = %v, want %q", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			want := tt.text
			if tt.back != "" {
				want = tt.back
			}
			if back := filterText(tt.kind, got); back != want {
				t.Errorf("text = %s, want %s", back, want)
			}
		})
	}
}

func TestCheckDefinitionSkipsWhatIsUnknownAndNothingElse(t *testing.T) {
	t.Parallel()
	dt := TypesOfDefinition()
	text, number, truth := types.StringUnknown(), types.Int64Unknown(), types.BoolUnknown()
	// Beside the unknown part, calibrate depends on a node that does not exist.
	const mistake = `definition.nodes["calibrate"].dependencies["calibrat"]`
	tests := map[string]struct {
		unknown attr.Value
		at      []string
	}{
		"name of a job":            {text, []string{"nodes", "calibrate", "job", "name"}},
		"version of a job":         {text, []string{"nodes", "calibrate", "job", "version"}},
		"revision of a job":        {number, []string{"nodes", "calibrate", "job", "revision"}},
		"revision of a sub-recipe": {number, []string{"nodes", "retry", "recipe", "revision"}},
		"a whole job":              {types.ObjectUnknown(dt.job.AttrTypes), []string{"nodes", "calibrate", "job"}},
		"a whole condition":        {types.ObjectUnknown(dt.condition.AttrTypes), []string{"nodes", "clear", "condition"}},
		"a whole node":             {types.ObjectUnknown(dt.node.AttrTypes), []string{"nodes", "clear"}},
		"recipe inputs":            {types.ObjectUnknown(dt.iface.AttrTypes), []string{"input"}},
		"file inputs":              {types.MapUnknown(dt.fileParam), []string{"input", "files"}},
		"one file input":           {types.ObjectUnknown(dt.fileParam.AttrTypes), []string{"input", "files", "scene"}},
		"media types":              {types.ListUnknown(types.StringType), []string{"input", "files", "scene", "media_types"}},
		"whether it is required":   {truth, []string{"input", "files", "scene", "required"}},
		"type of a value":          {text, []string{"input", "json", "threshold", "type"}},
		"type in a condition":      {text, []string{"nodes", "clear", "condition", "interface", "json", "cloud", "type"}},
		"recipe_input":             {text, []string{"nodes", "calibrate", "input", "image", "recipe_input"}},
		"node of a connection":     {text, []string{"nodes", "clear", "input", "cloud", "node"}},
		"a whole connection":       {types.ObjectUnknown(dt.connection.AttrTypes), []string{"nodes", "clear", "input", "cloud"}},
		"all connections":          {types.MapUnknown(dt.connection), []string{"nodes", "clear", "input"}},
		"dependencies":             {types.MapUnknown(types.BoolType), []string{"nodes", "clear", "dependencies"}},
		"an acceptance":            {truth, []string{"nodes", "retry", "dependencies", "clear"}},
		"the data filter":          {types.ObjectUnknown(dt.dataFilter.AttrTypes), []string{"nodes", "clear", "condition", "data_filter"}},
		"the filters":              {types.ListUnknown(dt.filter), []string{"nodes", "clear", "condition", "data_filter", "filters"}},
		"one filter":               {types.ObjectUnknown(dt.filter.AttrTypes), []string{"nodes", "clear", "condition", "data_filter", "filters", "0"}},
		"type of a filter":         {text, []string{"nodes", "clear", "condition", "data_filter", "filters", "0", "type"}},
		"values of a filter":       {types.ListUnknown(types.StringType), []string{"nodes", "clear", "condition", "data_filter", "filters", "0", "values"}},
		"one value of a filter":    {text, []string{"nodes", "clear", "condition", "data_filter", "filters", "0", "values", "0"}},
		"fields of a filter":       {types.ListUnknown(dt.fields.ElemType), []string{"nodes", "clear", "condition", "data_filter", "filters", "0", "fields"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, _ := DefinitionObject(providertest.MustParse(t, wholeDefinition))
			definition := providertest.Replaced(t, whole, tt.unknown, tt.at...).(types.Object)
			if !ReadDefinition(definition).Unknown {
				t.Error("the definition counts as known")
			}
			if diags := CheckDefinition(definition); len(diags) > 0 {
				t.Errorf("problems of a right definition: %v", diags)
			}
			wrong := providertest.Replaced(t, definition, types.BoolValue(true), "nodes", "calibrate", "dependencies", "calibrat")
			if tt.at[len(tt.at)-1] == "calibrate" {
				return
			}
			diags := CheckDefinition(wrong.(types.Object))
			if len(diags) != 1 || !strings.Contains(diags[0].Detail(), mistake) {
				t.Errorf("diagnostics = %v, want one at %s", diags, mistake)
			}
		})
	}
}

func TestCheckDefinitionReportsNullElements(t *testing.T) {
	t.Parallel()
	dt := TypesOfDefinition()
	tests := map[string]struct {
		null attr.Value
		at   []string
		want string
	}{
		"a node":       {types.ObjectNull(dt.node.AttrTypes), []string{"nodes", "other"}, `definition.nodes["other"]`},
		"a file input": {types.ObjectNull(dt.fileParam.AttrTypes), []string{"input", "files", "other"}, `definition.input.files["other"]`},
		"a connection": {types.ObjectNull(dt.connection.AttrTypes), []string{"nodes", "calibrate", "input", "other"},
			`definition.nodes["calibrate"].input["other"]`},
		"an acceptance": {types.BoolNull(), []string{"nodes", "calibrate", "dependencies", "clear"},
			`definition.nodes["calibrate"].dependencies["clear"]`},
		"a filter": {types.ObjectNull(dt.filter.AttrTypes), []string{"nodes", "clear", "condition", "data_filter", "filters", "0"},
			`definition.nodes["clear"].condition.data_filter.filters[0]`},
		"a value": {types.StringNull(), []string{"nodes", "clear", "condition", "data_filter", "filters", "0", "values", "0"},
			`definition.nodes["clear"].condition.data_filter.filters[0].values[0]`},
		"a media type": {types.StringNull(), []string{"input", "files", "scene", "media_types", "0"},
			`definition.input.files["scene"].media_types[0]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, _ := DefinitionObject(providertest.MustParse(t, wholeDefinition))
			diags := CheckDefinition(providertest.Replaced(t, whole, tt.null, tt.at...).(types.Object))
			if len(diags) != 1 || !strings.HasPrefix(diags[0].Detail(), tt.want+": ") || !strings.Contains(diags[0].Detail(), "null") {
				t.Errorf("diagnostics = %v, want one about null at %s", diags, tt.want)
			}
		})
	}
}

func TestDefinitionAttributeHasNoValidatorsAndNoPlanModifiersInside(t *testing.T) {
	t.Parallel()
	object, _ := DefinitionObject(providertest.MustParse(t, wholeDefinition))
	if got, want := object.Type(t.Context()), DefinitionAttribute().GetType(); !got.Equal(want) {
		t.Errorf("type of the value = %s, want that of the attribute: %s", got, want)
	}
	walkAttributes(t, "definition", DefinitionAttribute(), func(at string, validators, modifiers int) {
		if validators+modifiers > 0 {
			t.Errorf("%s has %d validators and %d plan modifiers, which are slow in nested attributes", at, validators, modifiers)
		}
	})
}
