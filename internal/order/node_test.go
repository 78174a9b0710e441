package order_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func job(deps map[string]bool) recipe.Node {
	return recipe.Node{Job: &recipe.JobRef{Name: "j"}, Dependencies: deps}
}

func condition(deps map[string]bool) recipe.Node {
	return recipe.Node{Condition: &recipe.Condition{}, Dependencies: deps}
}

func TestNodeStates(t *testing.T) {
	t.Parallel()
	d := recipe.Definition{Nodes: map[string]recipe.Node{
		"a": job(nil), "sub": {Recipe: &recipe.RecipeRef{Name: "r"}, Dependencies: map[string]bool{"a": true}},
		"if": condition(map[string]bool{"a": true}), "yes": job(map[string]bool{"if": true}), "no": job(map[string]bool{"if": false}),
		"after-no": job(map[string]bool{"no": true}), "after-yes": job(map[string]bool{"yes": true}),
		"never": job(map[string]bool{"a": false}), "inner": condition(map[string]bool{"no": true}),
	}}
	join := func(n recipe.Node) recipe.Node { n.Any = true; return n }
	finally := func(n recipe.Node) recipe.Node { n.Finally = true; return n }
	d.Nodes["join"], d.Nodes["lost"] = join(job(map[string]bool{"yes": true, "no": true})), join(job(map[string]bool{"never": true, "a": false}))
	d.Nodes["end"] = finally(job(map[string]bool{"never": true}))
	ofJob := func(s recipe.JobStatus) recipe.NodeState { return recipe.NodeState{Type: recipe.JobNode, Status: s} }
	decided := func(accepted bool) recipe.NodeState {
		return recipe.NodeState{Type: recipe.ConditionNode, Processed: true, Accepted: accepted}
	}
	for name, c := range map[string]struct {
		created map[string]recipe.NodeState
		want    map[string]order.NodeStatus
	}{
		"nothing is created yet": {nil, map[string]order.NodeStatus{"never": order.NodeSkipped}},
		"a queued job counts as running": {
			map[string]recipe.NodeState{"a": ofJob(recipe.Queued), "sub": {Type: recipe.RecipeNode, Status: recipe.Pending}, "if": {Type: recipe.ConditionNode}},
			map[string]order.NodeStatus{"a": order.NodeRunning, "never": order.NodeSkipped}},
		"a failed job leaves what follows ready": {
			map[string]recipe.NodeState{"a": ofJob(recipe.Failed), "sub": {Type: recipe.RecipeNode, Status: recipe.Blocked}},
			map[string]order.NodeStatus{"a": order.NodeFailed, "never": order.NodeSkipped}},
		"the branch that was not taken is skipped to its end": {
			map[string]recipe.NodeState{"a": ofJob(recipe.Completed), "sub": {Type: recipe.RecipeNode, Status: recipe.Running}, "if": decided(true), "yes": ofJob(recipe.Running), "after-yes": ofJob(recipe.Pending)},
			map[string]order.NodeStatus{"a": order.NodeCompleted, "sub": order.NodeRunning, "if": order.NodeCompleted, "yes": order.NodeRunning,
				"no": order.NodeSkipped, "after-no": order.NodeSkipped, "inner": order.NodeSkipped, "never": order.NodeSkipped}},
		"a rejection takes the other branch": {
			map[string]recipe.NodeState{"a": ofJob(recipe.Completed), "sub": {Type: recipe.RecipeNode, Status: recipe.Canceled}, "if": decided(false), "no": ofJob(recipe.Canceled)},
			map[string]order.NodeStatus{"a": order.NodeCompleted, "sub": order.NodeStopped, "if": order.NodeCompleted, "no": order.NodeStopped,
				"yes": order.NodeSkipped, "after-yes": order.NodeSkipped, "never": order.NodeSkipped}},
	} {
		want := map[string]order.NodeStatus{}
		for node := range d.Nodes {
			want[node] = order.NodeReady
		}
		want["lost"] = order.NodeSkipped // a join of nothing that may run
		for node, status := range c.want {
			want[node] = status
		}
		if diff := cmp.Diff(want, order.NodeStates(d, c.created)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRunNodeStatus(t *testing.T) {
	t.Parallel()
	failed := map[string]order.NodeStatus{"a": order.NodeCompleted, "b": order.NodeFailed}
	stopped := map[string]order.NodeStatus{"a": order.NodeCompleted, "b": order.NodeStopped}
	for _, c := range []struct {
		run   order.RunStatus
		nodes map[string]order.NodeStatus
		want  order.NodeStatus
	}{
		{order.RunPlanned, nil, order.NodeReady}, {order.RunActive, nil, order.NodeRunning}, {order.RunCompleted, nil, order.NodeCompleted},
		{order.RunFailed, nil, order.NodeFailed}, {order.RunStopped, nil, order.NodeStopped},
		{order.RunResumed, failed, order.NodeFailed}, {order.RunResumed, stopped, order.NodeStopped},
	} {
		if got := order.RunNodeStatus(c.run, c.nodes); got != c.want {
			t.Errorf("%s: got %s, want %s", c.run, got, c.want)
		}
		if c.run.Label() == string(c.run) || c.run.Label() == "" {
			t.Errorf("%s has no label", c.run)
		}
	}
}
