package order

import "github.com/recipe-galley/terraform-provider-galley/internal/recipe"

// NodeStates tell how each node of a run does, in the words of v2 (contract 2): those
// that were created by their state in created, the others by what the conditions above
// them have decided. The Status of a sub-recipe is that of all of it. Between two nodes of
// a run the next one is queued, so that monitors see no gap (contract 5.2).
func NodeStates(d recipe.Definition, created map[string]recipe.NodeState) map[string]NodeStatus {
	s := nodeStates{nodes: d.Nodes, created: created, out: make(map[string]NodeStatus, len(d.Nodes))}
	for name := range d.Nodes {
		s.of(name)
	}
	return s.out
}

type nodeStates struct {
	nodes   map[string]recipe.Node
	created map[string]recipe.NodeState
	out     map[string]NodeStatus
}

func (s nodeStates) of(name string) NodeStatus {
	if status, known := s.out[name]; known {
		return status
	}
	s.out[name] = NodeReady // also ends a cycle, which no stored definition has
	state, isCreated := s.created[name]
	switch {
	case isCreated && state.Type == recipe.ConditionNode && state.Processed:
		s.out[name] = NodeCompleted
	case isCreated && state.Type != recipe.ConditionNode:
		s.out[name] = nodeStatus(state.Status)
	case !isCreated && s.never(s.nodes[name]):
		s.out[name] = NodeSkipped
	}
	return s.out[name]
}

// never tells whether a node will not be created, as recipe.Progress has it.
func (s nodeStates) never(n recipe.Node) bool {
	if n.Finally {
		return false
	}
	hopeless := 0
	for name, acceptance := range n.Dependencies {
		if s.neverLets(name, acceptance) {
			hopeless++
		}
	}
	if n.Any {
		return hopeless == len(n.Dependencies)
	}
	return hopeless > 0
}

// neverLets tells whether a node will not let one run that depends on it with that acceptance.
func (s nodeStates) neverLets(name string, acceptance bool) bool {
	above, isCreated := s.created[name]
	switch {
	case s.of(name) == NodeSkipped:
		return true
	case s.nodes[name].Type() != recipe.ConditionNode:
		return !acceptance
	}
	return isCreated && above.Processed && above.Accepted != acceptance
}

func nodeStatus(s recipe.JobStatus) NodeStatus {
	switch s {
	case recipe.Queued, recipe.Running:
		return NodeRunning
	case recipe.Completed:
		return NodeCompleted
	case recipe.Failed:
		return NodeFailed
	case recipe.Canceled:
		return NodeStopped
	default:
		return NodeReady
	}
}

// RunNodeStatus sums a run up in the word of a node (contract 1.5, summary). A run that
// another one resumed shows how it had ended: in error, or stopped if no node failed.
func RunNodeStatus(run RunStatus, nodes map[string]NodeStatus) NodeStatus {
	switch run {
	case RunActive:
		return NodeRunning
	case RunCompleted:
		return NodeCompleted
	case RunFailed:
		return NodeFailed
	case RunStopped:
		return NodeStopped
	case RunResumed:
		for _, status := range nodes {
			if status == NodeFailed {
				return NodeFailed
			}
		}
		return NodeStopped
	default:
		return NodeReady
	}
}

// Label is what people read of a run's status (contract 2, orderrun_status).
func (s RunStatus) Label() string {
	switch s {
	case RunPlanned:
		return "OrderRun Planned"
	case RunActive:
		return "OrderRun Active"
	case RunCompleted:
		return "OrderRun Completed"
	case RunStopped:
		return "OrderRun Stopped"
	case RunFailed:
		return "Error in OrderRun"
	case RunResumed:
		return "OrderRun Resumed"
	default:
		return string(s)
	}
}
