package form

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// beyondObject uses everything that v6 does not have, in the object form.
const beyondObject = `{
  "input": {"json": {"level_2": {"type": "integer", "default": "2"}}},
  "nodes": {
    "a": {"job": {"name": "job", "version": "1.0.0", "revision": 1}, "allow_failure": true, "timeout": 60,
      "input": {"N": {"value": "3"}, "TEXT": {"value": "\"3.10\""}}},
    "b": {"job": {"name": "job", "version": "1.0.0", "revision": 1}, "input": {"N": {"recipe_input": "level_2"}}},
    "join": {"job": {"name": "job", "version": "1.0.0", "revision": 1}, "dependencies": {"a": true, "b": true}, "any": true},
    "last": {"recipe": {"name": "sub", "revision": 1}, "dependencies": {"join": true}, "finally": true}
  }
}`

func draftOf(t *testing.T, text string) *Draft {
	t.Helper()
	value, err := recipe.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ReadDraft(value)
}

func TestBeyondV6InBothForms(t *testing.T) {
	t.Parallel()
	d, problems := draftOf(t, beyondObject).Definition()
	if err := append(problems, recipe.Validate(d, testCatalog())...).Err(); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`{"name":"level_2","type":"integer","required":true,"default":2}`, `"N":{"type":"value","value":3}`,
		`"TEXT":{"type":"value","value":"3.10"}`, `"allow_failure":true`, `"any":true`, `"finally":true`, `"timeout":60`,
	} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("the JSON form has no %s: %s", part, raw)
		}
	}
	again, problems := recipe.Parse(raw)
	if problems.Err() != nil || !SameDefinition(d, again) {
		t.Fatalf("read again: %v", problems.Err())
	}
	object, ok := OfDefinition(again)
	if !ok {
		t.Fatal("the object form cannot say it")
	}
	back, _ := json.Marshal(object)
	if !SameJSON(back, []byte(beyondObject)) {
		t.Errorf("object form:\n%s\nwant:\n%s", back, beyondObject)
	}
	var at []string
	for _, p := range d.BeyondV6() {
		at = append(at, p.Path.String())
	}
	want := []string{"input.json.0.default", "input.json.0.name", "nodes.a.allow_failure", "nodes.a.input.N.value", "nodes.a.input.TEXT.value", "nodes.a.timeout", "nodes.join.any", "nodes.last.finally"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("beyond v6 (-want +got):\n%s", diff)
	}
	plain, problems := recipe.Parse([]byte(wholeDefinition))
	if problems.Err() != nil || len(plain.BeyondV6()) != 0 {
		t.Errorf("of v6 alone: %v, %v", plain.BeyondV6(), problems.Err())
	}
}

func TestWrongBeyondV6(t *testing.T) {
	t.Parallel()
	job := `"job": {"name": "job", "version": "1.0.0", "revision": 1}`
	for text, want := range map[string]string{
		`{"input": {"json": {"x": {"type": "integer", "default": "\"a\""}}}, "nodes": {}}`:                               `input.json.x.default INVALID_JSON_TYPE`,
		`{"input": {"json": {"x": {"type": "integer", "default": "null"}}}, "nodes": {}}`:                                `input.json.x.default INVALID_JSON_TYPE`,
		`{"input": {"json": {"x": {"type": "string", "default": "abc"}}}, "nodes": {}}`:                                  `input.json.x.default INVALID_DEFINITION`,
		`{"nodes": {"a": {` + job + `, "input": {"N": {"value": "3.10.1"}}}}}`:                                           `nodes.a.input.N.value INVALID_DEFINITION`,
		`{"nodes": {"a": {` + job + `, "input": {"N": {"value": "null"}}}}}`:                                             `nodes.a.input.N.value INVALID_DEFINITION_JSON`,
		`{"nodes": {"a": {` + job + `, "input": {"N": {"value": "1", "recipe_input": "x"}}}}}`:                           `nodes.a.input.N INVALID_DEFINITION`,
		`{"nodes": {"a": {` + job + `, "input": {"N": {"value": "\"1\""}}}}}`:                                            `nodes.a.input.N NODE_INTERFACE`,
		`{"nodes": {"a": {` + job + `, "input": {"IMAGE": {"value": "1"}}}}}`:                                            `nodes.a.input.IMAGE NODE_INTERFACE`,
		`{"nodes": {"a": {` + job + `, "any": true}}}`:                                                                   `nodes.a.any INVALID_DEFINITION`,
		`{"nodes": {"a": {` + job + `, "finally": true}}}`:                                                               `nodes.a.finally INVALID_DEFINITION`,
		`{"nodes": {"a": {` + job + `}, "b": {` + job + `, "dependencies": {"a": true}, "any": true, "finally": true}}}`: `nodes.b.any INVALID_DEFINITION`,
		`{"nodes": {"a": {` + job + `, "timeout": 0}}}`:                                                                  `nodes.a.timeout INVALID_DEFINITION`,
		`{"nodes": {"c": {"condition": {}, "timeout": 5}}}`:                                                              `nodes.c.timeout INVALID_DEFINITION`,
		`{"nodes": {"c": {"condition": {}, "allow_failure": true}}}`:                                                     `nodes.c.allow_failure INVALID_DEFINITION`,
		`{"input": {"json": {"2x": {"type": "string"}}}, "nodes": {}}`:                                                   `input.json.2x INVALID_DEFINITION`,
	} {
		draft := draftOf(t, text)
		found := draft.Check()
		if d, _ := draft.Definition(); d != nil {
			found = append(found, draft.Locate(recipe.Validate(d, testCatalog()))...)
		}
		var got []string
		for _, p := range found.Errors() {
			got = append(got, p.Path.String()+" "+string(p.Code))
		}
		if !slices.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// testCatalog has the job type and the recipe type of beyondObject.
func testCatalog() recipe.Catalog {
	in := recipe.Interface{
		Files: map[string]recipe.FileParam{"IMAGE": {}},
		JSON:  map[string]recipe.JSONParam{"N": {Type: recipe.IntegerType}, "TEXT": {Type: recipe.StringType}},
	}
	out := recipe.Interface{JSON: map[string]recipe.JSONParam{"N": {Type: recipe.IntegerType, Required: true}}}
	return recipe.Catalog{
		Jobs:    map[recipe.JobRef]*recipe.JobInterface{{Name: "job", Version: "1.0.0", Revision: 1}: {Input: in, Output: out}},
		Recipes: map[recipe.RecipeRef]*recipe.Interface{{Name: "sub", Revision: 1}: &in},
	}
}
