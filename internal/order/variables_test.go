package order

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// lines are problems as "path CODE", to be compared.
func lines(ps recipe.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, strings.TrimSpace(p.Path.String()+" "+string(p.Code)))
	}
	return out
}

// variables reads an object of JSON.
func variables(t testing.TB, text string) Variables {
	t.Helper()
	vs, ps := ParseParameters([]byte(text))
	if len(ps) > 0 {
		t.Fatal(ps.Err())
	}
	return vs
}

func TestParseVariables(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want Variables
		bad  []string
	}{
		"values of every type keep it": {
			text: `{"variable-list": {"a": 1.50, "b": "x", "c": null, "d": [true], "e": {"f": 12345678901234567890}}, "other": 1}`,
			want: Variables{
				"a": json.Number("1.50"), "b": "x", "c": nil, "d": []any{true},
				"e": map[string]any{"f": json.Number("12345678901234567890")},
			},
		},
		"a byte order mark, and the form of 2016": {
			text: "\ufeff" + `{"variable-list": {"delay": {"string-replace-key": "delay", "string-replace-value": "0"}, "own": {"string-replace-value": 1}}}`,
			want: Variables{"delay": "0", "own": map[string]any{"string-replace-value": json.Number("1")}},
		},
		"no list is none":              {text: `{}`},
		"null is none":                 {text: `{"variable-list": null}`},
		"nothing is no document":       {text: ``, bad: []string{"INVALID_VARIABLES"}},
		"a list is no object":          {text: `{"variable-list": []}`, bad: []string{"variable-list INVALID_VARIABLES"}},
		"names begin with a letter":    {text: `{"variable-list": {"1a": 1, "a-b": 2, "": 3, "_": 4}}`, want: Variables{"1a": json.Number("1"), "a-b": json.Number("2"), "": json.Number("3"), "_": json.Number("4")}, bad: []string{"variable-list. INVALID_NAME", "variable-list.1a INVALID_NAME", "variable-list.a-b INVALID_NAME"}},
		"the system's are read-only":   {text: `{"variable-list": {"RecipeName": "x", "recipeName": "y"}}`, want: Variables{"RecipeName": "x", "recipeName": "y"}, bad: []string{"variable-list.RecipeName INVALID_NAME"}},
		"something after the document": {text: `{} {}`, bad: []string{"INVALID_VARIABLES"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ps := ParseVariables([]byte(tt.text))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.bad, lines(ps)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseParameters(t *testing.T) {
	t.Parallel()
	for text, bad := range map[string]string{
		``: "", ` null `: "", `{}`: "", `{"a":{}}`: "", `[]`: "INVALID_VARIABLES", `"x"`: "INVALID_VARIABLES", `{`: "INVALID_VARIABLES",
		`{"a b":1}`: "a b INVALID_NAME", `{"CurrentKitchen":"x"}`: "CurrentKitchen INVALID_NAME",
	} {
		_, ps := ParseParameters([]byte(text))
		if got := strings.Join(lines(ps), ","); got != bad {
			t.Errorf("%s has the problems %q, want %q", text, got, bad)
		}
	}
}

func TestValuesAreBounded(t *testing.T) {
	t.Parallel()
	most := strings.Repeat("x", maxValue-2)
	if ps := CheckVariables(Variables{"a": most}); len(ps) > 0 {
		t.Error(ps.Err())
	}
	for name, value := range map[string]any{
		"text": most + "x", "list": []any{most}, "object": map[string]any{"k": most}, "number": json.Number(strings.Repeat("1", maxValue+1)),
	} {
		if got := lines(CheckVariables(Variables{"a": value})); cmp.Diff([]string{"a TOO_LARGE"}, got) != "" {
			t.Errorf("a %s of over 1 MiB has the problems %v", name, got)
		}
	}
}

func TestEffective(t *testing.T) {
	t.Parallel()
	object := func(members ...any) map[string]any {
		out := map[string]any{}
		for i := 0; i < len(members); i += 2 {
			out[members[i].(string)] = members[i+1]
		}
		return out
	}
	tests := map[string]struct {
		layers []string
		want   Variables
		bad    []string
	}{
		"no layer at all":              {want: Variables{}},
		"the last layer wins":          {layers: []string{`{"a":"1","b":"1"}`, `{"a":"2","c":"2"}`}, want: Variables{"a": "2", "b": "1", "c": "2"}},
		"null wins too":                {layers: []string{`{"a":"1"}`, `{"a":null}`}, want: Variables{"a": nil}},
		"an object is replaced whole":  {layers: []string{`{"a":{"x":"1","y":"1"}}`, `{"a":{"x":"2"}}`}, want: Variables{"a": object("x", "2")}},
		"a reference into a text":      {layers: []string{`{"a":"in/{{ b }}/{{c}}.csv","b":"x","c":3}`}, want: Variables{"a": "in/x/3.csv", "b": "x", "c": json.Number("3")}},
		"the whole text keeps types":   {layers: []string{`{"a":"{{b}}","b":[1,null]}`}, want: Variables{"a": []any{json.Number("1"), nil}, "b": []any{json.Number("1"), nil}}},
		"an object within a text":      {layers: []string{`{"a":"x {{b}}","b":{"c":true}}`}, want: Variables{"a": `x {"c":true}`, "b": object("c", true)}},
		"after layering":               {layers: []string{`{"a":"{{b}}","b":"old"}`, `{"b":"new"}`}, want: Variables{"a": "new", "b": "new"}},
		"through others, inside":       {layers: []string{`{"a":{"k":["{{b}}!"]},"b":"{{c}}","c":"x"}`}, want: Variables{"a": object("k", []any{"x!"}), "b": "x", "c": "x"}},
		"a member":                     {layers: []string{`{"a":"{{t.db.schema}}","t":{"db":{"schema":"s"}}}`}, want: Variables{"a": "s", "t": object("db", object("schema", "s"))}},
		"a member behind a reference":  {layers: []string{`{"a":"{{t.n}}","t":{"n":"{{c}}"},"c":"s"}`}, want: Variables{"a": "s", "t": object("n", "s"), "c": "s"}},
		"single braces mean nothing":   {layers: []string{`{"a":"{b} { b} # { %"}`}, want: Variables{"a": "{b} { b} # { %"}},
		"braces as text":               {layers: []string{`{"a":"select * from {{'{{'}} ref('orders') {{\"}}\"}}","b":"{{a}}!","c":"{{ '{%' }}{{'#{'}}"}`}, want: Variables{"a": "select * from {{ ref('orders') }}", "b": "select * from {{ ref('orders') }}!", "c": "{%#{"}},
		"braces that are not closed":   {layers: []string{`{"a":"{{ b"}`}, want: Variables{"a": "{{ b"}, bad: []string{"a UNKNOWN_VARIABLE"}},
		"a block of other templates":   {layers: []string{`{"a":"{% if b %}"}`}, want: Variables{"a": "{% if b %}"}, bad: []string{"a UNKNOWN_VARIABLE"}},
		"an interpolation of others":   {layers: []string{`{"a":"x #{b}"}`}, want: Variables{"a": "x #{b}"}, bad: []string{"a UNKNOWN_VARIABLE"}},
		"an unknown name":              {layers: []string{`{"a":"x {{bb}}","bbb":1}`}, want: Variables{"a": "x {{bb}}", "bbb": json.Number("1")}, bad: []string{"a UNKNOWN_VARIABLE"}},
		"an unknown member":            {layers: []string{`{"a":"{{b.c}}","b":{}}`}, want: Variables{"a": "{{b.c}}", "b": object()}, bad: []string{"a UNKNOWN_VARIABLE"}},
		"a member of a text":           {layers: []string{`{"a":"{{b.c}}","b":"x"}`}, want: Variables{"a": "{{b.c}}", "b": "x"}, bad: []string{"a UNKNOWN_VARIABLE"}},
		"an expression":                {layers: []string{`{"a":{"k":["{{ b | upper }}"]},"b":"x"}`}, want: Variables{"a": object("k", []any{"{{ b | upper }}"}), "b": "x"}, bad: []string{"a.k.0 UNKNOWN_VARIABLE"}},
		"itself":                       {layers: []string{`{"a":"{{a}}"}`}, want: Variables{"a": "{{a}}"}, bad: []string{"a CIRCULAR_REFERENCE"}},
		"a circle":                     {layers: []string{`{"a":"{{b}}","b":"{{c}}","c":"{{a}}"}`}, want: Variables{"a": "{{a}}", "b": "{{a}}", "c": "{{a}}"}, bad: []string{"c CIRCULAR_REFERENCE"}},
		"the weaker value is not seen": {layers: []string{`{"a":"{{nothing}}"}`, `{"a":"x"}`}, want: Variables{"a": "x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var layers []Variables
			for _, text := range tt.layers {
				layers = append(layers, variables(t, text))
			}
			got, ps := Effective(layers...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("effective (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.bad, lines(ps)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblemsOfReferencesSayWhatToDo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":"{{schem}}","schema":1}`:  "a: there is no variable 'schem'; did you mean 'schema'?",
		`{"a":"{{b}}","b":"{{a}}"}`:     "b: the reference goes in a circle: a -> b -> a",
		`{"a":"{{b.c.d}}","b":{"c":1}}`: "a: 'b.c' has no member 'd'",
		`{"a":"{{ 1+1 }}"}`: "a: found '{{ 1+1 }}', expected the name of a variable between the braces, such as {{DT}} or {{target.schema}}, " +
			"or a text in quotes; other expressions are not understood. To have the braces themselves as text, write {{'{{'}} and {{'}}'}}",
		`{"a":"{% x %}"}`: "a: found '{%' without an expression that is understood, such as {{DT}}; to have it as text, write {{'{%'}}",
	} {
		_, ps := Effective(variables(t, text))
		if len(ps) != 1 || ps[0].Message != want {
			t.Errorf("%s: %v\nwant %s", text, ps.Err(), want)
		}
	}
}

// A few references must not become gigabytes.
func TestReferencesCannotExplode(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]string{"texts": `"{{%[1]s}}{{%[1]s}}{{%[1]s}}{{%[1]s}}"`, "lists": `["{{%[1]s}}","{{%[1]s}}","{{%[1]s}}","{{%[1]s}}"]`} {
		text := `{"v0":"0123456789"`
		for i := range 40 {
			text += fmt.Sprintf(`,"v%d":`, i+1) + fmt.Sprintf(form, fmt.Sprintf("v%d", i))
		}
		_, ps := Effective(variables(t, text+"}"))
		if len(ps) == 0 || ps[0].Code != TooLarge {
			t.Errorf("%s: %v, want %s", name, ps.Err(), TooLarge)
		}
	}
	chain := func(links int) Variables {
		vs := Variables{fmt.Sprintf("v%02d", links): "x"}
		for i := range links {
			vs[fmt.Sprintf("v%02d", i)] = fmt.Sprintf("{{v%02d}}", i+1)
		}
		return vs
	}
	if vs, ps := Effective(chain(maxChain - 1)); len(ps) > 0 || vs["v00"] != "x" {
		t.Errorf("a chain of %d variables: %v, %v", maxChain, vs["v00"], ps.Err())
	}
	if _, ps := Effective(chain(maxChain)); len(ps) == 0 || ps[0].Code != TooLarge {
		t.Errorf("a chain of %d variables: %v", maxChain+1, ps.Err())
	}
	many := Variables{}
	for i := range 5 {
		many[fmt.Sprintf("v%d", i)] = strings.Repeat("x", maxValue-10)
	}
	if _, ps := Effective(many); len(ps) != 1 || ps[0].Code != TooLarge {
		t.Errorf("five values of 1 MiB: %v", ps.Err())
	}
}

// TestLimitsOfWhatReferencesMake holds each limit alone, at its edge.
func TestLimitsOfWhatReferencesMake(t *testing.T) {
	t.Parallel()
	half := strings.Repeat("x", maxValue/2)
	var nested any = "x"
	for range maxDepth - 2 {
		nested = []any{nested}
	}
	for name, tt := range map[string]struct {
		values Variables
		want   string // of the problem; "": none
	}{
		"a text at the limit":     {Variables{"h": half, "v": "{{h}}" + half[:maxValue/2-2]}, ""},
		"a text beyond it":        {Variables{"h": half, "v": "{{h}}-{{h}}"}, "v: with its references the text has more than 1048576 bytes"},
		"an object at the limit":  {Variables{"h": half, "v": map[string]any{"a": "{{h}}", "b": half[:maxValue/2-20]}}, ""},
		"an object beyond it":     {Variables{"h": half, "v": map[string]any{"a": "{{h}}", "b": "{{h}}"}}, "v: with its references the value has 10485"},
		"levels at the limit":     {Variables{"n": nested, "v": []any{"{{n}}"}}, ""},
		"levels beyond the limit": {Variables{"n": nested, "v": []any{[]any{[]any{"{{n}}"}}}}, "levels; at most 1048576 bytes and 90 levels are allowed"},
	} {
		_, ps := Effective(tt.values)
		text := ""
		if err := ps.Err(); err != nil {
			text = err.Error()
		}
		if (tt.want == "") != (text == "") || !strings.Contains(text, tt.want) || len(ps) > 1 {
			t.Errorf("%s: got %d problems, %.200q, want %q", name, len(ps), text, tt.want)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	recipeVariables := variables(t, `{"TOKEN":"s3cret","url":"https://x/?t={{TOKEN}}","copy":"{{TOKEN}}","free":"y","DB":{"password":"s3cret"},"dsn":"{{DB.password}}"}`)
	got := Shown([]string{"TOKEN", "DB", "UNSET"}, recipeVariables, Variables{"free": "z"})
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "s3cret") {
		t.Errorf("the secret shows in %s", raw)
	}
	want := Variables{
		"TOKEN": Mask, "url": "https://x/?t=" + Mask, "copy": Mask, "free": "z", "DB": Mask, "dsn": "{{DB.password}}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if recipeVariables["TOKEN"] != "s3cret" {
		t.Error("the variables themselves were changed")
	}
}

// TestPrecedence holds Effective against the rule itself: the strongest layer that has a
// name gives its whole value.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	value := rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.SampledFrom([]string{"x", "y", "{ }"}).Draw(t, "text")
		case 2:
			return map[string]any{rapid.SampledFrom([]string{"k", "l"}).Draw(t, "key"): json.Number("1")}
		default:
			return []any{rapid.Bool().Draw(t, "bool")}
		}
	})
	layer := rapid.Custom(func(t *rapid.T) Variables {
		return rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), value).Draw(t, "layer")
	})
	rapid.Check(t, func(t *rapid.T) {
		layers := rapid.SliceOfN(layer, 0, 6).Draw(t, "layers")
		before := []Variables{}
		for _, l := range layers {
			before = append(before, maps.Clone(l))
		}
		got, ps := Effective(layers...)
		if len(ps) > 0 {
			t.Fatal(ps.Err())
		}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			var want any
			known := false
			for i := len(layers) - 1; i >= 0 && !known; i-- {
				want, known = layers[i][name]
			}
			v, given := got[name]
			if given != known || cmp.Diff(want, v) != "" {
				t.Fatalf("%s = %v, %t; want %v, %t", name, v, given, want, known)
			}
		}
		if diff := cmp.Diff(before, layers); diff != "" {
			t.Fatalf("the layers were changed:\n%s", diff)
		}
	})
}
