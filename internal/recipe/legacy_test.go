package recipe

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestLegacyDefinition(t *testing.T) {
	t.Parallel()
	eachCase(t, "legacy", func(t *testing.T, c struct {
		problemCase
		Returned json.RawMessage
		Latest   map[string]int // revision by "name version", to resolve with
	}) {
		if !IsLegacy(c.text()) {
			t.Fatal("the case is not of version 1.0")
		}
		d, problems := Parse(c.text())
		c.check(t, problems)
		if (d == nil) != (len(problems) > 0) {
			t.Fatalf("definition is %v with %d problems", d, len(problems))
		}
		if d == nil {
			return
		}
		if c.Latest != nil {
			d.Resolve(func(name, version string) int { return c.Latest[name+" "+version] })
		}
		sameJSON(t, c.Returned, d)
		again, problems := Parse(mustMarshal(t, d))
		sameAgain(t, d, again, problems)
	})
}

func TestOnlyVersion1IsLegacy(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		`{"version":"1.0"}`: true, `{"version":"7"}`: false, `{}`: false, `{"version":1.0}`: false, `["1.0"]`: false, `{"version":"1.0"`: false,
	} {
		if got := IsLegacy([]byte(raw)); got != want {
			t.Errorf("%s is legacy: got %v, want %v", raw, got, want)
		}
	}
}

func TestResolveOnlyTouchesTheLatest(t *testing.T) {
	t.Parallel()
	d := &Definition{Nodes: nodes{"a": {Job: &JobRef{"x", "1", 3}}, "b": {Job: &JobRef{"x", "1", LatestRevision}}, "r": {Recipe: &RecipeRef{"x", 0}}}}
	shared := d.Nodes["b"].Job
	d.Resolve(func(string, string) int { return 9 })
	if a, b, r := d.Nodes["a"].Job.Revision, d.Nodes["b"].Job.Revision, d.Nodes["r"].Recipe.Revision; a != 3 || b != 9 || r != 0 {
		t.Errorf("got revisions %d, %d and %d; want 3, 9 and 0", a, b, r)
	}
	if shared.Revision != LatestRevision {
		t.Error("a reference that others may hold has changed")
	}
}

func TestLegacyDefinitionsAreBounded(t *testing.T) {
	t.Parallel()
	var jobs []string
	for i := range maxNodes + 1 {
		jobs = append(jobs, fmt.Sprintf(`{"name":"n%d","job_type":{"name":"x","version":"1"}}`, i))
	}
	_, problems := Parse([]byte(`{"version":"1.0","jobs":[` + strings.Join(jobs, ",") + `]}`))
	problemCase{Problems: []wantProblem{{Path: "jobs", Code: InvalidDefinition,
		Message: "jobs: found 1001 jobs, at most 1000 are allowed"}}}.check(t, problems)
	d, problems := Parse([]byte(`{"version":"1.0","jobs":[` + strings.Join(jobs[:maxNodes], ",") + `]}`))
	if len(problems) > 0 || len(d.Nodes) != maxNodes {
		t.Errorf("a thousand jobs: %v", problems.Err())
	}
}
