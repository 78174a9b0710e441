package form

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// TestSimulationOfFiles: a condition on files looks at what is described of them.
func TestSimulationOfFiles(t *testing.T) {
	t.Parallel()
	d, problems := ReadDraft(mustTree(t, `{
	  "input": {"files": {"scene": {}}},
	  "nodes": {
	    "tiff": {
	      "condition": {"interface": {"files": {"scene": {}}}, "data_filter": {"filters": [{"name": "scene", "type": "media-type", "condition": "==", "values": ["image/tiff"]}]}},
	      "input": {"scene": {"recipe_input": "scene"}}
	    },
	    "cut": {"job": {"name": "cut", "version": "1.0.0", "revision": 1}, "dependencies": {"tiff": true}, "input": {"SCENE": {"recipe_input": "scene"}}}
	  }
	}`)).Definition()
	if problems.Err() != nil {
		t.Fatal(problems.Err())
	}
	for kind, want := range map[string]bool{"image/tiff": true, "image/png": false} {
		var s Simulation
		input := map[string]any{"files": map[string]any{"scene": []any{map[string]any{"file_name": "a.x", "media_type": kind}}}}
		if found := append(s.ReadInput(input), s.ReadOutcomes(nil)...); len(found) > 0 {
			t.Fatal(found)
		}
		result, problems := recipe.Simulate(d, s.Input, s.Files, s.Outcomes)
		if problems.Err() != nil {
			t.Fatal(problems.Err())
		}
		if got := result.Nodes["cut"].Ran; got != want {
			t.Errorf("%s: cut ran %t", kind, got)
		}
		if !want {
			continue
		}
		nodes, _ := s.OfSimulation(result)["nodes"].(map[string]any)
		file := map[string]any{"file_name": "a.x", "media_type": kind, "data_types": []any{}, "meta_data": map[string]any{}}
		wanted := map[string]any{"type": "job", "status": "COMPLETED", "ran": true, "problems": []any{},
			"input": map[string]any{"files": map[string]any{"SCENE": []any{file}}, "json": map[string]any{}}}
		if diff := cmp.Diff(any(wanted), nodes["cut"]); diff != "" {
			t.Errorf("cut (-want +got):\n%s", diff)
		}
	}
}

func TestWrongSimulations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"json": {}, "filez": {}}`:                        "there is no 'filez'",
		`{"files": {"a": [1.5]}}`:                          "files.a.0",
		`{"files": {"a": [{"file_nam": "x"}]}}`:            "files.a.0.file_nam",
		`{"files": {"a": [{"data_types": "x"}]}}`:          "files.a.0.data_types",
		`{"files": {"a": {"file_name": "not in a list"}}}`: "files.a",
	} {
		var s Simulation
		found := s.ReadInput(mustTree(t, text))
		if len(found) != 1 || found[0].Path.String() != want && !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: %v, want %s", text, found, want)
		}
	}
	var s Simulation
	if found := s.ReadOutcomes(mustTree(t, `{"a": {"state": "FAILED"}}`)); len(found) != 1 || found[0].Path.String() != "a" && found[0].Path.String() != "a.state" {
		t.Errorf("an outcome with a wrong name: %v", found)
	}
	if found := s.ReadInput(map[string]any{"files": map[string]any{"a": []any{json.Number("7")}}}); len(found) > 0 || s.Input.Files["a"][0] != 7 {
		t.Errorf("an id: %v, %v", found, s.Input)
	}
}
