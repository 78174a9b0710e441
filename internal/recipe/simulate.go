package recipe

import (
	"maps"
	"slices"
)

// Outcome is how a job or a sub-recipe ends in a simulation. What is left out: COMPLETED, without outputs.
type Outcome struct {
	Status JobStatus // COMPLETED, FAILED or CANCELED
	Output Data      // of a job that is COMPLETED
}

// Simulated is what becomes of a node in a simulation.
type Simulated struct {
	Type     NodeType
	Status   JobStatus // that of a job; of the others COMPLETED, FAILED or PENDING, which is for ever here; "": never created
	Ran      bool      // it has started; of conditions: has decided
	Input    Data      // with which it did
	Accepted bool      // conditions
	Problems Problems  // why its input does not fit
}

// Simulation is what a recipe comes to.
type Simulation struct {
	Status JobStatus // of the recipe, as JobCounts sums it up: RUNNING if something waits for ever
	Order  []string  // what ran, in the order in which it began
	Nodes  map[string]Simulated
}

// CheckOutcomes holds outcomes against the nodes of d.
func (d *Definition) CheckOutcomes(outcomes map[string]Outcome) Problems {
	var found findings
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		node, ok := d.Nodes[name]
		known := slices.Sorted(maps.Keys(d.Nodes))
		switch o := outcomes[name]; {
		case !ok:
			found.add(0, Path{name}, UnknownNode, "there is no node '%s'%s; expected %s", Shorten(name), found.didYouMean(name, known), Quoted(known, "or"))
		case node.Condition != nil:
			found.add(0, Path{name}, UnknownNode, "node '%s' is a condition, which decides by the data that it gets; expected the outcome of a job or a sub-recipe", name)
		case o.Status != "" && o.Status != Completed && o.Status != Failed && o.Status != Canceled:
			found.add(0, Path{name, "status"}, InvalidData, "found '%s', expected %s", Shorten(string(o.Status)),
				Quoted([]string{string(Completed), string(Failed), string(Canceled)}, "or"))
		case node.Recipe != nil && (len(o.Output.Files) > 0 || len(o.Output.JSON) > 0):
			found.add(0, Path{name}, UnknownNode, "node '%s' is a sub-recipe, which has no outputs for other nodes", name)
		}
	}
	return found.problems()
}

// Simulate runs a recipe of d, which has to be free of mistakes, by Progress until nothing goes
// on: each job and sub-recipe ends with its outcome as soon as it has begun. It reports what does
// not fit of the input and the outcomes.
func Simulate(d *Definition, input Data, files map[int64]File, outcomes map[string]Outcome) (Simulation, Problems) {
	g, problems := NewGraph(d)
	input, found := d.Input.CheckData(input)
	problems = append(append(problems, found...), d.CheckOutcomes(outcomes)...)
	if len(problems.Errors()) > 0 {
		return Simulation{}, problems
	}
	s := State{Input: &input, Files: files, Nodes: map[string]NodeState{}}
	out := Simulation{Nodes: map[string]Simulated{}}
	change := func(name string, how func(*Simulated)) {
		n := out.Nodes[name]
		how(&n)
		out.Nodes[name] = n
	}
	for {
		steps := Progress(g, Catalog{}, s)
		if steps.Empty() {
			break
		}
		s = Apply(g, s, steps)
		begun := map[string]bool{}
		for _, q := range steps.Queue {
			begun[q.Node] = true
			change(q.Node, func(n *Simulated) { n.Ran, n.Input = true, q.Data })
			s.Nodes[q.Node] = ended(s.Nodes[q.Node], outcomes[q.Node])
		}
		for _, e := range steps.Evaluate {
			begun[e.Node] = true
			change(e.Node, func(n *Simulated) { n.Ran, n.Input, n.Accepted = true, e.Data, e.Accepted })
		}
		for _, r := range steps.Reject {
			change(r.Node, func(n *Simulated) { n.Problems = r.Problems })
		}
		out.Order = append(out.Order, slices.DeleteFunc(g.Order(), func(name string) bool { return !begun[name] })...)
	}
	var counts JobCounts
	for _, name := range g.Order() {
		state, created := s.Nodes[name]
		status := JobStatus("")
		if created {
			status = state.simulated()
			if g.kind(name) != ConditionNode {
				counts.add(status)
			}
		}
		change(name, func(n *Simulated) { n.Type, n.Status = g.kind(name), status })
	}
	out.Status = counts.Status(s.Completed)
	return out, problems
}

// ended is a job or a sub-recipe that has begun, with its outcome.
func ended(n NodeState, o Outcome) NodeState {
	switch {
	case n.Type == RecipeNode:
		n.Settled = true
		n.Completed = o.Status == "" || o.Status == Completed
		n.Blocking = !n.Completed
	case o.Status == "" || o.Status == Completed:
		n.Status, n.Output = Completed, o.Output
	default:
		n.Status = o.Status
	}
	return n
}

// simulated is the status of a node of which nothing goes on.
func (n NodeState) simulated() JobStatus {
	switch {
	case n.Type == JobNode:
		return n.Status
	case n.Completed, n.Processed:
		return Completed
	case n.Rejected, n.Settled:
		return Failed
	case n.Blocked:
		return Blocked
	default:
		return Pending
	}
}

func (n *JobCounts) add(status JobStatus) {
	n.Total++
	switch status {
	case Completed:
		n.Completed++
	case Failed:
		n.Failed++
	case Canceled:
		n.Canceled++
	case Blocked:
		n.Blocked++
	}
}
