package batch_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestDefinitionsComeBackNormalised(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{}`:                          `{"supersedes":true}`,
		`{"version":"6","dataset":3}`: `{"dataset":3,"supersedes":true}`,
		`{"dataset":3,"supersedes":false,"forced_nodes":{}}`:                                                                             `{"dataset":3,"forced_nodes":{"version":"7","all":false},"supersedes":false}`,
		`{"previous_batch":{"root_batch_id":4},"forced_nodes":{"all":true,"nodes":["a"]}}`:                                               `{"previous_batch":{"root_batch_id":4,"forced_nodes":{"version":"7","all":true}},"forced_nodes":{"version":"7","all":true},"supersedes":true}`,
		`{"previous_batch":{"root_batch_id":4,"forced_nodes":{"all":false,"nodes":["a"],"sub_recipes":{}}},"forced_nodes":{"all":true}}`: `{"previous_batch":{"root_batch_id":4,"forced_nodes":{"version":"7","all":false,"nodes":["a"]}},"forced_nodes":{"version":"7","all":false,"nodes":["a"]},"supersedes":true}`,
	} {
		d, ps := batch.ParseDefinition([]byte(in))
		if err := ps.Err(); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got, err := json.Marshal(d)
		if err != nil || string(got) != want {
			t.Errorf("%s:\n got %s, %v\nwant %s", in, got, err, want)
		}
		var again batch.Definition
		if err := json.Unmarshal(got, &again); err != nil || cmp.Diff(d, again) != "" {
			t.Errorf("%s read again: %v\n%s", got, err, cmp.Diff(d, again))
		}
	}
}

func TestWrongDocuments(t *testing.T) {
	t.Parallel()
	definition := func(raw string) recipe.Problems { _, ps := batch.ParseDefinition([]byte(raw)); return ps }
	configuration := func(raw string) recipe.Problems { _, ps := batch.ParseConfiguration([]byte(raw)); return ps }
	for in, c := range map[string]struct {
		parse func(string) recipe.Problems
		code  recipe.Code
		at    string
	}{
		`{"dataset": 1.0}`: {definition, batch.InvalidDefinition, "dataset"}, `{"dataset": "1"}`: {definition, batch.InvalidDefinition, "dataset"},
		`{"version": 7}`: {definition, batch.InvalidDefinition, "version"}, `[]`: {definition, batch.InvalidDefinition, ""},
		`{"forced_nodes": {"nodes": []}}`:                                      {definition, batch.InvalidDefinition, "forced_nodes"},
		`{"previous_batch": {"root_batch_id": 1, "forced_nodes": {"all": 1}}}`: {definition, batch.InvalidDefinition, "previous_batch.forced_nodes"},
		`{"previous_batch": {}}`:                                               {definition, batch.InvalidDefinition, "previous_batch"},
		`{"priority": 1.5}`:                                                    {configuration, batch.InvalidConfiguration, "priority"},
		`{"priority": 99999999999}`:                                            {configuration, batch.InvalidConfiguration, "priority"},
		`{"inputMap": [{"input": "a"}]}`:                                       {configuration, batch.InvalidConfiguration, "inputMap.0"},
		`{"x": 1}`:                                                             {configuration, batch.InvalidConfiguration, ""},
	} {
		ps := c.parse(in).Errors()
		if len(ps) == 0 || ps[0].Code != c.code || !strings.HasPrefix(ps[0].Path.String(), c.at) {
			t.Errorf("%s: %+v, want %s at %s", in, ps, c.code, c.at)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	d, ps := batch.ParseDataset([]byte(`{"parameters": {"files": [{"name": "a"}, {"name": "b", "required": false}], "json": [{"name": "n", "type": "integer"}]},
		"global_parameters": {"json": [{"name": "u", "type": "string"}]}, "global_data": {"json": {"u": "m"}}}`))
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	inputs, ps := recipe.ParseInterface([]byte(`{"files": [{"name": "x"}, {"name": "b", "required": false}], "json": [{"name": "u", "type": "string"}]}`))
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	if ps := batch.NewSource(d, nil).Check(inputs); len(ps) != 1 || ps[0].Code != batch.MismatchedParams || !strings.Contains(ps[0].Message, "'x'") {
		t.Errorf("without a map: %+v", ps)
	}
	s := batch.NewSource(d, []batch.Mapping{{Input: "x", Parameter: "a"}})
	if ps := s.Check(inputs); len(ps) != 0 {
		t.Errorf("with a map: %+v", ps)
	}
	member := recipe.Data{Files: map[string][]int64{"a": {1}, "b": {2}}, JSON: map[string]any{"n": json.Number("3")}}
	want := recipe.Data{Files: map[string][]int64{"x": {1}, "b": {2}}, JSON: map[string]any{"n": json.Number("3"), "u": "m"}}
	if diff := cmp.Diff(want, s.Input(member)); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 2}, s.Files(member, inputs)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if ids := s.Files(recipe.Data{JSON: member.JSON}, inputs); len(ids) != 0 {
		t.Errorf("a member without files has %v", ids)
	}
	if diff := cmp.Diff([]int64{1, 2}, s.Files(member, recipe.Interface{})); diff != "" {
		t.Errorf("files for a recipe without inputs (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		m    []batch.Mapping
		want string
	}{{[]batch.Mapping{{"x", "c"}}, "no parameter 'c'"}, {[]batch.Mapping{{"y", "a"}}, "no input 'y'"}, {[]batch.Mapping{{"x", "a"}, {"x", "b"}}, "above already"}, {[]batch.Mapping{{"x", "a"}}, ""}} {
		ps := d.CheckInputMap(c.m, inputs)
		if len(ps) > 0 != (c.want != "") || len(ps) > 0 && (!strings.Contains(ps[0].Message, c.want) || ps[0].Code != batch.InvalidInputMap) {
			t.Errorf("%v: %+v, want %q", c.m, ps, c.want)
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	template, ps := batch.ParseTemplate([]byte(`{"files": {"a": "FILE_VALUE", "b": [7]}, "json": {"n": 1}}`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	got, ps := template.Fill(5)
	want := recipe.Data{Files: map[string][]int64{"a": {5}, "b": {7}}, JSON: map[string]any{"n": json.Number("1")}}
	if diff := cmp.Diff(want, got); diff != "" || len(ps) > 0 {
		t.Errorf("%v (-want +got):\n%s", ps, diff)
	}
	if again, _ := template.Fill(6); again.Files["a"][0] != 6 || got.Files["a"][0] != 5 {
		t.Errorf("members share their files: %v %v", got, again)
	}
	empty, ps := batch.ParseTemplate([]byte(`{"json": {}}`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if _, ps := empty.Fill(1); len(ps) != 1 || ps[0].Code != batch.InvalidTemplate {
		t.Errorf("without files: %+v", ps)
	}
}
