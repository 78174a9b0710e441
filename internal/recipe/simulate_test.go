package recipe

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSimulate(t *testing.T) {
	t.Parallel()
	job := func(above needs) Node { return after(JobNode, above, nil) }
	allowed := func(n Node) Node { n.AllowFailure = true; return n }
	anyOf := func(n Node) Node { n.Any = true; return n }
	finally := func(n Node) Node { n.Finally = true; return n }
	fails := map[string]Outcome{"a": {Status: Failed}}
	gives := map[string]Outcome{"a": {Output: values("N", json.Number("30"))}}
	chain := nodes{"a": job(nil), "b": job(needs{"a": true}), "c": job(needs{"b": true})}
	choice := nodes{"a": job(nil), "c": after(ConditionNode, needs{"a": true}, wires{"V": {Node: "a", Output: "N"}}),
		"yes": job(needs{"c": true}), "no": job(needs{"c": false})}
	for name, c := range map[string]struct {
		nodes    nodes
		outcomes map[string]Outcome
		status   JobStatus
		order    string
		states   string // name=status, sorted; what was never created has none
	}{
		"everything completes":          {chain, nil, Completed, "a b c", "a=COMPLETED b=COMPLETED c=COMPLETED"},
		"a failure blocks what follows": {chain, fails, Failed, "a", "a=FAILED b=BLOCKED c=BLOCKED"},
		"so does a canceled job":        {chain, map[string]Outcome{"b": {Status: Canceled}}, Canceled, "a b", "a=COMPLETED b=CANCELED c=BLOCKED"},
		"a failure that is allowed":     {nodes{"a": allowed(job(nil)), "b": job(needs{"a": true})}, fails, Completed, "a b", "a=FAILED b=COMPLETED"},
		"a join of which one runs":      {nodes{"a": job(nil), "b": job(nil), "j": anyOf(job(needs{"a": true, "b": true}))}, fails, Failed, "a b j", "a=FAILED b=COMPLETED j=COMPLETED"},
		"the end, also of a failure":    {nodes{"a": job(nil), "b": job(needs{"a": true}), "f": finally(job(needs{"b": true}))}, fails, Failed, "a f", "a=FAILED b=BLOCKED f=COMPLETED"},
		"a sub-recipe that fails":       {nodes{"a": after(RecipeNode, nil, nil), "b": job(needs{"a": true})}, fails, Failed, "a", "a=FAILED b=BLOCKED"},
		"a condition that accepts":      {choice, gives, Completed, "a c yes", "a=COMPLETED c=COMPLETED no= yes=COMPLETED"},
		"a condition that cannot see":   {choice, nil, Running, "a", "a=COMPLETED c=FAILED no= yes="},
		"a condition that rejects":      {choice, map[string]Outcome{"a": {Output: values("N", json.Number("3"))}}, Completed, "a c no", "a=COMPLETED c=COMPLETED no=COMPLETED yes="},
	} {
		got, problems := Simulate(&Definition{Nodes: c.nodes}, Data{}, nil, c.outcomes)
		if problems.Err() != nil {
			t.Errorf("%s: %v", name, problems.Err())
			continue
		}
		var states []string
		for _, node := range slices.Sorted(maps.Keys(got.Nodes)) {
			states = append(states, node+"="+string(got.Nodes[node].Status))
		}
		if said := strings.Join(states, " "); said != c.states || strings.Join(got.Order, " ") != c.order || got.Status != c.status {
			t.Errorf("%s: %s, ran %q, %s; want %s, %q, %s", name, got.Status, got.Order, said, c.status, c.order, c.states)
		}
	}
}

// TestSimulateShowsWhatFlows from the input through constants and outputs.
func TestSimulateShowsWhatFlows(t *testing.T) {
	t.Parallel()
	d := &Definition{
		Input: Interface{JSON: map[string]JSONParam{"level": {Type: IntegerType, Required: true, Default: "2"}}},
		Nodes: nodes{
			"a": after(JobNode, nil, wires{"N": {RecipeInput: "level"}}),
			"b": after(JobNode, needs{"a": true}, wires{"N": {Node: "a", Output: "N"}, "TEXT": {Value: `"x"`}}),
		},
	}
	got, problems := Simulate(d, Data{}, nil, map[string]Outcome{"a": {Output: values("N", json.Number("7"))}})
	if problems.Err() != nil {
		t.Fatal(problems.Err())
	}
	if diff := cmp.Diff(values("N", json.Number("2")), got.Nodes["a"].Input); diff != "" {
		t.Errorf("a (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(values("N", json.Number("7"), "TEXT", "x"), got.Nodes["b"].Input); diff != "" {
		t.Errorf("b (-want +got):\n%s", diff)
	}
}

func TestSimulateRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	d := &Definition{
		Input: Interface{JSON: map[string]JSONParam{"V": {Type: IntegerType, Required: true}}},
		Nodes: nodes{"first": after(JobNode, nil, nil), "c": after(ConditionNode, needs{"first": true}, wires{"V": {RecipeInput: "V"}}), "s": after(RecipeNode, nil, nil)},
	}
	right := values("V", json.Number("1"))
	for name, c := range map[string]struct {
		input    Data
		outcomes map[string]Outcome
		want     string
	}{
		"no input":             {Data{}, nil, "'V'"},
		"a node that is not":   {right, map[string]Outcome{"fist": {}}, "there is no node 'fist'; did you mean 'first'?"},
		"a condition":          {right, map[string]Outcome{"c": {}}, "is a condition"},
		"a status":             {right, map[string]Outcome{"first": {Status: "FAIL"}}, "found 'FAIL', expected 'COMPLETED', 'FAILED' or 'CANCELED'"},
		"output of sub-recipe": {right, map[string]Outcome{"s": {Output: right}}, "no outputs"},
	} {
		if _, problems := Simulate(d, c.input, nil, c.outcomes); problems.Err() == nil || !strings.Contains(problems.Err().Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, problems.Err(), c.want)
		}
	}
}
