package kit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestNodeChangesNameWhatIsNewOrHasAnotherStatus(t *testing.T) {
	t.Parallel()
	job := func(id int64, status string) api.NodeTypeInstance {
		return api.NodeTypeInstance{NodeType: "job", JobNode: &api.JobNode{JobID: id, Status: status}}
	}
	sub := func(completed int) api.NodeTypeInstance {
		n := &api.RecipeNode{RecipeID: 9}
		n.JobsTotal, n.JobsCompleted, n.JobsRunning = 2, completed, 1
		return api.NodeTypeInstance{NodeType: "recipe", RecipeNode: n}
	}
	condition := func(processed bool) api.NodeTypeInstance {
		return api.NodeTypeInstance{NodeType: "condition", ConditionNode: &api.ConditionNode{IsProcessed: processed}}
	}
	recipe := func(nodes map[string]api.NodeTypeInstance) api.RecipeDetail {
		var d api.RecipeDetail
		d.Details.Nodes = map[string]api.NodeInstance{}
		for name, n := range nodes {
			d.Details.Nodes[name] = api.NodeInstance{NodeType: n}
		}
		return d
	}
	before := recipe(map[string]api.NodeTypeInstance{
		"a": job(1, "QUEUED"), "b": job(2, "COMPLETED"), "c": sub(0), "d": condition(false), "e": sub(1),
	})
	after := recipe(map[string]api.NodeTypeInstance{
		"a": job(1, "RUNNING"), "b": job(2, "COMPLETED"), "c": sub(1), "d": condition(true), "e": sub(1), "f": job(3, "PENDING"),
	})
	var got []string
	for _, c := range nodeChanges(before, after) {
		got = append(got, c.String())
	}
	want := []string{
		"node a (job 1): RUNNING",
		"node c (recipe 9): RUNNING, 1 of 2 jobs completed",
		"node d (condition): REJECTED",
		"node f (job 3): PENDING",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := nodeChanges(api.RecipeDetail{}, before); len(got) != 5 {
		t.Errorf("the first look changes %v, want all 5 nodes", got)
	}
}
