package recipe

import "maps"

// JobStatus is the state of a job (contract 7.4).
type JobStatus string

// The states of jobs.
const (
	Pending   JobStatus = "PENDING"
	Blocked   JobStatus = "BLOCKED"
	Queued    JobStatus = "QUEUED"
	Running   JobStatus = "RUNNING"
	Completed JobStatus = "COMPLETED"
	Failed    JobStatus = "FAILED"
	Canceled  JobStatus = "CANCELED"
)

// NodeState is the state of a node that was created.
type NodeState struct {
	Type      NodeType
	Status    JobStatus // jobs
	HasInput  bool      // jobs and sub-recipes: input was generated (for jobs Status alone decides)
	Output    Data      // jobs: when COMPLETED
	Completed bool      // sub-recipes
	Settled   bool      // sub-recipes: nothing inside goes on by itself
	Blocked   bool      // sub-recipes: it has not begun, and what is above keeps it from that
	Blocking  bool      // sub-recipes: has blocked, canceled or failed jobs
	Processed bool      // conditions: the data were looked at
	Accepted  bool      // conditions: and accepted
	Input     Data      // conditions: the data that it was decided on (its output is its input)
	Rejected  bool      // sub-recipes and conditions: the input does not fit; they stay as they are for ever
}

// State is what is known of a recipe that runs.
type State struct {
	Input     *Data                // nil: not processed yet
	Files     map[int64]File       // every file that a condition may look at
	Nodes     map[string]NodeState // created nodes
	Completed bool
}

// Steps are what has to happen next, each list in topological order. They are
// to be taken in the order of the members. Empty lists are nil.
type Steps struct {
	Create   []string     // nodes to create: jobs PENDING, conditions not processed
	Block    []string     // PENDING jobs that become BLOCKED, and sub-recipes that have not begun
	Unblock  []string     // BLOCKED jobs that become PENDING, and such sub-recipes
	Queue    []NodeInput  // PENDING or BLOCKED jobs to queue, sub-recipes to start, with this input
	Reject   []Rejection  // nodes whose input does not fit: jobs become CANCELED, others get NodeState.Rejected
	Evaluate []Evaluation // conditions
	Complete bool         // the recipe is completed
}

// NodeInput is the input for a job or sub-recipe.
type NodeInput struct {
	Node string
	Data Data
}

// Rejection tells why a node cannot run with the data that it would get.
type Rejection struct {
	Node     string
	Problems Problems
}

// Evaluation is the decision of a condition, and the data that it looked at.
type Evaluation struct {
	Node     string
	Data     Data
	Accepted bool
}

// Empty tells whether there is nothing to do.
func (s Steps) Empty() bool {
	return len(s.Create) == 0 && len(s.Block) == 0 && len(s.Unblock) == 0 && len(s.Queue) == 0 &&
		len(s.Reject) == 0 && len(s.Evaluate) == 0 && !s.Complete
}

// Progress decides what happens next in a recipe (contract 7.3). It returns the
// whole closure: after Apply, and until something else happens, there is
// nothing more to do.
//
//   - Blocking: a FAILED or CANCELED job and a sub-recipe with trouble inside
//     block every job below them that is PENDING and not ready to be queued, and every
//     sub-recipe that has not begun.
//   - Creation: every node, as soon as the conditions directly above it have
//     decided as the node asks. A node whose condition decided otherwise is never
//     created, nor is anything below it. Jobs and sub-recipes count as accepted, so
//     that a node that depends on one with acceptance false is never created.
//     (The original also runs the acceptance=false branch when the condition accepts
//     and never on reject; here it runs if and only if the condition rejects.)
//   - Input: once every node directly above is finished. A missing output is
//     tolerated where the input of the node is optional. A job whose input does not
//     fit is canceled; a sub-recipe or condition stays without input, visibly
//     incomplete, and a sub-recipe then blocks what is below it. Without an entry
//     in c the input is not checked.
//   - Joins (ours): a node with Any runs once everything above it has ended and one of the
//     nodes directly above lets it run; it is created once one of them may, blocked if all has ended
//     without one, and never created if none ever will.
//   - Finally (ours): such a node is created at once, and runs when everything above it has
//     ended, however. What is blocked or never created has ended as well.
//   - Allowed failures (ours): a job that is FAILED or CANCELED and allows that, and such a
//     sub-recipe in which nothing goes on, block nothing. They count as finished, without outputs.
//   - Completion: everything is finished, and nothing is left to create.
func Progress(g *Graph, c Catalog, s State) Steps {
	if s.Completed {
		return Steps{}
	}
	p := pass{graph: g, catalog: c, state: s, nodes: make([]progressing, len(g.nodes)), finished: true,
		open: make(bitset, (len(g.nodes)+63)/64)}
	for i := range g.nodes {
		p.node(i)
	}
	p.steps.Complete = p.finished && s.Input != nil
	return p.steps
}

// Apply returns s as it is after steps, as a store would have it. It does not
// change s.
func Apply(g *Graph, s State, steps Steps) State {
	out := s
	out.Nodes = make(map[string]NodeState, len(s.Nodes)+len(steps.Create))
	maps.Copy(out.Nodes, s.Nodes)
	change := func(name string, how func(*NodeState)) {
		n := out.Nodes[name]
		n.Type = g.kind(name)
		how(&n)
		out.Nodes[name] = n
	}
	for _, name := range steps.Create {
		change(name, func(n *NodeState) {
			if n.Type == JobNode {
				n.Status = Pending
			}
		})
	}
	for _, name := range steps.Block {
		change(name, func(n *NodeState) { n.setBlocked(true) })
	}
	for _, name := range steps.Unblock {
		change(name, func(n *NodeState) { n.setBlocked(false) })
	}
	for _, q := range steps.Queue {
		change(q.Node, func(n *NodeState) {
			n.HasInput, n.Blocked = true, false
			if n.Type == JobNode {
				n.Status = Queued
			}
		})
	}
	for _, r := range steps.Reject {
		change(r.Node, func(n *NodeState) {
			if n.Type == JobNode {
				n.Status = Canceled
			} else {
				n.Rejected = true
			}
		})
	}
	for _, e := range steps.Evaluate {
		change(e.Node, func(n *NodeState) { n.Processed, n.Accepted, n.Input = true, e.Accepted, e.Data })
	}
	out.Completed = s.Completed || steps.Complete
	return out
}

func (n *NodeState) setBlocked(blocked bool) {
	switch {
	case n.Type != JobNode:
		n.Blocked = blocked
	case blocked:
		n.Status = Blocked
	default:
		n.Status = Pending
	}
}
