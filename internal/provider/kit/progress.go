package kit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// TellProgress takes what has become of a recipe that is waited for: the recipe as it
// is, and its nodes that have changed since it was told last.
type TellProgress func(ctx context.Context, d api.RecipeDetail, changes []nodeChange)

// News tells what d has beyond what was seen of it before, if that is anything; nil
// tells nobody.
func (tell TellProgress) News(ctx context.Context, before, d api.RecipeDetail) {
	changes := nodeChanges(before, d)
	if tell != nil && (len(changes) > 0 || d.LastModified != before.LastModified || before.ID == 0) {
		tell(ctx, d, changes)
	}
}

// nodeChange is a node of a recipe that has come into being or has another status.
type nodeChange struct {
	name string
	node api.NodeTypeInstance
}

// nodeChanges compares two looks at a recipe, the first of which may be none.
func nodeChanges(before, after api.RecipeDetail) []nodeChange {
	var out []nodeChange
	for _, name := range slices.Sorted(maps.Keys(after.Details.Nodes)) {
		change := nodeChange{name, after.Details.Nodes[name].NodeType}
		old, existed := before.Details.Nodes[name]
		if !existed || change.String() != (nodeChange{name, old.NodeType}).String() {
			out = append(out, change)
		}
	}
	return out
}

// String reads "node a (job 12): RUNNING".
func (c nodeChange) String() string {
	status := NodeStatus(c.node)
	switch {
	case c.node.JobNode != nil:
		return fmt.Sprintf("node %s (job %d): %s", c.name, c.node.JobNode.JobID, status)
	case c.node.RecipeNode != nil:
		n := c.node.RecipeNode
		return fmt.Sprintf("node %s (recipe %d): %s, %d of %d jobs completed", c.name, n.RecipeID, status, n.JobsCompleted, n.JobsTotal)
	default:
		return fmt.Sprintf("node %s (condition): %s", c.name, status)
	}
}

// LogProgress tells the log, which is all that a resource has.
func LogProgress(ctx context.Context, d api.RecipeDetail, changes []nodeChange) {
	tflog.Info(ctx, "waiting for recipe", map[string]any{
		"recipe_id": d.ID, "status": RunStatus(d.IsCompleted, d.RecipeCounts),
		"jobs_completed": d.JobsCompleted, "jobs_running": d.JobsRunning, "jobs_total": d.JobsTotal,
	})
	for _, c := range changes {
		tflog.Info(ctx, "node of recipe has changed", map[string]any{
			"recipe_id": d.ID, "node": c.name, "status": NodeStatus(c.node),
		})
	}
}
