package recipe

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The parts that the cases are made of: a job type that takes and gives what the
// tests need, a sub-recipe type, and conditions on an integer V.
var (
	testJob    = JobRef{"job", "1.0.0", 1}
	testRecipe = RecipeRef{"sub", 1}
)

func testCatalog() Catalog {
	in := Interface{
		Files: map[string]FileParam{"IMAGE": {}},
		JSON:  map[string]JSONParam{"N": {Type: IntegerType}, "TEXT": {Type: StringType}},
	}
	out := Interface{
		Files: map[string]FileParam{"TILES": {Multiple: true}},
		JSON:  map[string]JSONParam{"N": {Type: IntegerType, Required: true}},
	}
	return Catalog{
		Jobs:    map[JobRef]*JobInterface{testJob: {Input: in, Output: out}, {"gone", "1", 1}: nil},
		Recipes: map[RecipeRef]*Interface{testRecipe: &in, {"gone", 1}: nil},
	}
}

func after(kind NodeType, needs map[string]bool, input map[string]Connection) Node {
	n := Node{Dependencies: needs, Input: input}
	switch kind {
	case JobNode:
		n.Job = &testJob
	case RecipeNode:
		n.Recipe = &testRecipe
	case ConditionNode:
		n.Condition = &Condition{
			Interface: Interface{JSON: map[string]JSONParam{"V": {Type: IntegerType, Required: true}}},
			DataFilter: DataFilter{All: true, Filters: []Filter{
				{Name: "V", Type: "integer", Condition: ">", Values: []any{json.Number("10")}},
			}},
		}
	}
	return n
}

type (
	needs = map[string]bool
	wires = map[string]Connection
	nodes = map[string]Node
	made  = map[string]NodeState
)

func inputData(v string) *Data { return &Data{JSON: map[string]any{"V": json.Number(v)}} }

func values(pairs ...any) Data {
	d := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		d.JSON[pairs[i].(string)] = pairs[i+1]
	}
	return d
}

func TestProgress(t *testing.T) {
	t.Parallel()
	v := wires{"V": {RecipeInput: "V"}}
	branches := nodes{
		"c":    after(ConditionNode, nil, v),
		"yes":  after(JobNode, needs{"c": true}, wires{"N": {Node: "c", Output: "V"}}),
		"no":   after(JobNode, needs{"c": false}, nil),
		"more": after(RecipeNode, needs{"no": true}, nil),
	}
	done := NodeState{Type: JobNode, Status: Completed, HasInput: true, Output: values("N", json.Number("7"))}
	tests := []struct {
		name  string
		nodes nodes
		state State
		want  Steps
	}{
		{"a recipe without nodes completes", nil, State{Input: &Data{}}, Steps{Complete: true}},
		{"nothing completes before the input is processed", nil, State{}, Steps{}},
		{"without input nodes are created and wait",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, nil)},
			State{}, Steps{Create: []string{"a", "b"}}},
		{"all nodes are created and the first are queued",
			nodes{"a": after(JobNode, nil, wires{"N": {RecipeInput: "V"}}), "b": after(JobNode, needs{"a": true}, nil), "r": after(RecipeNode, nil, nil)},
			State{Input: inputData("3")}, Steps{
				Create: []string{"a", "b", "r"},
				Queue:  []NodeInput{{"a", values("N", json.Number("3"))}, {"r", values()}},
			}},
		{"an output becomes an input, and nothing else of the source",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, wires{
				"N": {Node: "a", Output: "N"}, "X": {Node: "a", Output: "N"}, "IMAGE": {Node: "a", Output: "TILES"}})},
			State{Input: &Data{}, Nodes: made{"a": done, "b": {Status: Pending}}},
			Steps{Queue: []NodeInput{{"b", values("N", json.Number("7"))}}}},
		{"everything is finished", nodes{"a": after(JobNode, nil, nil), "r": after(RecipeNode, nil, nil)},
			State{Input: &Data{}, Nodes: made{"a": done, "r": {Completed: true}}}, Steps{Complete: true}},
		{"a completed recipe rests", nodes{"a": after(JobNode, nil, nil)}, State{Input: &Data{}, Completed: true}, Steps{}},
		{"a failed job blocks everything below",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, nil), "r": after(RecipeNode, needs{"b": true}, nil),
				"d": after(JobNode, needs{"r": true}, nil), "e": after(JobNode, nil, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed, HasInput: true}, "b": {Status: Pending}, "r": {}, "e": done}},
			Steps{Create: []string{"d"}, Block: []string{"b", "r", "d"}}},
		{"a job that is queued again unblocks what is below",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Queued, HasInput: true}, "b": {Status: Blocked}}},
			Steps{Unblock: []string{"b"}}},
		{"a blocked job whose ancestor came through is queued",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": done, "b": {Status: Blocked}}},
			Steps{Unblock: []string{"b"}, Queue: []NodeInput{{"b", values()}}}},
		{"a job that has all its data is not blocked by what is further above",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, nil), "c": after(JobNode, needs{"b": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed}, "b": done, "c": {Status: Blocked}}},
			Steps{Queue: []NodeInput{{"c", values()}}}},
		{"trouble inside of a sub-recipe blocks",
			nodes{"r": after(RecipeNode, nil, nil), "b": after(JobNode, needs{"r": true}, nil)},
			State{Input: &Data{}, Nodes: made{"r": {HasInput: true, Blocking: true}, "b": {Status: Pending}}},
			Steps{Block: []string{"b"}}},
		{"a sub-recipe that has not begun is blocked like a job",
			nodes{"a": after(JobNode, nil, nil), "r": after(RecipeNode, needs{"a": true}, nil), "b": after(JobNode, needs{"r": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed, HasInput: true}, "r": {}, "b": {Status: Pending}}},
			Steps{Block: []string{"r", "b"}}},
		{"a sub-recipe that is blocked stays so",
			nodes{"a": after(JobNode, nil, nil), "r": after(RecipeNode, needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed, HasInput: true}, "r": {Blocked: true}}}, Steps{}},
		{"a sub-recipe that has begun is not blocked by what is further above",
			nodes{"a": after(JobNode, nil, nil), "r": after(RecipeNode, needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed, HasInput: true}, "r": {HasInput: true}}}, Steps{}},
		{"a job that is queued again unblocks the sub-recipe below",
			nodes{"a": after(JobNode, nil, nil), "r": after(RecipeNode, needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Queued, HasInput: true}, "r": {Blocked: true}}},
			Steps{Unblock: []string{"r"}}},
		{"a blocked sub-recipe whose ancestor came through begins",
			nodes{"a": after(JobNode, nil, nil), "r": after(RecipeNode, needs{"a": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": done, "r": {Blocked: true}}},
			Steps{Unblock: []string{"r"}, Queue: []NodeInput{{"r", values()}}}},
		{"a canceled job keeps its status and blocks",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": true}, nil), "c": after(JobNode, needs{"b": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": {Status: Failed}, "b": {Status: Canceled}, "c": {Status: Blocked}}}, Steps{}},
		{"a condition accepts", branches, State{Input: inputData("11")}, Steps{
			Create:   []string{"c", "yes"},
			Queue:    []NodeInput{{"yes", values("N", json.Number("11"))}},
			Evaluate: []Evaluation{{"c", values("V", json.Number("11")), true}},
		}},
		{"a condition rejects", branches, State{Input: inputData("10")}, Steps{
			Create:   []string{"c", "no", "more"},
			Queue:    []NodeInput{{"no", values()}},
			Evaluate: []Evaluation{{"c", values("V", json.Number("10")), false}},
		}},
		{"below a condition that waits nothing is created",
			nodes{"a": after(JobNode, nil, nil), "c": after(ConditionNode, needs{"a": true}, wires{"V": {Node: "a", Output: "N"}}),
				"b": after(JobNode, needs{"c": true}, nil), "d": after(JobNode, needs{"b": true}, nil)},
			State{Input: &Data{}}, Steps{Create: []string{"a", "c"}, Queue: []NodeInput{{"a", values()}}}},
		{"a recipe completes without the nodes that never run",
			nodes{"a": after(JobNode, nil, nil), "c": after(ConditionNode, needs{"a": true}, wires{"V": {Node: "a", Output: "N"}}),
				"b": after(JobNode, needs{"c": true}, nil), "d": after(ConditionNode, needs{"b": true}, v)},
			State{Input: &Data{}, Nodes: made{"a": done, "c": {}}}, Steps{
				Evaluate: []Evaluation{{"c", values("V", json.Number("7")), false}}, Complete: true}},
		{"where both branches meet nothing runs", nodes{
			"c": after(ConditionNode, nil, v), "yes": after(JobNode, needs{"c": true}, nil), "no": after(JobNode, needs{"c": false}, nil),
			"both": after(JobNode, needs{"yes": true, "no": true}, nil)},
			State{Input: inputData("11"), Nodes: made{"c": {Processed: true, Accepted: true}, "yes": done}}, Steps{Complete: true}},
		{"decisions follow each other in one go", nodes{
			"c": after(ConditionNode, nil, v), "d": after(ConditionNode, needs{"c": false}, v), "e": after(JobNode, needs{"d": false}, nil)},
			State{Input: inputData("1")}, Steps{
				Create: []string{"c", "d", "e"},
				Queue:  []NodeInput{{"e", values()}},
				Evaluate: []Evaluation{
					{"c", values("V", json.Number("1")), false}, {"d", values("V", json.Number("1")), false}},
			}},
		{"a job counts as accepted, so acceptance false never runs",
			nodes{"a": after(JobNode, nil, nil), "b": after(JobNode, needs{"a": false}, nil), "c": after(JobNode, needs{"b": true}, nil)},
			State{Input: &Data{}, Nodes: made{"a": done}}, Steps{Complete: true}},
		{"a job whose input does not fit is canceled and blocks",
			nodes{"a": after(JobNode, nil, wires{"TEXT": {RecipeInput: "V"}}), "b": after(JobNode, needs{"a": true}, nil)},
			State{Input: inputData("1")}, Steps{
				Create: []string{"a", "b"},
				Block:  []string{"b"},
				Reject: []Rejection{{"a", Problems{{Path: Path{"json", "TEXT"}, Code: InvalidJSONType, Message: "'TEXT' is the number 1; expected a string"}}}},
			}},
		{"a sub-recipe whose input does not fit blocks",
			nodes{"r": after(RecipeNode, nil, wires{"TEXT": {RecipeInput: "V"}}), "b": after(JobNode, needs{"r": true}, nil)},
			State{Input: inputData("1")}, Steps{
				Create: []string{"r", "b"},
				Block:  []string{"b"},
				Reject: []Rejection{{"r", Problems{{Path: Path{"json", "TEXT"}, Code: InvalidJSONType, Message: "'TEXT' is the number 1; expected a string"}}}},
			}},
		{"a condition whose input does not fit stays undecided",
			nodes{"c": after(ConditionNode, nil, nil), "b": after(JobNode, needs{"c": false}, nil)},
			State{Input: &Data{}}, Steps{
				Create: []string{"c"},
				Reject: []Rejection{{"c", Problems{{Path: Path{"json"}, Code: ParamRequired, Message: "'V' is missing; this parameter (integer) is required"}}}},
			}},
		{"types that do not exist cannot run",
			nodes{"a": {Job: &JobRef{"gone", "1", 1}}, "r": {Recipe: &RecipeRef{"gone", 1}}},
			State{Input: &Data{}}, Steps{
				Create: []string{"a", "r"},
				Reject: []Rejection{
					{"a", Problems{{Path: Path{"nodes", "a", "node_type"}, Code: JobTypeDoesNotExist, Message: "Node 'a': job type 'gone' version '1' revision 1 does not exist"}}},
					{"r", Problems{{Path: Path{"nodes", "r", "node_type"}, Code: RecipeTypeDoesNotExist, Message: "Node 'r': recipe type 'gone' revision 1 does not exist"}}},
				},
			}},
		{"without knowledge of a type its input is not checked",
			nodes{"a": {Job: &JobRef{"other", "1", 1}, Input: wires{"ANY": {RecipeInput: "V"}}}},
			State{Input: inputData("1")}, Steps{Create: []string{"a"}, Queue: []NodeInput{{"a", values("ANY", json.Number("1"))}}}},
		{"files are looked up for a condition", nodes{"c": {
			Condition: &Condition{
				Interface:  Interface{Files: map[string]FileParam{"F": {Required: true}}},
				DataFilter: DataFilter{All: true, Filters: []Filter{{Name: "F", Type: "filename", Condition: "==", Values: []any{"a.tif"}}}},
			},
			Input: wires{"F": {RecipeInput: "F"}},
		}},
			State{Input: &Data{Files: map[string][]int64{"F": {7}}}, Files: map[int64]File{7: {Name: "a.tif"}}}, Steps{
				Create:   []string{"c"},
				Evaluate: []Evaluation{{"c", Data{Files: map[string][]int64{"F": {7}}}, true}},
				Complete: true,
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, c := mustGraph(t, &Definition{Nodes: tt.nodes}), testCatalog()
			got := Progress(g, c, tt.state)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if got.Empty() != cmp.Equal(got, Steps{}) {
				t.Errorf("Empty() is %v", got.Empty())
			}
			if again := Progress(g, c, Apply(g, tt.state, got)); !again.Empty() {
				t.Errorf("a second time: %+v", again)
			}
		})
	}
}

func TestApplyDoesNotChangeItsInput(t *testing.T) {
	t.Parallel()
	g := mustGraph(t, &Definition{Nodes: nodes{"a": after(JobNode, nil, nil)}})
	s := State{Input: &Data{}, Nodes: made{}}
	got := Apply(g, s, Progress(g, testCatalog(), s))
	if len(s.Nodes) > 0 {
		t.Errorf("the state that was given has changed: %v", s.Nodes)
	}
	want := made{"a": {Type: JobNode, Status: Queued, HasInput: true}}
	if diff := cmp.Diff(want, got.Nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}
