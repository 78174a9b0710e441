package recipe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestWhatMayNotHaveRunIsOptional: a required input cannot rely on it.
func TestWhatMayNotHaveRunIsOptional(t *testing.T) {
	t.Parallel()
	catalog := testCatalog()
	strict := JobRef{"strict", "1.0.0", 1}
	catalog.Jobs[strict] = &JobInterface{Input: Interface{JSON: map[string]JSONParam{"N": {Type: IntegerType, Required: true}}}}
	from := func(node string) wires { return wires{"N": {Node: node, Output: "N"}} }
	a, b := after(JobNode, nil, nil), after(JobNode, nil, nil)
	allowed := after(JobNode, nil, nil)
	allowed.AllowFailure = true
	joined := Node{Job: &testJob, Dependencies: needs{"a": true, "b": true}, Any: true}
	below := func(node string) Node { return after(JobNode, needs{node: true}, nil) }
	for name, c := range map[string]struct {
		nodes nodes
		fails bool
	}{
		"an ordinary one":                  {nodes{"a": a, "x": {Job: &strict, Dependencies: needs{"a": true}, Input: from("a")}}, false},
		"one that may fail":                {nodes{"a": allowed, "x": {Job: &strict, Dependencies: needs{"a": true}, Input: from("a")}}, true},
		"one of several":                   {nodes{"a": a, "b": b, "x": {Job: &strict, Dependencies: needs{"a": true, "b": true}, Any: true, Input: from("a")}}, true},
		"what is above all of several":     {nodes{"a": a, "b": below("a"), "c": below("a"), "x": {Job: &strict, Dependencies: needs{"b": true, "c": true}, Any: true, Input: from("a")}}, false},
		"through a join":                   {nodes{"a": a, "b": b, "j": joined, "x": {Job: &strict, Dependencies: needs{"j": true}, Input: from("a")}}, true},
		"the join itself":                  {nodes{"a": a, "b": b, "j": joined, "x": {Job: &strict, Dependencies: needs{"j": true}, Input: from("j")}}, false},
		"a join, and the node as well":     {nodes{"a": a, "b": b, "j": joined, "x": {Job: &strict, Dependencies: needs{"j": true, "a": true}, Input: from("a")}}, false},
		"at the end":                       {nodes{"a": a, "x": {Job: &strict, Dependencies: needs{"a": true}, Finally: true, Input: from("a")}}, true},
		"of the recipe, at the end":        {nodes{"a": a, "x": {Job: &strict, Dependencies: needs{"a": true}, Finally: true, Input: wires{"N": {RecipeInput: "V"}}}}, false},
		"of the recipe, with a default":    {nodes{"x": {Job: &strict, Input: wires{"N": {RecipeInput: "D"}}}}, false},
		"of the recipe, without a default": {nodes{"x": {Job: &strict, Input: wires{"N": {RecipeInput: "O"}}}}, true},
	} {
		d := &Definition{Nodes: c.nodes, Input: Interface{JSON: map[string]JSONParam{
			"V": {Type: IntegerType, Required: true}, "D": {Type: IntegerType, Default: "1"}, "O": {Type: IntegerType},
		}}}
		problems := Validate(d, catalog).Errors()
		if (len(problems) > 0) != c.fails {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestDefaultsOfInputs(t *testing.T) {
	t.Parallel()
	i := Interface{JSON: map[string]JSONParam{"level": {Type: IntegerType, Required: true, Default: "2"}, "tags": {Type: ArrayType, Default: `["a"]`}}}
	got, problems := i.CheckData(Data{JSON: map[string]any{"level": json.Number("5")}})
	if diff := cmp.Diff(values("level", json.Number("5"), "tags", []any{"a"}), got); diff != "" || problems.Err() != nil {
		t.Errorf("data (-want +got):\n%s%v", diff, problems.Err())
	}
	if got, _ = i.CheckData(Data{}); got.JSON["level"] != json.Number("2") {
		t.Errorf("without any: %v", got)
	}
	sub := Catalog{Recipes: map[RecipeRef]*Interface{testRecipe: &i}}
	d := &Definition{Nodes: nodes{"s": after(RecipeNode, nil, nil)}, Input: Interface{JSON: map[string]JSONParam{"O": {Type: IntegerType}}}}
	if problems := Validate(d, sub); len(problems) != 0 {
		t.Errorf("a sub-recipe without its input: %v", problems)
	}
	d.Nodes["s"] = after(RecipeNode, nil, wires{"level": {RecipeInput: "O"}})
	if problems := Validate(d, sub); len(problems) != 0 {
		t.Errorf("a sub-recipe with what may be missing: %v", problems)
	}
	g := mustGraph(t, d)
	if steps := Progress(g, sub, State{Input: &Data{}}); steps.Queue[0].Data.JSON["level"] != json.Number("2") {
		t.Errorf("the sub-recipe gets %+v", steps.Queue)
	}
	if reasons := Compare(&Definition{}, &Definition{Input: i}, nil).Reasons; len(reasons) != 0 {
		t.Errorf("a new input with a default: %v", reasons)
	}
}

func TestChangesBeyondV6(t *testing.T) {
	t.Parallel()
	was := nodes{"a": after(JobNode, nil, wires{"N": {Value: "1"}}), "b": after(JobNode, needs{"a": true}, nil)}
	for name, c := range map[string]struct {
		change func(a, b *Node)
		want   []ChangeName
	}{
		"a constant":        {func(a, _ *Node) { a.Input = wires{"N": {Value: "2"}} }, []ChangeName{InputChange}},
		"a join":            {func(_, b *Node) { b.Any = true }, []ChangeName{JoinChange}},
		"at the end":        {func(_, b *Node) { b.Finally = true }, []ChangeName{JoinChange}},
		"a failure is fine": {func(a, _ *Node) { a.AllowFailure = true }, nil},
	} {
		a, b := was["a"], was["b"]
		c.change(&a, &b)
		var got []ChangeName
		for _, n := range Compare(&Definition{Nodes: was}, &Definition{Nodes: nodes{"a": a, "b": b}}, nil).Nodes {
			for _, change := range n.Changes {
				if change.Name != ParentChanged {
					got = append(got, change.Name)
				}
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestProgressBeyondV6(t *testing.T) {
	t.Parallel()
	v := wires{"V": {RecipeInput: "V"}}
	job := func(needed needs, change func(*Node)) Node {
		n := after(JobNode, needed, nil)
		if change != nil {
			change(&n)
		}
		return n
	}
	allow, anyOf, finally := func(n *Node) { n.AllowFailure = true }, func(n *Node) { n.Any = true }, func(n *Node) { n.Finally = true }
	sub := after(RecipeNode, nil, nil)
	sub.AllowFailure = true
	join := nodes{"a": job(nil, nil), "b": job(nil, nil), "j": job(needs{"a": true, "b": true}, anyOf)}
	choice := nodes{"c": after(ConditionNode, nil, v), "yes": job(needs{"c": true}, nil), "no": job(needs{"c": false}, nil), "j": job(needs{"yes": true, "no": true}, anyOf)}
	end := nodes{"a": job(nil, nil), "b": job(needs{"a": true}, nil), "c": job(nil, nil), "f": job(needs{"b": true, "c": true}, finally)}
	done := NodeState{Type: JobNode, Status: Completed, HasInput: true}
	start := func(name string) []NodeInput { return []NodeInput{{name, values()}} }
	tests := []struct {
		name  string
		nodes nodes
		state State
		want  Steps
	}{
		{"a constant is an input", nodes{"a": after(JobNode, nil, wires{"N": {Value: "3"}})}, State{Input: &Data{}},
			Steps{Create: []string{"a"}, Queue: []NodeInput{{"a", values("N", json.Number("3"))}}}},
		{"a failure that is allowed blocks nothing", nodes{"a": job(nil, allow), "b": job(needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed}, "b": {Status: Pending}}}, Steps{Queue: start("b")}},
		{"also not the end", nodes{"a": job(nil, allow), "b": job(needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Canceled}, "b": done}}, Steps{Complete: true}},
		{"what blocks it blocks what is below", nodes{"x": job(nil, nil), "a": job(needs{"x": true}, allow), "b": job(needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"x": {Status: Failed}, "a": {Status: Pending}, "b": {Status: Pending}}}, Steps{Block: []string{"a", "b"}}},
		{"an input that does not fit is a failure, too", nodes{"a": {Job: &testJob, AllowFailure: true, Input: wires{"TEXT": {RecipeInput: "V"}}}, "b": job(needs{"a": true}, nil)},
			State{Input: inputData("1")}, Steps{Create: []string{"a", "b"}, Queue: start("b"),
				Reject: []Rejection{{"a", Problems{{Path: Path{"json", "TEXT"}, Code: InvalidJSONType, Message: "'TEXT' is the number 1; expected a string"}}}}}},
		{"a sub-recipe goes on with trouble inside", nodes{"s": sub, "b": job(needs{"s": true}, nil)},
			State{Input: &Data{}, Nodes: made{"s": {HasInput: true, Blocking: true}, "b": {Status: Pending}}}, Steps{}},
		{"until nothing in it goes on", nodes{"s": sub, "b": job(needs{"s": true}, nil)},
			State{Input: &Data{}, Nodes: made{"s": {HasInput: true, Blocking: true, Settled: true}, "b": {Status: Pending}}}, Steps{Queue: start("b")}},

		{"a join waits for all", join, State{Input: &Data{}, Nodes: made{"a": done, "b": {Status: Running}, "j": {Status: Pending}}}, Steps{}},
		{"a join runs with one", join, State{Input: &Data{}, Nodes: made{"a": done, "b": {Status: Failed}, "j": {Status: Pending}}}, Steps{Queue: start("j")}},
		{"a join without any is blocked", join, State{Input: &Data{}, Nodes: made{"a": {Status: Canceled}, "b": {Status: Failed}, "j": {Status: Pending}}}, Steps{Block: []string{"j"}}},
		{"and unblocked when one is tried again", join, State{Input: &Data{}, Nodes: made{"a": {Status: Queued}, "b": {Status: Failed}, "j": {Status: Blocked}}}, Steps{Unblock: []string{"j"}}},
		{"a join of two branches", choice, State{Input: inputData("11"), Nodes: made{"c": {Processed: true, Accepted: true}, "yes": done}},
			Steps{Create: []string{"j"}, Queue: start("j")}},
		{"a join below what never runs never runs", nodes{"c": after(ConditionNode, nil, v), "x": job(needs{"c": false}, nil), "y": job(needs{"c": false}, nil), "j": job(needs{"x": true, "y": true}, anyOf)},
			State{Input: inputData("11")}, Steps{Create: []string{"c"}, Evaluate: []Evaluation{{"c", values("V", json.Number("11")), true}}, Complete: true}},

		{"what comes at the end is created at once", end, State{Input: &Data{}},
			Steps{Create: []string{"a", "b", "c", "f"}, Queue: []NodeInput{{"a", values()}, {"c", values()}}}},
		{"it waits for what goes on beside a failure", end,
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed}, "b": {Status: Blocked}, "c": {Status: Running}, "f": {Status: Pending}}}, Steps{}},
		{"it runs after failures", end,
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed}, "b": {Status: Blocked}, "c": done, "f": {Status: Pending}}}, Steps{Queue: start("f")}},
		{"it runs where nothing above did", nodes{"c": after(ConditionNode, nil, v), "x": job(needs{"c": true}, nil), "f": job(needs{"x": true}, finally)},
			State{Input: inputData("1")}, Steps{Create: []string{"c", "f"}, Evaluate: []Evaluation{{"c", values("V", json.Number("1")), false}}, Queue: start("f")}},
		{"the recipe ends with it", end, State{Input: &Data{}, Nodes: made{"a": done, "b": done, "c": done, "f": {Status: Running}}}, Steps{}},
		{"a failed recipe does not complete by it", end, State{Input: &Data{}, Nodes: made{"a": {Status: Failed}, "b": {Status: Blocked}, "c": done, "f": done}}, Steps{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, c := mustGraph(t, &Definition{Nodes: tt.nodes}), testCatalog()
			got := Progress(g, c, tt.state)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if again := Progress(g, c, Apply(g, tt.state, got)); !again.Empty() {
				t.Errorf("a second time: %+v", again)
			}
		})
	}
}

// drawShaped is a definition with joins, ends and failures that are allowed.
func drawShaped(t *rapid.T) *Definition {
	d := drawDefinition(t)
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		n := d.Nodes[name]
		n.Input = maps.Clone(n.Input)
		if n.Condition != nil {
			n.Input["V"] = Connection{RecipeInput: "V"} // what is above may not have run
		}
		if len(n.Dependencies) > 0 {
			shape := rapid.SampledFrom([]string{"", "any", "finally"}).Draw(t, "shape")
			n.Any, n.Finally = shape == "any", shape == "finally"
		}
		n.AllowFailure = n.Condition == nil && rapid.Bool().Draw(t, "allow_failure")
		d.Nodes[name] = n
	}
	if problems := Validate(d, testCatalog()).Errors(); len(problems) > 0 {
		t.Fatalf("the definition is not valid: %+v", problems)
	}
	return d
}

// shapedRun runs a definition to where nothing goes on; the nodes in fails fail for good.
func shapedRun(t *rapid.T, d *Definition, input *Data, fails map[string]bool) State {
	g, problems := NewGraph(d)
	if len(problems) > 0 {
		t.Fatal(problems.Err())
	}
	s, queued := State{Input: input}, map[string]bool{}
	for {
		before := s
		steps := Progress(g, testCatalog(), s)
		s = Apply(g, s, steps)
		if again := Progress(g, testCatalog(), s); !again.Empty() {
			t.Fatalf("a second time there is more to do: %+v", again)
		}
		for _, q := range steps.Queue {
			if queued[q.Node] {
				t.Fatalf("%s is queued twice", q.Node)
			}
			queued[q.Node] = true
			checkStart(t, d, g, before, s, q.Node)
		}
		for _, e := range steps.Evaluate {
			checkStart(t, d, g, before, s, e.Node)
		}
		var active []string
		for name, n := range s.Nodes {
			if goesOn(n) {
				active = append(active, name)
			}
		}
		if len(active) == 0 {
			return s
		}
		slices.Sort(active)
		name := rapid.SampledFrom(active).Draw(t, "active")
		n := s.Nodes[name]
		switch {
		case n.Type == RecipeNode && fails[name]:
			n.Blocking, n.Settled = true, true
		case n.Type == RecipeNode:
			n.Completed, n.Settled = true, true
		case fails[name]:
			n.Status = Failed
		default:
			n.Status, n.Output = Completed, output(name)
		}
		s.Nodes = maps.Clone(s.Nodes)
		s.Nodes[name] = n
	}
}

func goesOn(n NodeState) bool {
	return n.Status == Queued || n.Type == RecipeNode && n.HasInput && !n.Settled
}

// checkStart tells whether a node may begin: not before what is above it lets it.
func checkStart(t *rapid.T, d *Definition, g *Graph, before, s State, name string) {
	n := d.Nodes[name]
	passing := 0
	for parent, acceptance := range n.Dependencies {
		above := s.Nodes[parent]
		failed := d.Nodes[parent].AllowFailure && (above.Status == Failed || above.Status == Canceled || above.Settled)
		if above.Status == Completed || above.Completed || failed || above.Processed && above.Accepted == acceptance {
			passing++
		}
	}
	if !n.Finally && passing < len(n.Dependencies) && (!n.Any || passing == 0) {
		t.Fatalf("%s starts with %d of %d dependencies", name, passing, len(n.Dependencies))
	}
	if !n.Finally && !n.Any {
		return
	}
	for other := range d.Nodes {
		if g.IsAncestor(other, name) && (goesOn(before.Nodes[other]) || goesOn(s.Nodes[other])) {
			t.Fatalf("%s starts while %s goes on", name, other)
		}
	}
}

// Any such definition comes to rest, with any order of endings to the same; nothing runs before
// its time, what comes at the end runs always, and a recipe without a failure that is
// not allowed is complete.
func TestEveryShapedRecipeEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawShaped(t)
		fails := map[string]bool{}
		tolerated := true
		for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
			fails[name] = d.Nodes[name].Condition == nil && rapid.Bool().Draw(t, "fails")
		}
		input := inputData(fmt.Sprint(rapid.SampledFrom([]int{49, 51}).Draw(t, "V")))
		s := shapedRun(t, d, input, fails)
		for name, n := range d.Nodes {
			state, created := s.Nodes[name]
			if n.Finally && !(state.HasInput || state.Processed) {
				t.Fatalf("%s does not run at the end: %+v", name, state)
			}
			if created && fails[name] && (state.HasInput || state.Status == Failed) && !n.AllowFailure {
				tolerated = false
			}
		}
		if s.Completed != tolerated {
			t.Fatalf("completed is %v, want %v: %+v", s.Completed, tolerated, s.Nodes)
		}
		if diff := cmp.Diff(s, shapedRun(t, d, input, fails), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("two orders of the same endings (-first +second):\n%s", diff)
		}
	})
}
