package order

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestBind(t *testing.T) {
	t.Parallel()
	input := recipe.Interface{
		Files: map[string]recipe.FileParam{"SCENE": {Required: true}},
		JSON: map[string]recipe.JSONParam{
			"DT": {Type: recipe.StringType}, "LIMIT": {Type: recipe.IntegerType}, "RATIO": {Type: recipe.NumberType},
			"DRY": {Type: recipe.BooleanType}, "TAGS": {Type: recipe.ArrayType}, "TARGET": {Type: recipe.ObjectType},
		},
	}
	target := TargetOf(input, []recipe.Configurable{
		{Settings: []string{"schema", "image"}, SecretSettings: []string{"TOKEN"}}, {Settings: []string{"schema"}},
	})
	scene := map[string][]int64{"SCENE": {7}}
	number := func(s string) json.Number { return json.Number(s) }
	tests := map[string]struct {
		variation Variation
		variables string
		json      map[string]any
		settings  map[string]string
		bad       []string
	}{
		"values of the right type": {
			variables: `{"DT":"20260301","LIMIT":3,"RATIO":0.5,"DRY":true,"TAGS":["a"],"TARGET":{"schema":"s"},"other":1}`,
			json: map[string]any{
				"DT": "20260301", "LIMIT": number("3"), "RATIO": number("0.5"), "DRY": true, "TAGS": []any{"a"},
				"TARGET": map[string]any{"schema": "s"},
			},
		},
		"texts are read, numbers for a text are written": {
			variables: `{"DT":20260301,"LIMIT":"3","RATIO":" 0.5 ","DRY":"true","TAGS":"[\"a\"]","TARGET":"{\"schema\":\"s\"}"}`,
			json: map[string]any{
				"DT": "20260301", "LIMIT": number("3"), "RATIO": number("0.5"), "DRY": true, "TAGS": []any{"a"},
				"TARGET": map[string]any{"schema": "s"},
			},
		},
		"a boolean for a text":       {variables: `{"DT":false}`, json: map[string]any{"DT": "false"}},
		"3.0 is an integer":          {variables: `{"LIMIT":3.0,"RATIO":3.0}`, json: map[string]any{"LIMIT": number("3"), "RATIO": number("3.0")}},
		"also as a text":             {variables: `{"LIMIT":"3.0"}`, json: map[string]any{"LIMIT": number("3")}},
		"a fraction is no integer":   {variables: `{"LIMIT":"3.5"}`, bad: []string{"input.json.LIMIT INVALID_JSON_TYPE"}},
		"a word is no boolean":       {variables: `{"DRY":"yes"}`, bad: []string{"input.json.DRY INVALID_JSON_TYPE"}},
		"a list is no text":          {variables: `{"DT":["x"]}`, bad: []string{"input.json.DT INVALID_JSON_TYPE"}},
		"two values are none":        {variables: `{"LIMIT":"3 4"}`, bad: []string{"input.json.LIMIT INVALID_JSON_TYPE"}},
		"null takes away":            {variation: Variation{InputJSON: map[string]any{"DT": "x", "LIMIT": number("1")}}, variables: `{"DT":null}`, json: map[string]any{"LIMIT": number("1")}},
		"a variable beats the input": {variation: Variation{InputJSON: map[string]any{"DT": "x"}}, variables: `{"DT":"y"}`, json: map[string]any{"DT": "y"}},
		"settings, secret ones too": {
			variation: Variation{Configuration: &recipe.Configuration{Settings: map[string]string{"schema": "old", "image": "i", "own": "o"}}},
			variables: `{"schema":"new","image":null,"TOKEN":{"a":1},"nothing":"x"}`,
			settings:  map[string]string{"schema": "new", "own": "o", "TOKEN": `{"a":1}`},
		},
		"what the variation gives is checked": {
			variation: Variation{InputFiles: map[string][]int64{"SCENE": {1, 2}}, InputJSON: map[string]any{"LIMIT": "x"}},
			bad:       []string{"input.files.SCENE MULTIPLE_FILES", "input.json.LIMIT INVALID_JSON_TYPE"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.variation.InputFiles == nil {
				tt.variation.InputFiles = scene
			}
			got, ps := Bind(tt.variation, variables(t, tt.variables), target)
			if diff := cmp.Diff(tt.bad, lines(ps)); diff != "" {
				t.Fatalf("problems (-want +got):\n%s", diff)
			}
			if len(tt.bad) > 0 {
				return
			}
			if tt.json == nil {
				tt.json = map[string]any{}
			}
			if tt.settings == nil {
				tt.settings = map[string]string{}
			}
			want := Bound{Input: recipe.Data{Files: scene, JSON: tt.json}, Configuration: recipe.Configuration{Settings: tt.settings}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("bound (-want +got):\n%s", diff)
			}
		})
	}
	if _, ps := Bind(Variation{}, nil, target); cmp.Diff([]string{"input.files PARAM_REQUIRED"}, lines(ps)) != "" {
		t.Errorf("without its file: %v", lines(ps))
	}
}

func TestTargetOfHasEverySettingOnce(t *testing.T) {
	t.Parallel()
	got := TargetOf(recipe.Interface{}, []recipe.Configurable{
		{Settings: []string{"b"}, SecretSettings: []string{"S"}}, {Settings: []string{"a", "b"}, SecretSettings: []string{"S"}},
	})
	want := Target{Settings: []string{"S", "a", "b"}, Secrets: []string{"S"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("target (-want +got):\n%s", diff)
	}
}
