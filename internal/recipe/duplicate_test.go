package recipe

import (
	"strings"
	"testing"
)

func TestMembersThatComeTwice(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give, at, want string // want: ""; none comes twice
	}{
		{"none", `{"a": 1, "b": {"a": 2, "c": [{"a": 1}, {"a": 2}]}, "d": "x:y", "e:": "\":"}`, "", ""},
		{"at the top", `{"a": 1, "a": 2}`, "a", "has 'a' twice, the second time at line 1, column 12"},
		{"with the same value", `{"a": 1, "a": 1}`, "a", "has 'a' twice"},
		{"spelt with an escape", `{"a": 1, "\u0061": 1}`, "a", "has 'a' twice"},
		{"inside of an object", "{\"x\": {\n\"a\": {}, \"b\": [],\n\"a\": null}}", "x.a", "has 'x.a' twice, the second time at line 3"},
		{"inside of an array", `[{"a": 1}, {"b": {"c": 1, "c": 2}}]`, "1.b.c", "has '1.b.c' twice"},
		{"of which the first one is gone with its object", `{"x": {"a": {"q": 1, "r": 2}}, "x": {}}`, "x", "has 'x' twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Decode([]byte(tt.give))
			if tt.want == "" {
				if err != nil {
					t.Errorf("error is %v, want none", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
			if _, problems := Parse([]byte(tt.give)); len(problems) != 1 || problems[0].Path.String() != tt.at {
				t.Errorf("a document of it has the problems %v, want one at %q", problems, tt.at)
			}
		})
	}
}
