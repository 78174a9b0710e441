package provider

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
		"a job without status":   {api.NodeTypeInstance{JobNode: &api.JobNode{}}, statusPending},
		"a sub-recipe":           {api.NodeTypeInstance{RecipeNode: &api.RecipeNode{RecipeCounts: failed}}, statusFailed},
		"a completed sub-recipe": {api.NodeTypeInstance{RecipeNode: &api.RecipeNode{IsCompleted: true}}, statusCompleted},
		"an open condition":      {api.NodeTypeInstance{ConditionNode: &api.ConditionNode{}}, statusPending},
		"accepted":               {api.NodeTypeInstance{ConditionNode: &api.ConditionNode{IsProcessed: true, IsAccepted: true}}, statusAccepted},
		"rejected":               {api.NodeTypeInstance{ConditionNode: &api.ConditionNode{IsProcessed: true}}, statusRejected},
		"something new":          {api.NodeTypeInstance{NodeType: "new"}, statusPending},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := nodeStatus(tt.node); got != tt.want {
				t.Errorf("status = %s, want %s", got, tt.want)
			}
		})
	}
}
