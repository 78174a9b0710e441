package recipe

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawDefinition makes a valid definition of the parts of testCatalog: jobs,
// sub-recipes and conditions that are asked for both acceptances.
func drawDefinition(t *rapid.T) *Definition {
	d := &Definition{Nodes: nodes{}, Input: Interface{JSON: map[string]JSONParam{
		"V": {Type: IntegerType, Required: true}, "OPTIONAL": {Type: IntegerType},
	}}}
	n := rapid.IntRange(0, 12).Draw(t, "nodes")
	order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}[:n]).Draw(t, "order")
	for place, i := range order {
		kind := rapid.SampledFrom([]NodeType{JobNode, ConditionNode, RecipeNode, JobNode}).Draw(t, "type")
		required := Connection{RecipeInput: "V"}
		needed, sources := needs{}, []Connection{required, {RecipeInput: "OPTIONAL"}}
		if place > 0 {
			for _, p := range rapid.SliceOfNDistinct(rapid.IntRange(0, place-1), 0, 3, rapid.ID).Draw(t, "parents") {
				parent := fmt.Sprintf("n%d", order[p])
				acceptance := true
				switch d.Nodes[parent].Type() {
				case ConditionNode:
					acceptance = rapid.Bool().Draw(t, "acceptance")
					required = Connection{Node: parent, Output: "V"}
					sources = append(sources, required)
				case JobNode:
					required = Connection{Node: parent, Output: "N"}
					sources = append(sources, required)
				}
				needed[parent] = acceptance
			}
		}
		input := wires{"N": rapid.SampledFrom(sources).Draw(t, "source")}
		if kind == ConditionNode {
			input = wires{"V": required}
		}
		node := after(kind, needed, input)
		if kind == ConditionNode { // half of the values that jobs give pass
			node.Condition.DataFilter.Filters[0].Values = []any{json.Number("50")}
		}
		d.Nodes[fmt.Sprintf("n%d", i)] = node
	}
	if problems := Validate(d, testCatalog()); len(problems) > len(neverRun(problems)) {
		t.Fatalf("the definition is not valid: %+v", problems)
	}
	return d
}

// neverRun are the nodes that Validate says will never run.
func neverRun(problems Problems) []string {
	var out []string
	for _, p := range problems {
		if p.Plan == PlanRefuses && strings.Contains(p.Message, "never runs") {
			out = append(out, p.Path[1])
		}
	}
	return out
}

// A run plays the parts of the store and of the workers.
type run struct {
	graph   *Graph
	def     *Definition
	catalog Catalog
	state   State
	queued  map[string]int
}

// output of a job depends only on its name.
func output(name string) Data {
	n := 0
	for _, r := range name {
		n = (n*31 + int(r)) % 100
	}
	return values("N", json.Number(fmt.Sprint(n)))
}

// progress takes one round of steps and checks them.
func (r *run) progress(t *rapid.T) {
	before := r.state
	steps := Progress(r.graph, r.catalog, before)
	r.state = Apply(r.graph, before, steps)
	if again := Progress(r.graph, r.catalog, r.state); !again.Empty() {
		t.Fatalf("a second time there is more to do: %+v", again)
	}
	for _, name := range steps.Create {
		if _, exists := before.Nodes[name]; exists {
			t.Fatalf("%s is created twice", name)
		}
	}
	var started []string
	for _, q := range steps.Queue {
		started = append(started, q.Node)
		if r.queued[q.Node]++; r.queued[q.Node] > 1 {
			t.Fatalf("%s is queued twice", q.Node)
		}
	}
	for _, e := range steps.Evaluate {
		started = append(started, e.Node)
		if before.Nodes[e.Node].Processed {
			t.Fatalf("%s is evaluated twice", e.Node)
		}
	}
	for _, name := range started {
		for parent, acceptance := range r.def.Nodes[name].Dependencies {
			above := r.state.Nodes[parent]
			if !(above.Status == Completed || above.Completed || above.Processed && above.Accepted == acceptance) {
				t.Fatalf("%s starts before %s is ready: %+v", name, parent, above)
			}
		}
	}
	for name, n := range r.state.Nodes {
		blocked := slices.ContainsFunc(r.graph.Order(), func(other string) bool {
			a := r.state.Nodes[other]
			return r.graph.IsAncestor(other, name) && (a.Status == Failed || a.Status == Canceled || a.Blocking)
		})
		if n.Type == JobNode && (n.Status == Pending || n.Status == Blocked) && (n.Status == Blocked) != blocked {
			t.Fatalf("%s is %s, but blocked is %v", name, n.Status, blocked)
		}
	}
	if len(steps.Reject) > 0 {
		t.Fatalf("rejected: %+v", steps.Reject)
	}
}

// work lets one thing happen to one node, with setbacks as long as there are some
// left. It tells whether anything could.
func (r *run) work(t *rapid.T, setbacks *int) bool {
	var active []string
	for name, n := range r.state.Nodes {
		retry := n.Status == Failed || n.Status == Canceled
		if n.Status == Queued || n.Status == Running || retry || n.Type == RecipeNode && n.HasInput && !n.Completed {
			active = append(active, name)
		}
	}
	if len(active) == 0 {
		return false
	}
	slices.Sort(active)
	name := rapid.SampledFrom(active).Draw(t, "active")
	n := r.state.Nodes[name]
	trouble := *setbacks > 0 && rapid.Bool().Draw(t, "trouble")
	if trouble {
		*setbacks--
	}
	switch {
	case n.Type == RecipeNode && trouble:
		n.Blocking = true
	case n.Type == RecipeNode:
		n.Blocking, n.Completed = false, true
	case n.Status == Failed || n.Status == Canceled:
		n.Status = Queued
	case trouble:
		n.Status = rapid.SampledFrom([]JobStatus{Failed, Canceled}).Draw(t, "status")
	case n.Status == Queued:
		n.Status = Running
	default:
		n.Status, n.Output = Completed, output(name)
	}
	r.state.Nodes = maps.Clone(r.state.Nodes)
	r.state.Nodes[name] = n
	return true
}

// finish runs the recipe to its end, in an order that is drawn.
func finish(t *rapid.T, d *Definition) State {
	g, problems := NewGraph(d)
	if len(problems) > 0 {
		t.Fatal(problems.Err())
	}
	r := &run{graph: g, def: d, catalog: testCatalog(), queued: map[string]int{}}
	if rapid.Bool().Draw(t, "updated before input") {
		r.progress(t)
	}
	r.state.Input = inputData(fmt.Sprint(rapid.SampledFrom([]int{49, 51}).Draw(t, "V")))
	r.progress(t)
	for setbacks := 6; r.work(t, &setbacks); {
		r.progress(t)
	}
	if !r.state.Completed {
		t.Fatalf("the recipe does not end: %+v", r.state)
	}
	return r.state
}

// Any valid definition ends with any order of events, and what ran is what a
// plain reading of the definition says.
func TestEveryRecipeEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinition(t)
		s := finish(t, d)
		var runs func(name string) bool
		runs = func(name string) bool {
			for parent, acceptance := range d.Nodes[name].Dependencies {
				if !runs(parent) || s.Nodes[parent].Type == ConditionNode && s.Nodes[parent].Accepted != acceptance {
					return false
				}
			}
			return true
		}
		for _, name := range neverRun(Validate(d, testCatalog())) {
			if runs(name) {
				t.Fatalf("%s ran, of which Validate says that it never does", name)
			}
		}
		for name, n := range d.Nodes {
			state, ran := s.Nodes[name]
			if ran != runs(name) {
				t.Fatalf("%s: ran is %v, want %v", name, ran, !ran)
			}
			if !ran || n.Type() != ConditionNode {
				continue
			}
			c := n.Input["V"]
			want := s.Input.JSON["V"]
			switch source := s.Nodes[c.Node]; {
			case c.Node != "" && source.Type == ConditionNode:
				want = source.Input.JSON[c.Output]
			case c.Node != "":
				want = source.Output.JSON[c.Output]
			}
			if diff := cmp.Diff(want, state.Input.JSON["V"]); diff != "" {
				t.Fatalf("%s looked at other data (-want +got):\n%s", name, diff)
			}
			if order, _ := compareValues(want, json.Number("50")); state.Accepted != (order > 0) {
				t.Fatalf("%s decided %v on %v", name, state.Accepted, want)
			}
		}
	})
}

func TestTheOrderOfEventsDoesNotChangeTheResult(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinition(t)
		a, b := finish(t, d), finish(t, d)
		if !cmp.Equal(a.Input, b.Input) {
			return // two different runs
		}
		if diff := cmp.Diff(a, b, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("two orders of the same events (-first +second):\n%s", diff)
		}
	})
}

func TestDefinitionsSurviveARoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinition(t)
		renamed := &Definition{Input: d.Input, Nodes: nodes{}}
		names := map[string]string{}
		for name := range d.Nodes {
			names[name] = name + rapid.StringN(0, 30, 60).Draw(t, "suffix")
		}
		for name, n := range d.Nodes {
			to := Node{Dependencies: needs{}, Input: wires{}, Job: n.Job, Recipe: n.Recipe, Condition: n.Condition}
			for parent, acceptance := range n.Dependencies {
				to.Dependencies[names[parent]] = acceptance
			}
			for in, c := range n.Input {
				if c.Node != "" {
					c.Node = names[c.Node]
				}
				to.Input[in] = c
			}
			if n.Condition != nil {
				filters := slices.Clone(n.Condition.DataFilter.Filters)
				filters[0].AllFields = rapid.Bool().Draw(t, "all_fields")
				filters[0].AllFiles = rapid.Bool().Draw(t, "all_files")
				to.Condition = &Condition{n.Condition.Interface, DataFilter{filters, rapid.Bool().Draw(t, "all")}}
			}
			renamed.Nodes[names[name]] = to
		}
		raw, err := json.Marshal(renamed)
		if err != nil {
			t.Fatal(err)
		}
		got, problems := Parse(raw)
		if len(problems) > 0 {
			t.Fatal(problems.Err())
		}
		if diff := cmp.Diff(renamed, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("round trip (-want +got):\n%s", diff)
		}
	})
}

func TestDecimalAgreesWithBigRat(t *testing.T) {
	t.Parallel()
	number := rapid.Custom(func(t *rapid.T) string {
		return rapid.StringMatching(`-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, ok := new(big.Rat).SetString(a)
		y, ok2 := new(big.Rat).SetString(b)
		if !ok || !ok2 {
			t.Fatalf("%s or %s is no number", a, b)
		}
		if got, want := newDecimal(json.Number(a)).compare(newDecimal(json.Number(b))), x.Cmp(y); got != want {
			t.Fatalf("comparing %s and %s: got %d, want %d", a, b, got, want)
		}
		if got, want := newDecimal(json.Number(a)).whole(), x.IsInt(); got != want {
			t.Fatalf("%s is whole: got %v, want %v", a, got, want)
		}
		cut, ok := newDecimal(json.Number(a)).truncate()
		if want := new(big.Int).Quo(x.Num(), x.Denom()); !ok || cut.String() != want.String() {
			t.Fatalf("%s without its fraction: got %s, want %s", a, cut, want)
		}
	})
}
