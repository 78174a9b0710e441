package recipe

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func FuzzParse(f *testing.F) {
	seed(f, "parse")
	seed(f, "validate")
	seed(f, "legacy")
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, problems := Parse(raw)
		if d == nil && len(problems.Errors()) == 0 {
			t.Fatal("no definition and no error")
		}
		if d == nil {
			return
		}
		again, problems := Parse(mustMarshal(t, d))
		sameAgain(t, d, again, problems)
		Validate(d, Catalog{})
		if g, _ := NewGraph(d); g != nil {
			s := State{Input: &Data{}}
			s = Apply(g, s, Progress(g, Catalog{}, s))
			if steps := Progress(g, Catalog{}, s); !steps.Empty() {
				t.Fatalf("progress does not rest: %+v", steps)
			}
		}
	})
}

func FuzzParseData(f *testing.F) {
	seed(f, "data")
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, problems := ParseData(raw)
		if len(problems) > 0 {
			return
		}
		written := mustMarshal(t, d)
		again, problems := ParseData(written)
		sameAgain(t, d, again, problems)
		var stored Data
		if err := json.Unmarshal(written, &stored); err != nil {
			t.Fatal(err)
		}
		sameAgain(t, d, stored, nil)
	})
}

func FuzzParseDataFilter(f *testing.F) {
	seed(f, "filter")
	f.Fuzz(func(t *testing.T, raw []byte) {
		filter, problems := ParseDataFilter(raw)
		if len(problems) > 0 {
			return
		}
		again, problems := ParseDataFilter(mustMarshal(t, filter))
		sameAgain(t, filter, again, problems)
		d := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
		for i, single := range filter.Filters { // data of every type
			d.JSON[single.Name] = []any{nil, true, "x", json.Number("1e9"), []any{"x"}, map[string]any{"a": "x"}}[i%6]
			d.Files[single.Name] = []int64{1, 2}
		}
		filter.Accepts(d, map[int64]File{1: {Name: "x", DataTypes: []string{"x"}, Metadata: map[string]any{"a": "x"}}})
	})
}

// seed adds the documents of the cases of a folder.
func seed(f *testing.F, folder string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no cases in %s: %v", folder, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var c problemCase
		if err := json.Unmarshal(raw, &c); err != nil {
			f.Fatal(err)
		}
		f.Add(c.text())
	}
}

func mustMarshal(t *testing.T, value any) []byte {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func sameAgain(t *testing.T, want, got any, problems Problems) {
	t.Helper()
	if len(problems) > 0 {
		t.Fatalf("what was written is refused: %v", problems.Err())
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("round trip (-want +got):\n%s", diff)
	}
}
