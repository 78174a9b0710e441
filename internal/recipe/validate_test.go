package recipe

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// typesJSON is a catalog in a case: interfaces by "name version revision" of a
// job type and "name revision" of a recipe type; null for what does not exist.
type typesJSON struct {
	Jobs    map[string]*struct{ Input, Output Interface }
	Recipes map[string]*Interface
}

func (c typesJSON) catalog(t *testing.T) Catalog {
	t.Helper()
	out := Catalog{Jobs: map[JobRef]*JobInterface{}, Recipes: map[RecipeRef]*Interface{}}
	revision := func(s string) (n int) {
		if err := json.Unmarshal([]byte(s), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for key, i := range c.Jobs {
		words := strings.Fields(key)
		ref := JobRef{words[0], words[1], revision(words[2])}
		out.Jobs[ref] = nil
		if i != nil {
			out.Jobs[ref] = &JobInterface{Input: i.Input, Output: i.Output}
		}
	}
	for key, i := range c.Recipes {
		words := strings.Fields(key)
		out.Recipes[RecipeRef{words[0], revision(words[1])}] = i
	}
	return out
}

func TestValidate(t *testing.T) {
	t.Parallel()
	eachCase(t, "validate", func(t *testing.T, c struct {
		problemCase
		Types typesJSON
	}) {
		d, problems := Parse(c.text())
		if len(problems) > 0 {
			t.Fatalf("the case does not parse: %v", problems.Err())
		}
		c.check(t, Validate(d, c.Types.catalog(t)))
	})
}

func TestValidateTakesAnyDefinition(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give Definition
		want []wantProblem
	}{
		{"the zero value is valid", Definition{}, []wantProblem{}},
		{"a node is nothing", Definition{Nodes: map[string]Node{"a": {}}}, []wantProblem{
			{Path: "nodes.a", Code: InvalidDefinition},
		}},
		{"a node is two things", Definition{Nodes: map[string]Node{"a": {Job: &JobRef{}, Recipe: &RecipeRef{}}}}, []wantProblem{
			{Path: "nodes.a", Code: InvalidDefinition},
		}},
		{"names are unknown", Definition{Nodes: map[string]Node{"a": {
			Condition:    &Condition{},
			Dependencies: map[string]bool{"x": true},
			Input:        map[string]Connection{"i": {}, "j": {RecipeInput: "y"}},
		}}}, []wantProblem{
			{Path: "nodes.a.dependencies.x", Code: UnknownNode},
			{Path: "nodes.a.input.i", Code: UnknownNode},
			{Path: "nodes.a.input.j", Code: UnknownInput},
			{Path: "nodes.a.input.i", Code: UnknownInput, Warning: true},
			{Path: "nodes.a.input.j", Code: UnknownInput, Warning: true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			problemCase{Problems: tt.want}.check(t, Validate(&tt.give, Catalog{}))
		})
	}
}

func TestRefsAreSortedAndDistinct(t *testing.T) {
	t.Parallel()
	d := Definition{Nodes: map[string]Node{
		"a": {Job: &JobRef{"b", "1", 2}}, "b": {Job: &JobRef{"b", "1", 1}}, "c": {Job: &JobRef{"a", "2", 9}},
		"d": {Job: &JobRef{"b", "1", 2}}, "e": {Recipe: &RecipeRef{"r", 2}}, "f": {Recipe: &RecipeRef{"q", 3}},
		"g": {Recipe: &RecipeRef{"r", 1}}, "h": {Recipe: &RecipeRef{"r", 2}}, "i": {Condition: &Condition{}},
	}}
	if diff := cmp.Diff([]JobRef{{"a", "2", 9}, {"b", "1", 1}, {"b", "1", 2}}, d.JobRefs()); diff != "" {
		t.Errorf("job refs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]RecipeRef{{"q", 3}, {"r", 1}, {"r", 2}}, d.RecipeRefs()); diff != "" {
		t.Errorf("recipe refs (-want +got):\n%s", diff)
	}
}
