package provider

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
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

// runStatus sums up a recipe (recipe.JobCounts.Status).
func runStatus(isCompleted bool, n api.RecipeCounts) string {
	return string(n.Status(isCompleted))
}

// isSettled tells whether a recipe of that status changes only if somebody steps in.
func isSettled(status string) bool { return recipe.JobStatus(status).IsSettled() }

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
