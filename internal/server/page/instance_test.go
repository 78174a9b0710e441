package page

import (
	"maps"
	"slices"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// newInstance is an instance whose nodes have those states and wait for those.
func newInstance(t *testing.T, after map[string][]string, states map[string]string) *instance {
	t.Helper()
	d := &recipe.Definition{Nodes: map[string]recipe.Node{}}
	for name, list := range after {
		n := recipe.Node{Job: &recipe.JobRef{Name: "j", Version: "1", Revision: 1}, Dependencies: map[string]bool{}}
		for _, dependency := range list {
			n.Dependencies[dependency] = true
		}
		d.Nodes[name] = n
	}
	g, problems := recipe.NewGraph(d)
	if g == nil {
		t.Fatal(problems.Err())
	}
	in := &instance{definition: d, graph: g, names: g.Order(), nodes: map[string]node{}}
	for _, name := range in.names {
		in.nodes[name] = node{Name: name, Def: d.Nodes[name], State: states[name]}
	}
	return in
}

func TestWhatIsAroundFailures(t *testing.T) {
	t.Parallel()
	in := newInstance(t, map[string][]string{"first": nil, "bad": {"first"}, "beside": {"first"}, "waits": {"bad"}, "too": {"waits", "beside"}, "apart": nil},
		map[string]string{"first": "COMPLETED", "bad": "FAILED", "beside": "RUNNING", "waits": "BLOCKED", "too": "BLOCKED", "apart": "COMPLETED"})
	if got := slices.Sorted(maps.Keys(in.aroundFailures())); !slices.Equal(got, []string{"bad", "first", "too", "waits"}) {
		t.Errorf("around the failure are %q", got)
	}
	if got := in.blockers("too"); !slices.Equal(got, []string{"bad"}) {
		t.Errorf("too is blocked by %q, want bad", got)
	}
	if n, isChosen := in.chosen(""); !isChosen || n.Name != "bad" {
		t.Errorf("the panel is that of %q, want bad", n.Name)
	}
	if n, _ := in.chosen("beside"); n.Name != "beside" {
		t.Errorf("the panel is that of %q, want what was asked for", n.Name)
	}
	var order []string
	for _, n := range in.sorted() {
		order = append(order, n.Name)
	}
	if want := []string{"bad", "beside", "too", "waits"}; !slices.Equal(order[:2], want[:2]) {
		t.Errorf("the table begins with %q, want %q", order, want)
	}
}
