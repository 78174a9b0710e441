package recipe

import (
	"encoding/json"
	"testing"
)

func TestEveryPartOfAFilterIsCompared(t *testing.T) {
	t.Parallel()
	base := DataFilter{All: true, Filters: []Filter{{
		Name: "F", Type: "meta-data", Condition: "==", Values: []any{json.Number("1")}, Fields: [][]string{{"a", "b"}}, AllFields: true,
	}}}
	with := func(change func(*Filter)) DataFilter {
		f := base.Filters[0]
		change(&f)
		return DataFilter{All: true, Filters: []Filter{f}}
	}
	if !base.equal(with(func(f *Filter) { f.Values = []any{json.Number("1.0")} })) {
		t.Error("1 and 1.0 are different")
	}
	for name, other := range map[string]DataFilter{
		"all":              {Filters: base.Filters},
		"a filter more":    {All: true, Filters: append(base.Filters, base.Filters...)},
		"name":             with(func(f *Filter) { f.Name = "G" }),
		"type":             with(func(f *Filter) { f.Type = "object" }),
		"condition":        with(func(f *Filter) { f.Condition = "!=" }),
		"values":           with(func(f *Filter) { f.Values = []any{json.Number("2")} }),
		"number of values": with(func(f *Filter) { f.Values = nil }),
		"fields":           with(func(f *Filter) { f.Fields = [][]string{{"a", "c"}} }),
		"all fields":       with(func(f *Filter) { f.AllFields = false }),
		"all files":        with(func(f *Filter) { f.AllFiles = true }),
	} {
		if base.equal(other) || other.equal(base) {
			t.Errorf("another %s counts as the same", name)
		}
	}
}

func TestInputsThatBlockAReprocess(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prev, next Interface
		want       int
	}{
		"nothing new":                {Interface{}, Interface{}, 0},
		"a new required file":        {Interface{}, Interface{Files: map[string]FileParam{"F": {Required: true}}}, 1},
		"a new optional file":        {Interface{}, Interface{Files: map[string]FileParam{"F": {}}}, 0},
		"a new required JSON value":  {Interface{}, Interface{JSON: map[string]JSONParam{"V": {Type: StringType, Required: true}}}, 1},
		"a new optional JSON value":  {Interface{}, Interface{JSON: map[string]JSONParam{"V": {Type: StringType}}}, 0},
		"an input that is taken off": {Interface{JSON: map[string]JSONParam{"V": {Type: StringType, Required: true}}}, Interface{}, 0},
		"an input that is required now": {Interface{JSON: map[string]JSONParam{"V": {Type: StringType}}},
			Interface{JSON: map[string]JSONParam{"V": {Type: StringType, Required: true}}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := Compare(&Definition{Input: tt.prev}, &Definition{Input: tt.next}, nil)
			if len(d.Reasons) != tt.want || d.CanBeReprocessed != (tt.want == 0) {
				t.Errorf("got %v (can be reprocessed: %v), want %d reasons", d.Reasons, d.CanBeReprocessed, tt.want)
			}
		})
	}
}
