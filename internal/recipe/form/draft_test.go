package form

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
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

// wholeObject is the object form of wholeDefinition, in HCL's least words.
const wholeObject = `{
  "input": {
    "files": {"scene": {"media_types": ["image/tiff"]}, "extra": {"required": false, "multiple": true}},
    "json": {"threshold": {"type": "number", "required": false}}
  },
  "nodes": {
    "calibrate": {
      "job": {"name": "calibrate", "version": "1.0.0", "revision": 3},
      "input": {"image": {"recipe_input": "scene"}}
    },
    "clear": {
      "dependencies": {"calibrate": true},
      "input": {"cloud": {"node": "calibrate", "output": "cloud_cover"}},
      "condition": {
        "interface": {"json": {"cloud": {"type": "number"}}},
        "data_filter": {"filters": [{"name": "cloud", "type": "number", "condition": "<", "values": ["40"]}]}
      }
    },
    "retry": {"recipe": {"name": "retry", "revision": 2}, "dependencies": {"clear": false}}
  }
}`

func mustDefinition(t *testing.T, text string) *recipe.Definition {
	t.Helper()
	d, problems := recipe.Parse([]byte(text))
	if err := problems.Err(); err != nil {
		t.Fatalf("parsing definition: %s", err)
	}
	return d
}

func mustTree(t *testing.T, text string) any {
	t.Helper()
	v, err := recipe.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestObjectFormIsMinimalAndMeansTheSame(t *testing.T) {
	t.Parallel()
	want := mustDefinition(t, wholeDefinition)
	object, complete := OfDefinition(want)
	if diff := cmp.Diff(mustTree(t, wholeObject), any(object)); diff != "" || !complete {
		t.Errorf("complete = %t, object form (-want +got):\n%s", complete, diff)
	}
	got, problems := ReadDraft(object).Definition()
	if diff := cmp.Diff(want, got); diff != "" || problems.Err() != nil {
		t.Errorf("definition (-want +got):\n%s%v", diff, problems)
	}
}

func TestDefinitionSurvivesTheWayIntoTheObjectFormAndBack(t *testing.T) {
	t.Parallel()
	filter := func(kind, condition, rest string) string {
		return `{"input": {"files": [{"name": "f"}], "json": []}, "nodes": {"c": {"dependencies": [], "input": {},
		  "node_type": {"node_type": "condition",
		    "interface": {"files": [], "json": [{"name": "x", "type": "string", "required": false}]},
		    "data_filter": {"filters": [{"name": "x", "type": "` + kind + `", "condition": "` + condition + `", ` + rest + `}], "all": false}}}}}`
	}
	tests := map[string]struct {
		definition string
		incomplete bool // the object form cannot say it
	}{
		"nothing at all":                {definition: `{}`},
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
			want := mustDefinition(t, tt.definition)
			object, complete := OfDefinition(want)
			if complete == tt.incomplete {
				t.Fatalf("complete = %t, want %t", complete, !tt.incomplete)
			}
			if tt.incomplete {
				return
			}
			got, problems := ReadDraft(object).Definition()
			if !SameDefinition(want, got) || problems.Err() != nil {
				t.Errorf("%v comes back as %+v: %v", object, got, problems)
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

// put sets the value at steps, names and positions, of a tree.
func put(t *testing.T, v, to any, steps ...string) any {
	t.Helper()
	if len(steps) == 0 {
		return to
	}
	switch v := v.(type) {
	case map[string]any:
		v[steps[0]] = put(t, v[steps[0]], to, steps[1:]...)
	case []any:
		i, err := strconv.Atoi(steps[0])
		if err != nil {
			t.Fatal(err)
		}
		v[i] = put(t, v[i], to, steps[1:]...)
	default:
		return put(t, map[string]any{}, to, steps...)
	}
	return v
}

func messages(problems recipe.Problems) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Message)
	}
	return strings.Join(lines, "\n")
}

func TestDraftSkipsWhatIsUnknownAndNothingElse(t *testing.T) {
	t.Parallel()
	// Beside the unknown part, calibrate depends on a node that does not exist.
	const mistake = `nodes.calibrate.dependencies.calibrat`
	for _, at := range []string{
		"nodes calibrate job name", "nodes calibrate job version", "nodes calibrate job revision", "nodes retry recipe revision",
		"nodes calibrate job", "nodes clear condition", "nodes clear", "input", "input files", "input files scene",
		"input files scene media_types", "input files scene required", "input json threshold type",
		"nodes clear condition interface json cloud type", "nodes calibrate input image recipe_input",
		"nodes clear input cloud node", "nodes clear input cloud", "nodes clear input", "nodes clear dependencies",
		"nodes retry dependencies clear", "nodes clear condition data_filter", "nodes clear condition data_filter filters",
		"nodes clear condition data_filter filters 0", "nodes clear condition data_filter filters 0 type",
		"nodes clear condition data_filter filters 0 values", "nodes clear condition data_filter filters 0 values 0",
		"nodes clear condition data_filter filters 0 fields",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			v := put(t, mustTree(t, wholeObject), document.Unknown, strings.Fields(at)...)
			d := ReadDraft(v)
			if d.Known() {
				t.Error("the definition counts as known")
			}
			if got, want := d.KnownButRevisions(), strings.HasSuffix(at, "revision"); got != want {
				t.Errorf("only revisions are unknown: %t, want %t", got, want)
			}
			if problems := d.Check(); len(problems) > 0 {
				t.Errorf("problems of a right definition:\n%s", messages(problems))
			}
			problems := ReadDraft(put(t, v, true, "nodes", "calibrate", "dependencies", "calibrat")).Check()
			if len(problems) != 1 || problems[0].Path.String() != mistake {
				t.Errorf("problems = %s, want one at %s", messages(problems), mistake)
			}
		})
	}
	for _, v := range []any{document.Unknown, map[string]any{"nodes": document.Unknown}} {
		if d := ReadDraft(v); d.Known() || len(d.Check()) > 0 {
			t.Errorf("%v: known = %t, problems = %s", v, d.Known(), messages(d.Check()))
		}
	}
}

func TestDraftSaysWhereSomethingIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		to    any
		steps string
		at    string // "": that of steps
		want  string
	}{
		"a node that is null":         {nil, "nodes other", "", "null"},
		"a parameter that is null":    {nil, "input files other", "", "null"},
		"a connection that is null":   {nil, "nodes calibrate input other", "", "null"},
		"an acceptance of null":       {nil, "nodes retry dependencies calibrate", "", "null"},
		"a filter that is null":       {nil, "nodes clear condition data_filter filters 0", "", "null"},
		"a value that is null":        {nil, "nodes clear condition data_filter filters 0 values 0", "", "null"},
		"a media type of null":        {nil, "input files scene media_types 0", "", "null"},
		"a misspelt name":             {map[string]any{}, "nodes clear dependancies", "", "did you mean 'dependencies'"},
		"swapped letters":             {"number", "input json threshold tpye", "", "did you mean 'type'"},
		"a name of the JSON form":     {map[string]any{}, "nodes clear node_type", "", "JSON form"},
		"its version":                 {"7", "version", "", "JSON form"},
		"a revision of text":          {"two", "nodes calibrate job revision", "", "a whole number"},
		"no revision":                 {nil, "nodes calibrate job revision", "", "it is missing; revision of the job type"},
		"two kinds of node":           {map[string]any{"name": "a", "revision": "1"}, "nodes calibrate recipe", "nodes calibrate", "job and recipe"},
		"no kind of node":             {map[string]any{}, "nodes other", "", "none of them"},
		"half a connection":           {nil, "nodes clear input cloud output", "nodes clear input cloud", "found node"},
		"a type that no value has":    {"text", "input json threshold type", "", "'string'"},
		"an input that is not there":  {"scenes", "nodes calibrate input image recipe_input", "nodes calibrate input image", "did you mean 'scene'"},
		"no JSON in a filter":         {"x", "nodes clear condition data_filter filters 0 type", "", "'x'"},
		"a condition of another type": {"contains", "nodes clear condition data_filter filters 0 condition", "", "type number"},
		"a name with a blank":         {map[string]any{"type": "string"}, "input json a b", "", "letters"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := strings.Fields(tt.steps)
			if name == "a name with a blank" {
				steps = []string{"input", "json", "a b"}
			}
			problems := ReadDraft(put(t, mustTree(t, wholeObject), tt.to, steps...)).Check()
			want := recipe.Path(steps)
			if tt.at != "" {
				want = strings.Fields(tt.at)
			}
			if len(problems) == 0 || !cmp.Equal(problems[0].Path, want) || !strings.Contains(problems[0].Message, tt.want) {
				t.Errorf("problems:\n%s\nwant one at %s with %q", messages(problems), want, tt.want)
			}
			if len(problems) > 1 {
				t.Errorf("problems beside it:\n%s", messages(problems[1:]))
			}
		})
	}
}
