package provider

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestRunStatusSumsUpTheCounters(t *testing.T) {
	t.Parallel()
	jobs := func(total, pending, blocked, queued, running, failed, completed, canceled int) api.RecipeCounts {
		return api.RecipeCounts{JobCounts: api.JobCounts{
			JobsTotal: total, JobsPending: pending, JobsBlocked: blocked, JobsQueued: queued, JobsRunning: running,
			JobsFailed: failed, JobsCompleted: completed, JobsCanceled: canceled,
		}}
	}
	tests := map[string]struct {
		completed bool
		counts    api.RecipeCounts
		want      string
		settled   bool
	}{
		"just created":               {want: statusPending},
		"completed":                  {completed: true, counts: jobs(3, 0, 0, 0, 0, 0, 3, 0), want: statusCompleted, settled: true},
		"completed without any node": {completed: true, want: statusCompleted, settled: true},
		"all queued":                 {counts: jobs(2, 1, 0, 1, 0, 0, 0, 0), want: statusPending},
		"one runs":                   {counts: jobs(2, 1, 0, 0, 1, 0, 0, 0), want: statusRunning},
		"one completed, one queued":  {counts: jobs(2, 0, 0, 1, 0, 0, 1, 0), want: statusRunning},
		"one completed, the next not yet created":  {counts: jobs(1, 0, 0, 0, 0, 0, 1, 0), want: statusRunning},
		"failed, another runs":                     {counts: jobs(3, 0, 1, 0, 1, 1, 0, 0), want: statusRunning},
		"failed, another queued":                   {counts: jobs(3, 0, 1, 1, 0, 1, 0, 0), want: statusRunning},
		"failed, another pending":                  {counts: jobs(2, 1, 0, 0, 0, 1, 0, 0), want: statusRunning},
		"failed, the rest blocked":                 {counts: jobs(3, 0, 2, 0, 0, 1, 0, 0), want: statusFailed, settled: true},
		"failed and canceled":                      {counts: jobs(3, 0, 1, 0, 0, 1, 0, 1), want: statusFailed, settled: true},
		"failed after others completed":            {counts: jobs(2, 0, 0, 0, 0, 1, 1, 0), want: statusFailed, settled: true},
		"canceled":                                 {counts: jobs(2, 0, 1, 0, 0, 0, 0, 1), want: statusCanceled, settled: true},
		"only blocked":                             {counts: jobs(2, 0, 1, 0, 0, 0, 1, 0), want: statusBlocked, settled: true},
		"a status that nobody counts is pending":   {counts: jobs(1, 0, 0, 0, 0, 0, 0, 0), want: statusPending},
		"failed beside a status that nobody knows": {counts: jobs(2, 0, 0, 0, 0, 1, 0, 0), want: statusRunning},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runStatus(tt.completed, tt.counts)
			if got != tt.want {
				t.Errorf("status = %s, want %s", got, tt.want)
			}
			if isSettled(got) != tt.settled {
				t.Errorf("settled = %t, want %t", isSettled(got), tt.settled)
			}
		})
	}
}

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
