package kit

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestNodeStatusHasAWordForEveryNode(t *testing.T) {
	t.Parallel()
	failed := api.RecipeCounts{JobCounts: api.JobCounts{JobsTotal: 1, JobsFailed: 1}}
	tests := map[string]struct {
		node api.NodeTypeInstance
		want string
	}{
		"a job":                  {api.NodeTypeInstance{JobNode: &api.JobNode{Status: "QUEUED"}}, "QUEUED"},
		"a job in a new status":  {api.NodeTypeInstance{JobNode: &api.JobNode{Status: "PREEMPTED"}}, "PREEMPTED"},
		"a job without status":   {api.NodeTypeInstance{JobNode: &api.JobNode{}}, StatusPending},
		"a sub-recipe":           {api.NodeTypeInstance{RecipeNode: &api.RecipeNode{RecipeCounts: failed}}, StatusFailed},
		"a completed sub-recipe": {api.NodeTypeInstance{RecipeNode: &api.RecipeNode{IsCompleted: true}}, StatusCompleted},
		"an open condition":      {api.NodeTypeInstance{ConditionNode: &api.ConditionNode{}}, StatusPending},
		"accepted":               {api.NodeTypeInstance{ConditionNode: &api.ConditionNode{IsProcessed: true, IsAccepted: true}}, StatusAccepted},
		"rejected":               {api.NodeTypeInstance{ConditionNode: &api.ConditionNode{IsProcessed: true}}, StatusRejected},
		"something new":          {api.NodeTypeInstance{NodeType: "new"}, StatusPending},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := NodeStatus(tt.node); got != tt.want {
				t.Errorf("status = %s, want %s", got, tt.want)
			}
		})
	}
}
