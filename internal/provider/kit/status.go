package kit

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The words of the attribute status. Those of a job that the server may add in
// the future stay as they are.
const (
	StatusPending   = "PENDING"
	StatusRunning   = "RUNNING"
	StatusCompleted = "COMPLETED"
	StatusFailed    = "FAILED"
	StatusCanceled  = "CANCELED"
	StatusBlocked   = "BLOCKED"
	StatusAccepted  = "ACCEPTED" // of a condition
	StatusRejected  = "REJECTED" // of a condition
)

// RunStatus sums up a recipe (recipe.JobCounts.Status).
func RunStatus(isCompleted bool, n api.RecipeCounts) string {
	return string(n.Status(isCompleted))
}

// IsSettled tells whether a recipe of that status changes only if somebody steps in.
func IsSettled(status string) bool { return recipe.JobStatus(status).IsSettled() }

// NodeStatus is the status of a node that has been created.
func NodeStatus(n api.NodeTypeInstance) string {
	switch {
	case n.JobNode != nil && n.JobNode.Status != "":
		return n.JobNode.Status
	case n.RecipeNode != nil:
		return RunStatus(n.RecipeNode.IsCompleted, n.RecipeNode.RecipeCounts)
	case n.ConditionNode != nil && n.ConditionNode.IsProcessed && n.ConditionNode.IsAccepted:
		return StatusAccepted
	case n.ConditionNode != nil && n.ConditionNode.IsProcessed:
		return StatusRejected
	default:
		return StatusPending
	}
}
