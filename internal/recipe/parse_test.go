package recipe

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	t.Parallel()
	eachCase(t, "parse", func(t *testing.T, c struct {
		problemCase
		Returned json.RawMessage // what MarshalJSON writes, if there are no problems
	}) {
		d, problems := Parse(c.text())
		c.check(t, problems)
		if (d == nil) != (len(c.Problems) > 0) {
			t.Fatalf("definition is %v with %d problems", d, len(c.Problems))
		}
		if d == nil {
			return
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c.Returned, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("returned definition (-want +got):\n%s", diff)
		}
		again, problems := Parse(raw)
		if len(problems) > 0 {
			t.Fatalf("parsing what was returned: %v", problems)
		}
		if diff := cmp.Diff(d, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("round trip (-want +got):\n%s", diff)
		}
	})
}

func TestParseLimits(t *testing.T) {
	t.Parallel()
	var nodes strings.Builder
	for i := range maxNodes + 1 {
		fmt.Fprintf(&nodes, `,"n%d":{"dependencies":[],"input":{},"node_type":{"node_type":"recipe",`+
			`"recipe_type_name":"r","recipe_type_revision":1}}`, i)
	}
	most := strings.Replace(nodes.String()[1:], `"n0":`, `"n0":`, 1)
	allowed := most[:strings.LastIndex(most, fmt.Sprintf(`,"n%d"`, maxNodes))]
	tests := []struct{ name, raw, want string }{
		{"a thousand nodes are fine", `{"nodes":{` + allowed + `}}`, ""},
		{"one node more is too much", `{"nodes":{` + most + `}}`,
			"nodes: found 1001 nodes, at most 1000 are allowed; put some into sub-recipes"},
		{"a document is too large", `{"nodes":{}` + strings.Repeat(" ", maxBytes) + `}`,
			"The definition has 4194316 bytes; at most 4194304 are allowed"},
		{"a document is nested too deeply", strings.Repeat("[", 101) + strings.Repeat("]", 101),
			"The definition has arrays and objects 101 levels inside each other; at most 100 levels are allowed"},
		{"a document has too many values", "[" + strings.Repeat("1,", maxValues) + "1]",
			"The definition has about 250001 values; at most 250000 are allowed"},
		{"a bracket in a string does not count", `{"nodes":{},"version":"7","input":{"files":[{"name":"` +
			strings.Repeat(`[\"`, 200) + `"}]}}`, `input.files.0.name: found the string "` +
			strings.Repeat(`[\"`, 30) + `...", expected a name of letters, digits, '_' and '-' with no digit in front (no spaces, not empty)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := Parse([]byte(tt.raw))
			got := ""
			if err := problems.Err(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseBoundsTheNumberOfProblems(t *testing.T) {
	t.Parallel()
	_, problems := Parse([]byte(`{"input":{"files":[` + strings.Repeat(`{"name":"a"},`, 5000) + `{"name":"a"}]}}`))
	if len(problems) != maxProblems+1 {
		t.Fatalf("got %d problems, want %d", len(problems), maxProblems+1)
	}
	got, want := problems[maxProblems].Message, "There are 4000 more problems; they are left out"
	if got != want {
		t.Errorf("last problem: got %q, want %q", got, want)
	}
}

func TestParseBoundsTheAnswerToADocumentThatIsWrongAllOver(t *testing.T) {
	t.Parallel()
	_, problems := ParseData([]byte(`{"files":{"a":[` + strings.Repeat(`"x",`, 100_000) + `1]}}`))
	if len(problems) != maxSchemaProblems+1 {
		t.Fatalf("got %d problems, want %d", len(problems), maxSchemaProblems+1)
	}
	got, want := problems[0].Message, `files.a.0: found the string "x", expected an integer`
	if got != want {
		t.Errorf("first problem: got %q, want %q", got, want)
	}
	got, want = problems[maxSchemaProblems].Message, "The data has 99800 more problems of this kind"
	if got != want {
		t.Errorf("last problem: got %q, want %q", got, want)
	}
}
