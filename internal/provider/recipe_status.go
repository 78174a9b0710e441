package provider

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// The words of the attribute status. Those of a job that the server may add in
// the future stay as they are.
const (
	statusPending   = "PENDING"
	statusRunning   = "RUNNING"
	statusCompleted = "COMPLETED"
	statusFailed    = "FAILED"
	statusCanceled  = "CANCELED"
	statusBlocked   = "BLOCKED"
	statusAccepted  = "ACCEPTED" // of a condition
	statusRejected  = "REJECTED" // of a condition
)

// runStatus sums up a recipe, which has no status of its own in the API. A recipe
// is failed, canceled or blocked only once nothing of it can go on; jobs with a
// status that the counters do not know count as pending.
func runStatus(isCompleted bool, n api.RecipeCounts) string {
	settled := n.JobsCompleted + n.JobsFailed + n.JobsCanceled + n.JobsBlocked
	active := n.JobsQueued + n.JobsRunning
	pending := n.JobsTotal - settled - active
	switch {
	case isCompleted:
		return statusCompleted
	case n.JobsRunning > 0, active+pending > 0 && n.JobsCompleted+n.JobsFailed > 0:
		return statusRunning
	case active+pending > 0:
		return statusPending
	case n.JobsFailed > 0:
		return statusFailed
	case n.JobsCanceled > 0:
		return statusCanceled
	case n.JobsBlocked > 0:
		return statusBlocked
	case n.JobsCompleted > 0:
		return statusRunning // between two nodes
	default:
		return statusPending // its input is not processed yet
	}
}

// isSettled tells whether a recipe of that status changes only if somebody steps in.
func isSettled(status string) bool {
	switch status {
	case statusCompleted, statusFailed, statusCanceled, statusBlocked:
		return true
	default:
		return false
	}
}

// nodeStatus is the status of a node that has been created.
func nodeStatus(n api.NodeTypeInstance) string {
	switch {
	case n.JobNode != nil && n.JobNode.Status != "":
		return n.JobNode.Status
	case n.RecipeNode != nil:
		return runStatus(n.RecipeNode.IsCompleted, n.RecipeNode.RecipeCounts)
	case n.ConditionNode != nil && n.ConditionNode.IsProcessed && n.ConditionNode.IsAccepted:
		return statusAccepted
	case n.ConditionNode != nil && n.ConditionNode.IsProcessed:
		return statusRejected
	default:
		return statusPending
	}
}
