package order

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestTainted(t *testing.T) {
	t.Parallel()
	secrets := []string{"TOKEN", "DB", "UNSET"}
	for name, tt := range map[string]struct {
		layers []string
		want   []string // beside the secrets
	}{
		"nothing":            {[]string{`{"TOKEN":"s","free":"x","name":"TOKEN","open":"{TOKEN}"}`}, nil},
		"a text":             {[]string{`{"TOKEN":"s","url":"https://x/?t={{TOKEN}}"}`}, []string{"url"}},
		"the whole text":     {[]string{`{"copy":"{{ TOKEN }}"}`}, []string{"copy"}},
		"a member":           {[]string{`{"DB":{"password":"s"},"dsn":"{{DB.password}}"}`}, []string{"dsn"}},
		"deep inside":        {[]string{`{"list":["x",{"a":"{{TOKEN}}"}]}`}, []string{"list"}},
		"through others":     {[]string{`{"a":"{{b}}","b":"{{c}}","c":"{{TOKEN}}","d":"{{free}}","free":1}`}, []string{"a", "b", "c"}},
		"in a circle":        {[]string{`{"a":"{{b}}","b":"{{a}}{{TOKEN}}"}`}, []string{"a", "b"}},
		"a layer hides it":   {[]string{`{"url":"{{TOKEN}}"}`, `{"url":"open"}`}, nil},
		"across layers":      {[]string{`{"url":"open"}`, `{"TOKEN":"s"}`, `{"url":"{{TOKEN}}"}`}, []string{"url"}},
		"no name in between": {[]string{`{"url":"{{TOKEN + 1}}"}`}, nil},
	} {
		var layers []Variables
		for _, text := range tt.layers {
			layers = append(layers, variables(t, text))
		}
		want := append([]string{"DB", "TOKEN", "UNSET"}, tt.want...)
		if diff := cmp.Diff(want, Tainted(secrets, layers...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if secrets[0] != "TOKEN" {
		t.Error("the secrets themselves were changed")
	}
}

func TestSecretsBecomeNoInputs(t *testing.T) {
	t.Parallel()
	target := Target{Secrets: []string{"DT", "LIMIT"}, Input: recipe.Interface{JSON: map[string]recipe.JSONParam{
		"DT": {Type: recipe.StringType}, "LIMIT": {Type: recipe.IntegerType}, "OPEN": {Type: recipe.StringType}}}}
	for text, want := range map[string][]string{
		`{"OPEN":"x","other":"y"}`:           nil,
		`{"OPEN":"x","DT":null}`:             nil,
		`{"DT":"hunter2","LIMIT":"hunter2"}`: {"input.json.DT SECRET_INPUT", "input.json.LIMIT SECRET_INPUT"},
	} {
		_, ps := Bind(Variation{}, variables(t, text), target)
		if diff := cmp.Diff(want, lines(ps)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestHoldsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`null`: false, `"{{key}}"`: false, `"{{ key.member }}"`: false, `"x"`: true, `""`: true, `"a {{key}}"`: true, `"{{key}}{{key}}"`: true,
		`"{{'{{'}}"`: true, `7`: true, `{"a": "{{key}}"}`: true,
	} {
		value, err := recipe.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := HoldsText(value); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
}
