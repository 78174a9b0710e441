package document_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

func tree(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// pantry has a member of every kind.
func pantry() document.Shape {
	jar := document.ObjectOf(
		document.Member{Name: "label", Shape: document.Simple(document.Text), Required: true, Doc: "What is written on it."},
		document.Member{Name: "full", Shape: document.Simple(document.Bool), Default: true, Doc: "Whether it is full."},
	)
	s := document.ObjectOf(
		document.Member{Name: "jars", Shape: document.MapOf(jar), Default: map[string]any{}, Doc: "The jars."},
		document.Member{Name: "shelves", Shape: document.ListOf(document.Simple(document.Integer)), Doc: "Heights."},
		document.Member{Name: "keys", Shape: document.SetOf(document.Simple(document.Text)), Doc: "Who has a key."},
		document.Member{Name: "weight", Shape: document.Simple(document.Number), Default: json.Number("1.5"), Doc: "In kg."},
		document.Member{Name: "best", Shape: jar, Default: map[string]any{"label": "plum"}, Doc: "The best jar."},
		document.Member{Name: "notes", Shape: document.Simple(document.Any), Doc: "Anything."},
	)
	s.Hints = map[string]string{"bottles": "give them as jars"}
	return s
}

func TestRead(t *testing.T) {
	t.Parallel()
	const byDefault = `"jars": {}, "weight": 1.5, "best": {"label": "plum", "full": true}`
	tests := map[string]struct {
		give, want string // want: what it is; "": nothing is looked at
		problems   string
	}{
		"nothing":                  {`{}`, `{` + byDefault + `}`, ""},
		"null is left out":         {`{"jars": null, "shelves": null, "weight": null, "notes": null}`, `{` + byDefault + `}`, ""},
		"a part of a default":      {`{"best": {"label": "fig"}}`, `{"jars": {}, "weight": 1.5, "best": {"label": "fig", "full": true}}`, ""},
		"text for a number":        {`{"shelves": ["40", 50], "weight": "2"}`, `{"shelves": [40, 50], "weight": 2, "jars": {}, "best": {"label": "plum", "full": true}}`, ""},
		"a number for text":        {`{"best": {"label": 12.50, "full": "false"}}`, `{"jars": {}, "weight": 1.5, "best": {"label": "12.5", "full": false}}`, ""},
		"a large number for text":  {`{"best": {"label": 1e21}}`, `{"jars": {}, "weight": 1.5, "best": {"label": "1000000000000000000000", "full": true}}`, ""},
		"true for text":            {`{"best": {"label": true, "full": "0"}}`, `{"jars": {}, "weight": 1.5, "best": {"label": "true", "full": false}}`, ""},
		"a set has no order":       {`{"keys": ["b", "a", "b"]}`, `{"keys": ["a", "b"], ` + byDefault + `}`, ""},
		"anything stays":           {`{"notes": {"a": [null, 1]}}`, `{"notes": {"a": [null, 1]}, ` + byDefault + `}`, ""},
		"a whole number as 2.0":    {`{"shelves": [2.0, 1e2]}`, `{"shelves": [2, 100], ` + byDefault + `}`, ""},
		"a misspelt name":          {`{"shelfs": []}`, "", "shelfs: there is no 'shelfs'; did you mean 'shelves'; expected 'jars', 'shelves', 'keys', 'weight', 'best' and 'notes'"},
		"a misspelt name inside":   {`{"jars": {"a": {"label": "x", "ful": true}}}`, "", "jars.a.ful: there is no 'ful'; did you mean 'full'; expected 'label' and 'full'"},
		"another name":             {`{"bottles": 1}`, "", "bottles: there is no 'bottles' here: give them as jars"},
		"null for another name":    {`{"bottles": null}`, "", "bottles: there is no 'bottles' here: give them as jars"},
		"something is missing":     {`{"jars": {"a": {}}}`, "", "jars.a.label: it is missing; what is written on it."},
		"null where it is needed":  {`{"jars": {"a": {"label": null}}}`, "", "jars.a.label: it is missing; what is written on it."},
		"null in a map":            {`{"jars": {"a": null}}`, "", "jars.a: the value is null; give it a value, or leave 'a' out"},
		"null in a list":           {`{"shelves": [null]}`, "", "shelves.0: the value is null; expected a whole number"},
		"a list for an object":     {`{"best": []}`, "", "best: found a list, expected an object"},
		"text for an object":       {`{"best": "plum"}`, "", `best: found "plum", expected an object`},
		"text for a map":           {`{"jars": "plum"}`, "", `jars: found "plum", expected a map of objects`},
		"an object for a list":     {`{"shelves": {}}`, "", "shelves: found an object, expected a list"},
		"an object for text":       {`{"best": {"label": {}}}`, "", "best.label: found an object, expected text"},
		"a fraction":               {`{"shelves": [1.5]}`, "", "shelves.0: found the number 1.5, expected a whole number"},
		"a number of 71 digits":    {`{"shelves": [1e70]}`, "", "shelves.0: found the number 1e70, expected a whole number"},
		"words for a whole number": {`{"shelves": ["two"]}`, "", `shelves.0: found "two", expected a whole number`},
		"no text is a number":      {`{"weight": ""}`, "", `weight: found "", expected a number`},
		"infinity is none":         {`{"weight": "Inf"}`, "", `weight: found "Inf", expected a number`},
		"yes is no truth":          {`{"best": {"label": "x", "full": "yes"}}`, "", `best.full: found "yes", expected true or false`},
		"several things":           {`{"bset": {}, "shelves": 1}`, "", "bset: there is no 'bset'; did you mean 'best'; expected 'jars', 'shelves', 'keys', 'weight', 'best' and 'notes'\nshelves: found the number 1, expected a list"},
		"no object at all":         {`[]`, "", ": found a list, expected an object"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problems := pantry().Read(tree(t, tt.give))
			var lines []string
			for _, p := range problems {
				lines = append(lines, p.Path.String()+": "+p.Message)
			}
			if diff := cmp.Diff(tt.problems, strings.Join(lines, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if tt.want != "" && !document.Equal(tree(t, tt.want), got) {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			if want := tt.problems == "" || strings.Contains(tt.problems, "here: "); want != document.Known(got) {
				t.Errorf("known = %t: what is wrong has to be unknown, and nothing else", document.Known(got))
			}
		})
	}
}

func TestReadKeepsWhatIsUnknown(t *testing.T) {
	t.Parallel()
	s := pantry()
	got, problems := s.Read(map[string]any{
		"jars": document.Unknown, "shelves": []any{json.Number("1"), document.Unknown}, "keys": []any{document.Unknown, "a", document.Unknown},
		"best": map[string]any{"label": document.Unknown}, "notes": map[string]any{"a": document.Unknown},
	})
	want := map[string]any{
		"jars": document.Unknown, "shelves": []any{json.Number("1"), document.Unknown},
		"keys": []any{document.Unknown, document.Unknown, "a"}, "weight": json.Number("1.5"),
		"best": map[string]any{"label": document.Unknown, "full": true}, "notes": map[string]any{"a": document.Unknown},
	}
	if len(problems) > 0 || !reflect.DeepEqual(any(want), got) {
		t.Errorf("problems: %v, document: %v, want %v", problems, got, want)
	}
	if whole, problems := s.Read(document.Unknown); !document.IsUnknown(whole) || len(problems) > 0 {
		t.Errorf("an unknown document is %v, with %v", whole, problems)
	}
}

func TestMinimalLeavesOutWhatIsByDefault(t *testing.T) {
	t.Parallel()
	s := pantry()
	for give, want := range map[string]string{
		`{}`: `{}`,
		`{"jars": {"a": {"label": "x", "full": true}}, "weight": 1.50}`:          `{"jars": {"a": {"label": "x"}}}`,
		`{"jars": {"a": {"label": "x", "full": false}}, "weight": 2}`:            `{"jars": {"a": {"label": "x", "full": false}}, "weight": 2}`,
		`{"best": {"label": "plum", "full": true}}`:                              `{}`,
		`{"best": {"label": "fig", "full": true}, "shelves": [], "keys": ["a"]}`: `{"best": {"label": "fig"}, "shelves": [], "keys": ["a"]}`,
		`{"notes": {"full": true}}`:                                              `{"notes": {"full": true}}`,
	} {
		v, problems := s.Read(tree(t, give))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got := s.Minimal(v)
		if !document.Equal(tree(t, want), got) {
			t.Errorf("Minimal(%s) = %v, want %s", give, got, want)
		}
		if !s.Same(got, tree(t, give)) {
			t.Errorf("%s and %v are not the same", give, got)
		}
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	s := pantry()
	tests := []struct {
		a, b string
		want bool
	}{
		{`{}`, `{"weight": "1.5", "jars": {}}`, true},
		{`{"keys": ["a", "b"]}`, `{"keys": ["b", "a"]}`, true},
		{`{"shelves": [1, 2]}`, `{"shelves": [2, 1]}`, false},
		{`{"jars": {"a": {"label": "1"}}}`, `{"jars": {"a": {"label": 1}}}`, true},
		{`{"notes": 1}`, `{"notes": 1.0}`, true},
		{`{"notes": [1]}`, `{"notes": {}}`, false},
		{`{"shelves": []}`, `{}`, false},
		{`{"wrong": 1}`, `{"wrong": 1}`, false},
	}
	for _, tt := range tests {
		if got := s.Same(tree(t, tt.a), tree(t, tt.b)); got != tt.want {
			t.Errorf("%s and %s: same = %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
	if v := map[string]any{"weight": document.Unknown}; s.Same(v, v) {
		t.Error("what is unknown is the same as nothing")
	}
}

func TestDescriptionTellsTheDefault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		m    document.Member
		want string
	}{
		{document.Member{Doc: "Text.", Default: true}, "Text. Default `true`."},
		{document.Member{Doc: "Text.", Default: json.Number("100")}, "Text. Default `100`."},
		{document.Member{Doc: "Text.", Default: "UTC"}, "Text. Default `UTC`."},
		{document.Member{Doc: "Text.", Default: ""}, "Text."},
		{document.Member{Doc: "Text.", Default: map[string]any{}}, "Text."},
		{document.Member{Doc: "One (the default).", Default: true}, "One (the default)."},
	} {
		if got := tt.m.Description(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNumbersOrObjects(t *testing.T) {
	t.Parallel()
	jar := document.ObjectOf(
		document.Member{Name: "label", Shape: document.Simple(document.Text), Required: true, Doc: "What is written on it."},
		document.Member{Name: "full", Shape: document.Simple(document.Bool), Default: true, Doc: "Whether it is full."},
	)
	s := document.ListOf(document.EitherOf(jar))
	given := tree(t, `[1, "2", {"label": 3}]`)
	got, problems := s.Read(given)
	if want := tree(t, `[1, 2, {"label": "3", "full": true}]`); len(problems) > 0 || !document.Equal(want, got) {
		t.Errorf("got %v, %v, want %v", got, problems, want)
	}
	if want := tree(t, `[1, 2, {"label": "3"}]`); !document.Equal(want, s.Minimal(got)) || !s.Same(given, want) {
		t.Errorf("without defaults: %v, want %v", s.Minimal(got), want)
	}
	if s.Same(given, tree(t, `[1, 2, {"label": "4"}]`)) || s.Same(given, tree(t, `[1, 2, 3]`)) {
		t.Error("another object, or a number instead of one, is the same")
	}
	_, problems = s.Read(tree(t, `["x", {"labl": "y"}]`))
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Path.String()+": "+p.Message)
	}
	want := []string{`0: found "x", expected a whole number or an object`, "1.labl: there is no 'labl'; did you mean 'label'; expected 'label' and 'full'"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
