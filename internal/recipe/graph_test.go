package recipe

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGraph(t *testing.T) {
	t.Parallel()
	g := mustGraph(t, &Definition{Nodes: map[string]Node{
		"d": jobAfter("b", "c"), "c": jobAfter("a"), "b": jobAfter("a"), "a": jobAfter(), "x": jobAfter(),
	}})
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "x"}, g.Order()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	for node, want := range map[string][]string{"a": nil, "b": {"a"}, "c": {"a"}, "d": {"a", "b", "c"}, "x": nil, "nothing": nil} {
		var got []string
		for _, other := range append(g.Order(), "nothing") {
			if g.IsAncestor(other, node) {
				got = append(got, other)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ancestors of %s (-want +got):\n%s", node, diff)
		}
	}
}

func TestNewGraphRefusesWhatIsNoGraph(t *testing.T) {
	t.Parallel()
	g, problems := NewGraph(&Definition{Nodes: map[string]Node{"b": jobAfter("a", "x"), "a": jobAfter("b")}})
	problemCase{Problems: []wantProblem{
		{Path: "nodes.b.dependencies.x", Code: UnknownNode},
		{Path: "nodes.a.dependencies", Code: CircularDependency,
			Message: "Circular dependency: a -> b -> a (each node depends on the next); remove one of these dependencies"},
	}}.check(t, problems)
	if g != nil {
		t.Error("there is a graph")
	}
}

// Any graph, with cycles or without, is answered like a naive search answers it.
func TestGraphAgreesWithANaiveSearch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "nodes")
		d := &Definition{Nodes: map[string]Node{}}
		name := func(i int) string { return fmt.Sprintf("n%d", i) }
		for i := range n {
			var needs []string
			for _, j := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 2).Draw(t, "needs") {
				needs = append(needs, name(j))
			}
			d.Nodes[name(i)] = jobAfter(needs...)
		}
		reaches := func(from, to string) bool {
			seen, queue := map[string]bool{}, []string{from}
			for len(queue) > 0 {
				for next := range d.Nodes[queue[0]].Dependencies {
					if !seen[next] {
						seen[next] = true
						queue = append(queue, next)
					}
				}
				queue = queue[1:]
			}
			return seen[to]
		}
		cyclic := map[string]bool{} // nodes that are on a cycle and not yet reported
		for i := range n {
			if reaches(name(i), name(i)) {
				cyclic[name(i)] = true
			}
		}
		isCyclic := len(cyclic) > 0
		_, problems := NewGraph(d)
		for _, p := range problems {
			start := p.Path[1]
			for i := range n {
				if cyclic[name(i)] && reaches(start, name(i)) && reaches(name(i), start) {
					if name(i) < start {
						t.Fatalf("the cycle begins with %s, not with %s", start, name(i))
					}
					delete(cyclic, name(i))
				}
			}
		}
		if len(cyclic) > 0 || (len(problems) > 0) != isCyclic {
			t.Fatalf("not reported: %v; reported: %v", cyclic, problems.Err())
		}
		var none findings
		g := sortNodes(d, &none)
		for i := range n {
			for j := range n {
				if got, want := g.IsAncestor(name(j), name(i)), reaches(name(i), name(j)); got != want {
					t.Fatalf("IsAncestor(%s, %s) = %v, want %v", name(j), name(i), got, want)
				}
			}
		}
		order := g.Order()
		if len(order) != n || len(slices.Compact(slices.Sorted(slices.Values(order)))) != n {
			t.Fatalf("order has %d of %d nodes", len(order), n)
		}
		if isCyclic {
			return
		}
		for i, a := range order {
			for _, b := range order[i+1:] {
				if reaches(a, b) {
					t.Fatalf("%s comes before %s, which it depends on", a, b)
				}
			}
		}
	})
}

func jobAfter(dependencies ...string) Node {
	n := Node{Job: &JobRef{Name: "job", Version: "1.0.0", Revision: 1}, Dependencies: map[string]bool{}}
	for _, d := range dependencies {
		n.Dependencies[d] = true
	}
	return n
}

func mustGraph(t testing.TB, d *Definition) *Graph {
	t.Helper()
	g, problems := NewGraph(d)
	if len(problems) > 0 {
		t.Fatal(problems.Err())
	}
	return g
}
