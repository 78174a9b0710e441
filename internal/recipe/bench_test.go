package recipe

import (
	"encoding/json"
	"fmt"
	"testing"
)

// benchmarkDefinition has n nodes in rows of ten, each node below two of the row
// before it; every tenth is a condition.
func benchmarkDefinition(n int) *Definition {
	d := &Definition{Nodes: nodes{}, Input: Interface{JSON: map[string]JSONParam{"V": {Type: IntegerType, Required: true}}}}
	name := func(i int) string { return fmt.Sprintf("node_%04d", i) }
	for i := range n {
		needed := needs{}
		if i >= 10 {
			needed[name(i-10)] = true
			needed[name(i-10-i%10+(i+3)%10)] = true
		}
		kind, input := JobNode, wires{"N": {RecipeInput: "V"}}
		if i%10 == 9 {
			kind, input = ConditionNode, wires{"V": {RecipeInput: "V"}}
		}
		d.Nodes[name(i)] = after(kind, needed, input)
	}
	return d
}

// BenchmarkProgress measures one update of a recipe in the middle of its run,
// where one job has just completed. Target on a 2-core cloud machine: below 50 µs
// for 100 nodes and below 500 µs for 1000.
func BenchmarkProgress(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			d, c := benchmarkDefinition(n), testCatalog()
			g := mustGraph(b, d)
			s := State{Input: inputData("11")}
			s = Apply(g, s, Progress(g, c, s))
			for _, name := range g.Order()[:n/2] {
				if state := s.Nodes[name]; state.Status == Queued {
					state.Status, state.Output = Completed, values("N", json.Number("7"))
					s.Nodes[name] = state
				}
				s = Apply(g, s, Progress(g, c, s))
			}
			for _, name := range g.Order() { // one more
				if state := s.Nodes[name]; state.Status == Queued {
					state.Status = Completed
					s.Nodes[name] = state
					break
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				Progress(g, c, s)
			}
			b.ReportMetric(float64(n)*0.0005, "goal-ms")
		})
	}
}

// BenchmarkValidate measures what the provider does at plan time, after parsing.
// Target on a 2-core cloud machine: below 0.5 ms for 100 nodes and below 5 ms for 1000.
func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			d, c := benchmarkDefinition(n), testCatalog()
			if problems := Validate(d, c); len(problems) > 0 {
				b.Fatal(problems.Err())
			}
			b.ReportAllocs()
			for b.Loop() {
				Validate(d, c)
			}
			b.ReportMetric(float64(n)*0.005, "goal-ms")
		})
	}
}

// BenchmarkParse measures reading a definition. Target on a 2-core cloud machine:
// below 1 ms for 100 nodes and below 10 ms for 1000.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			raw, err := json.Marshal(benchmarkDefinition(n))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := Parse(raw); len(problems) > 0 {
					b.Fatal(problems.Err())
				}
			}
			b.ReportMetric(float64(n)*0.01, "goal-ms")
		})
	}
}
