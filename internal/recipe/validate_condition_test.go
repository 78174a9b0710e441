package recipe

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNodesThatNeverRun(t *testing.T) {
	t.Parallel()
	condition := func(needed needs) Node { return after(ConditionNode, needed, wires{"V": {RecipeInput: "V"}}) }
	job := func(needed needs) Node { return after(JobNode, needed, wires{"N": {RecipeInput: "V"}}) }
	tests := []struct {
		name  string
		nodes nodes
		want  map[string]string // messages by path
	}{
		{"both branches of a condition run, each in its time", nodes{
			"c": condition(nil), "yes": job(needs{"c": true}), "no": job(needs{"c": false}),
		}, nil},
		{"two conditions may decide differently", nodes{
			"c": condition(nil), "d": condition(nil), "n": job(needs{"c": true, "d": false}),
		}, nil},
		{"a job cannot reject", nodes{"a": job(nil), "n": job(needs{"a": false})}, map[string]string{
			"nodes.n.dependencies.a": "Node 'n' never runs, as it depends with acceptance false on 'a', a job, which always counts as " +
				"accepted; only a condition can reject",
		}},
		{"of what is below such a node nothing more is said", nodes{
			"a": job(nil), "n": job(needs{"a": false}), "o": job(needs{"n": true}), "p": job(needs{"o": false}),
		}, map[string]string{"nodes.n.dependencies.a": "", "nodes.p.dependencies.o": ""}},
		{"a condition cannot accept and reject", nodes{
			"c": condition(nil), "no": job(needs{"c": false}), "n": job(needs{"c": true, "no": true}),
		}, map[string]string{"nodes.n.dependencies": "Node 'n' never runs, below 'c', which would have to accept and to reject"}},
		{"not at a distance either", nodes{
			"c": condition(nil), "a": job(needs{"c": true}), "b": job(needs{"a": true}), "x": job(needs{"c": false}), "y": job(needs{"x": true}),
			"n": job(needs{"b": true, "y": true}), "m": job(needs{"n": true}),
		}, map[string]string{"nodes.n.dependencies": ""}},
		{"a condition that never runs decides nothing", nodes{
			"a": job(nil), "c": condition(needs{"a": false}), "no": job(needs{"c": false}), "n": job(needs{"c": true, "no": true}),
		}, map[string]string{"nodes.c.dependencies.a": ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &Definition{Nodes: tt.nodes, Input: Interface{JSON: map[string]JSONParam{"V": {Type: IntegerType, Required: true}}}}
			got := map[string]string{}
			problems := Validate(d, testCatalog())
			for _, p := range problems {
				message, asked := tt.want[p.Path.String()]
				got[p.Path.String()] = p.Message
				if asked && message == "" {
					got[p.Path.String()] = ""
				}
				if !p.Warning {
					t.Errorf("%q is an error for the services", p.Message)
				}
			}
			if len(tt.want) == 0 {
				tt.want = map[string]string{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if errs := problems.InPlan().Errors(); len(errs) != len(tt.want) {
				t.Errorf("a plan refuses %v, want all of them", errs)
			}
		})
	}
}

func TestShortRanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give Filter
		want string
	}{
		{"two values", Filter{Condition: "between", Values: []any{json.Number("1"), json.Number("2")}}, ""},
		{"one value", Filter{Condition: "between", Values: []any{json.Number("1")}}, "1"},
		{"none", Filter{Condition: "between"}, "0"},
		{"another condition", Filter{Condition: "<", Values: []any{json.Number("1")}}, ""},
		{"two values for each field", Filter{
			Condition: "between", Fields: [][]string{{"a"}, {"b"}}, Values: []any{[]any{"1", "2"}, []any{"1", "2"}},
		}, ""},
		{"one value for a field", Filter{Condition: "between", Fields: [][]string{{"a"}, {"b"}}, Values: []any{[]any{"1", "2"}, []any{"1"}}},
			"an array of 1 for field 1"},
		{"no list for a field", Filter{Condition: "between", Fields: [][]string{{"a"}}, Values: []any{json.Number("1")}}, "the number 1 for field 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.give.shortRange(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInPlan(t *testing.T) {
	t.Parallel()
	ps := Problems{
		{Message: "doubtful", Warning: true},
		{Message: "never meant", Warning: true, Plan: PlanRefuses},
		{Message: "no harm", Warning: true, Plan: PlanLeavesOut},
		{Message: "wrong"},
	}
	var got []string
	for _, p := range ps.InPlan() {
		kind := "error"
		if p.Warning {
			kind = "warning"
		}
		got = append(got, kind+": "+p.Message)
	}
	if diff := cmp.Diff([]string{"error: wrong", "error: never meant", "warning: doubtful"}, got); diff != "" {
		t.Errorf("in a plan (-want +got):\n%s", diff)
	}
	if ps.Errors()[0].Message != "wrong" || len(ps.Warnings()) != 3 {
		t.Error("what the services say has changed")
	}
}
