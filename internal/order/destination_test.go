package order

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShownDestination(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"cook@example.com":               "cook@example.com",
		"https://example.com":            "https://example.com",
		"https://example.com:8443/":      "https://example.com:8443/",
		"https://example.com/hooks/abc":  "https://example.com/" + Mask,
		"https://example.com?token=abc":  "https://example.com/" + Mask,
		"https://me:abc@example.com:444": "https://example.com:444/" + Mask,
		"https://exa mple.com:x/abc":     Mask,
	} {
		if got := ShownDestination(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestHideDestinations(t *testing.T) {
	t.Parallel()
	const shown = "https://h.example/" + Mask
	for name, tt := range map[string]struct{ vars, known, want string }{
		"none":              {`{"email":"a@example.com","url":"https://h.example/a"}`, `{}`, `{"email":"a@example.com","url":"https://h.example/a"}`},
		"a list":            {`{"alert_destinations":["a@example.com","https://h.example/a"]}`, `{}`, `{"alert_destinations":["a@example.com","` + shown + `"]}`},
		"within a text":     {`{"email":"a@example.com, https://h.example/a"}`, `{}`, `{"email":"a@example.com, ` + shown + `"}`},
		"from another":      {`{"email":"{{hook}}","hook":"https://h.example/a","deep":{"x":["https://h.example/a"]}}`, `{}`, `{"email":"{{hook}}","hook":"` + shown + `","deep":{"x":["` + shown + `"]}}`},
		"one within one":    {`{"email":"https://h.example/a,https://h.example/ab"}`, `{}`, `{"email":"` + shown + `,` + shown + `"}`},
		"known":             {`{"email":"https://h.example/a","alert_destinations":"https://h.example/b"}`, `{"alert_destinations":"{{b}}","b":"https://h.example/b"}`, `{"email":"` + shown + `","alert_destinations":"https://h.example/b"}`},
		"no destination":    {`{"email":{"u":"http://h.example/a"},"n":3}`, `{}`, `{"email":{"u":"http://h.example/a"},"n":3}`},
		"unknown reference": {`{"email":"https://h.example/a?x={{NOBODY}}"}`, `{}`, `{"email":"` + shown + `"}`},
	} {
		before := variables(t, tt.vars)
		if diff := cmp.Diff(variables(t, tt.want), HideDestinations(before, variables(t, tt.known))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(variables(t, tt.vars), before); diff != "" {
			t.Errorf("%s: the variables themselves were changed:\n%s", name, diff)
		}
	}
}

func TestFilesKeepWhatIsNotHidden(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ path, contents, want string }{
		"nothing to hide": {VariablesFile, `{"variable-list":{"a":1.0,   "b":"x"}}`, `{"variable-list":{"a":1.0,   "b":"x"}}`},
		"another file":    {"notes.json", `{"variable-list":{"email":"https://h.example/a"}}`, `{"variable-list":{"email":"https://h.example/a"}}`},
		"no JSON":         {VariablesFile, `{`, `{`},
		"variables":       {VariablesFile, `{"x":1.0,"variable-list":{"email":"https://h.example/a"}}`, "{\n  \"variable-list\": {\n    \"email\": \"https://h.example/" + Mask + "\"\n  },\n  \"x\": 1.0\n}"},
		"secrets": {VariablesFile, `{"variable-list":{"KEY":"x","url":"a?{{KEY}}","b":1}}`,
			"{\n  \"variable-list\": {\n    \"KEY\": \"" + Mask + "\",\n    \"b\": 1,\n    \"url\": \"" + Mask + "\"\n  }\n}"},
		"secrets after a byte order mark": {VariablesFile, "\ufeff" + `{"variable-list":{"KEY":"x"}}`, "{\n  \"variable-list\": {\n    \"KEY\": \"" + Mask + "\"\n  }\n}"},
		"the form of 2016 with nothing to hide": {VariablesFile, `{"variable-list":{"a":{"string-replace-key":"a","string-replace-value":"b"}}}`,
			`{"variable-list":{"a":{"string-replace-key":"a","string-replace-value":"b"}}}`},
		"a destination in the form of 2016": {VariablesFile, `{"variable-list":{"email":{"string-replace-key":"a","string-replace-value":"https://h.example/a"}}}`,
			"{\n  \"variable-list\": {\n    \"email\": \"https://h.example/" + Mask + "\"\n  }\n}"},
		"secret settings": {VariationsFile, `{"variation-list":{"v":{"configuration":{"settings":{"KEY":"x","B":"y"}}}}}`,
			"{\n  \"variation-list\": {\n    \"v\": {\n      \"configuration\": {\n        \"settings\": {\n          \"B\": \"y\",\n          \"KEY\": \"" + Mask + "\"\n        }\n      }\n    }\n  }\n}"},
		"variations": {VariationsFile, `{"variation-list":{},"override-setting-list":{"o":{"email":"https://h.example/a"},"p":{}}}`,
			"{\n  \"override-setting-list\": {\n    \"o\": {\n      \"email\": \"https://h.example/" + Mask + "\"\n    },\n    \"p\": {}\n  },\n  \"variation-list\": {}\n}"},
	} {
		if diff := cmp.Diff(tt.want, HideInFile(tt.path, tt.contents, []string{"KEY"})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
