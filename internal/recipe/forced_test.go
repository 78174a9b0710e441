package recipe

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestForcedNodes(t *testing.T) {
	t.Parallel()
	eachCase(t, "forced", func(t *testing.T, c struct {
		problemCase
		Returned   json.RawMessage        // the JSON form, if it can be read
		Definition *Definition            // checked against, if given
		Subs       map[string]*Definition // by "name revision"; null for what does not exist
	}) {
		f, problems := ParseForcedNodes(c.text())
		if len(problems) == 0 {
			sameJSON(t, c.Returned, f)
			again, more := ParseForcedNodes(mustMarshal(t, f))
			sameAgain(t, f, again, more)
			problems = f.Check(c.Definition, func(ref RecipeRef) (*Definition, bool) {
				d, known := c.Subs[strings.NewReplacer("'", "", "revision ", "").Replace(ref.String())]
				return d, known
			})
			if offline := f.Check(c.Definition, nil); len(offline) > len(problems) {
				t.Errorf("without sub-definitions there are more problems: %v", offline)
			}
		}
		c.check(t, problems)
	})
}

func TestForcedNodesFor(t *testing.T) {
	t.Parallel()
	f := ForcedNodes{Nodes: []string{"a", "r"}, SubRecipes: map[string]ForcedNodes{"s": {Nodes: []string{"x"}}}}
	for node, want := range map[string]struct {
		forced bool
		inside ForcedNodes
	}{
		"a": {true, ForcedNodes{}}, "r": {true, ForcedNodes{}}, "s": {true, ForcedNodes{Nodes: []string{"x"}}}, "b": {},
	} {
		if got := f.Forces(node); got != want.forced {
			t.Errorf("%s is forced: got %v, want %v", node, got, want.forced)
		}
		if diff := cmp.Diff(want.inside, f.For(node)); diff != "" {
			t.Errorf("forced inside of %s (-want +got):\n%s", node, diff)
		}
	}
	all := ForcedNodes{All: true}
	if !all.Forces("any") || !all.For("any").All {
		t.Error("all does not force every node and everything inside")
	}
	var got ForcedNodes
	if err := json.Unmarshal([]byte(`{"nodes":[]}`), &got); err == nil {
		t.Error("forced nodes without all are read")
	}
	got = all
	if err := json.Unmarshal([]byte(`null`), &got); err != nil || !got.All {
		t.Errorf("null: got %+v, error %v", got, err)
	}
}

func FuzzParseForcedNodes(f *testing.F) {
	seed(f, "forced")
	f.Fuzz(func(t *testing.T, raw []byte) {
		forced, problems := ParseForcedNodes(raw)
		if len(problems) > 0 {
			return
		}
		again, problems := ParseForcedNodes(mustMarshal(t, forced))
		sameAgain(t, forced, again, problems)
		d := &Definition{Nodes: nodes{"a": jobAfter()}}
		names := append([]string{"r"}, forced.Nodes...)
		for name := range forced.SubRecipes {
			names = append(names, name)
		}
		for _, name := range names {
			d.Nodes[name] = after(RecipeNode, nil, nil)
		}
		for _, p := range forced.Check(d, func(RecipeRef) (*Definition, bool) { return d, true }) {
			if len(p.Path) == 2 && !p.Warning {
				t.Fatalf("a name that exists is refused: %+v", p)
			}
		}
		if diff := Compare(d, d, &forced); len(diff.Copy())+len(diff.Supersede()) != len(d.Nodes) {
			t.Fatalf("copied %q and superseded %q of %d nodes", diff.Copy(), diff.Supersede(), len(d.Nodes))
		}
	})
}
