package recipe

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseInterface(t *testing.T) {
	t.Parallel()
	eachCase(t, "interface", func(t *testing.T, c struct {
		problemCase
		Returned json.RawMessage
	}) {
		i, problems := ParseInterface(c.text())
		c.check(t, problems)
		if len(problems) == 0 {
			sameJSON(t, c.Returned, i)
		}
	})
}

func TestData(t *testing.T) {
	t.Parallel()
	eachCase(t, "data", func(t *testing.T, c struct {
		problemCase
		Interface *Interface      // nil: only parsed
		Returned  json.RawMessage // after CheckData
	}) {
		d, problems := ParseData(c.text())
		if c.Interface != nil && len(problems) == 0 {
			d, problems = c.Interface.CheckData(d)
		}
		c.check(t, problems)
		if len(problems) == 0 {
			sameJSON(t, c.Returned, d)
		}
	})
}

func TestAnEmptyListOfFilesCountsAsNotGiven(t *testing.T) {
	t.Parallel()
	i := Interface{Files: map[string]FileParam{"A": {Required: true, Multiple: true}, "B": {Multiple: true}}}
	got, problems := i.CheckData(Data{Files: map[string][]int64{"A": {}, "B": {}}})
	problemCase{Problems: []wantProblem{{Path: "files.A", Code: NoFiles, Message: "'A' has no files; expected at least one"}}}.
		check(t, problems)
	if len(got.Files) > 0 {
		t.Errorf("got files %v, want none", got.Files)
	}
}

func TestDataThatIsStoredIsReadBack(t *testing.T) {
	t.Parallel()
	const stored = `{"files":{"OUT":[]},"json":{"n":12345678901234567890.10,"x":{"y":[null,true,"z"]}}}`
	var d Data
	if err := json.Unmarshal([]byte(stored), &d); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, string(raw)); diff != "" {
		t.Errorf("stored data (-want +got):\n%s", diff)
	}
	for _, empty := range []string{`{}`, `{"files":null,"json":null}`} {
		if err := json.Unmarshal([]byte(empty), &d); err != nil || d.Files == nil || d.JSON == nil {
			t.Errorf("%s: got %#v, error %v; want empty maps", empty, d, err)
		}
	}
}

// sameJSON compares the JSON form of a value with what is wanted, number by number as written.
func sameJSON(t *testing.T, want json.RawMessage, value any) {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("JSON form (-want +got):\n%s", diff)
	}
}

func TestDataWithoutNulls(t *testing.T) {
	t.Parallel()
	give := Data{
		Files: map[string][]int64{"F": {1}},
		JSON:  map[string]any{"a": nil, "b": "x", "c": map[string]any{"d": nil}, "e": []any{nil}, "f": false},
	}
	want := Data{
		Files: map[string][]int64{"F": {1}},
		JSON:  map[string]any{"b": "x", "c": map[string]any{"d": nil}, "e": []any{nil}, "f": false},
	}
	if diff := cmp.Diff(want, give.WithoutNulls()); diff != "" {
		t.Errorf("without nulls (-want +got):\n%s", diff)
	}
	if len(give.JSON) != 5 {
		t.Error("the data have changed")
	}
	i := Interface{JSON: map[string]JSONParam{"a": {Type: StringType, Required: true}}}
	if _, problems := i.CheckData(give.WithoutNulls()); len(problems) != 1 || problems[0].Code != ParamRequired {
		t.Errorf("a required value that is null has the problems %v, want that it is missing", problems)
	}
}
