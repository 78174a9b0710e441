package recipe

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestZeroValuesHaveAJSONForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give any
		want string
	}{
		{"definition", Definition{}, `{"input":{"files":[],"json":[]},"nodes":{}}`},
		{"interface", Interface{}, `{"files":[],"json":[]}`},
		{"data", Data{}, `{"files":{},"json":{}}`},
		{"data with a list that is nil", Data{Files: map[string][]int64{"a": nil}}, `{"files":{"a":[]},"json":{}}`},
		{"data filter", DataFilter{}, `{"filters":[],"all":false}`},
		{"filter", DataFilter{Filters: []Filter{{}}},
			`{"filters":[{"name":"","type":"","condition":"","values":[],"all_fields":false}],"all":false}`},
		{"configuration", Configuration{}, `{}`},
		{"host mount", Configuration{Mounts: map[string]Mount{"m": {Type: "host"}}}, `{"mounts":{"m":{"type":"host","host_path":""}}}`},
		{"a pointer to a definition", &Definition{}, `{"input":{"files":[],"json":[]},"nodes":{}}`},
		{"node", Node{Job: &JobRef{}},
			`{"dependencies":[],"input":{},"node_type":{"node_type":"job","job_type_name":"","job_type_version":"","job_type_revision":0}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw, err := json.Marshal(tt.give)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(raw)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
	if raw, err := json.Marshal(Node{}); err == nil {
		t.Errorf("a node that is nothing is written as %s", raw)
	}
}

func TestUnmarshalJSON(t *testing.T) {
	t.Parallel()
	type all struct {
		Definition    Definition
		Interface     Interface
		Data          Data
		DataFilter    DataFilter
		Configuration Configuration
	}
	full := all{
		Definition: Definition{Input: Interface{Files: map[string]FileParam{"A": {Required: true}}}, Nodes: nodes{
			"a": after(JobNode, needs{}, wires{"IMAGE": {RecipeInput: "A"}}), "c": after(ConditionNode, needs{"a": false}, wires{}),
		}},
		Interface:     Interface{Files: map[string]FileParam{"INPUT_1": {Multiple: true, MediaTypes: []string{"x"}}}},
		Data:          Data{Files: map[string][]int64{"A": {1}}, JSON: map[string]any{"n": json.Number("1.50")}},
		DataFilter:    DataFilter{All: true, Filters: []Filter{{Name: "n", Type: "string", Condition: "==", Values: []any{"x"}}}},
		Configuration: Configuration{Priority: new(3), Settings: map[string]string{"a": "b"}},
	}
	raw, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var got all
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	const nulls = `{"Definition":null,"Interface":null,"Data":null,"DataFilter":null,"Configuration":null}`
	if err := json.Unmarshal([]byte(nulls), &got); err != nil {
		t.Errorf("null: %v", err)
	}
	if diff := cmp.Diff(full, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("null changes something (-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		`{"Definition":{"nodes":1}}`, `{"DataFilter":{"all":1}}`, `{"Configuration":{"priority":0}}`,
		`{"Interface":{"files":[{"name":"a"},{"name":"a"}]}}`,
	} {
		err := json.Unmarshal([]byte(bad), &got)
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || len(invalid.Problems) != 1 {
			t.Errorf("%s: got error %v, want an InvalidError with one problem", bad, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"Data":{"files":{"a":["x"]}}}`), &got); err == nil {
		t.Error("data with an id that is a string is read")
	}
}

func TestConditionOutput(t *testing.T) {
	t.Parallel()
	c := Condition{
		Interface: Interface{
			Files: map[string]FileParam{"F": {}, "G": {}},
			JSON:  map[string]JSONParam{"N": {Type: NumberType}, "M": {Type: NumberType}},
		},
		DataFilter: DataFilter{All: true, Filters: []Filter{{Name: "F"}, {Name: "N"}, {Name: "X"}}},
	}
	want := Interface{
		Files: map[string]FileParam{"F": {Required: true}, "G": {}},
		JSON:  map[string]JSONParam{"N": {Type: NumberType, Required: true}, "M": {Type: NumberType}},
	}
	if diff := cmp.Diff(want, c.Output()); diff != "" {
		t.Errorf("all filters (-want +got):\n%s", diff)
	}
	if c.Interface.Files["F"].Required {
		t.Error("the interface of the condition has changed")
	}
	c.DataFilter.All = false
	if diff := cmp.Diff(c.Interface, c.Output()); diff != "" {
		t.Errorf("any filter (-want +got):\n%s", diff)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	ps := Problems{
		{Path: Path{"a"}, Code: UnknownNode, Message: "first"},
		{Path: Path{"b"}, Code: MismatchedMediaTypes, Message: "doubtful", Warning: true},
		{Code: UnknownInput, Message: "second"},
	}
	if got, want := ps.Err().Error(), "first\nsecond"; got != want {
		t.Errorf("error: got %q, want %q", got, want)
	}
	if err := ps.Warnings().Err(); err != nil {
		t.Errorf("warnings are an error: %v", err)
	}
	under := ps.Under("x", "y")
	if got, want := under[0].Path.String()+" "+under[2].Path.String(), "x.y.a x.y"; got != want {
		t.Errorf("paths under x.y: got %q, want %q", got, want)
	}
	if got := ps[0].Path.String(); got != "a" {
		t.Errorf("Under changes its receiver: %q", got)
	}
}
