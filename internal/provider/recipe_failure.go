package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// maxFailures bounds the nodes that an error names.
const maxFailures = 20

// failureReport collects what went wrong in a recipe and its sub-recipes.
type failureReport struct {
	client *client.Client
	lines  []string
	left   int // failures that did not fit
}

// failureText explains why d is not completed: its failed, canceled and blocked
// nodes, with the errors of the jobs and where their logs are.
func failureText(ctx context.Context, c *client.Client, d api.RecipeDetail) string {
	r := failureReport{client: c}
	r.walk(ctx, d, "")
	n := d.RecipeCounts
	text := fmt.Sprintf("Recipe %d of type %s, revision %d: %d of %d jobs failed, %d canceled, %d blocked, %d completed.\n",
		d.ID, d.RecipeType.Name, d.RecipeTypeRev.RevisionNum, n.JobsFailed, n.JobsTotal, n.JobsCanceled, n.JobsBlocked,
		n.JobsCompleted)
	return text + r.text()
}

// text is one line for each failure.
func (r *failureReport) text() string {
	text := strings.Join(r.lines, "\n")
	if r.left > 0 {
		text += fmt.Sprintf("\n- and %d more", r.left)
	}
	return text
}

func (r *failureReport) add(format string, args ...any) {
	if len(r.lines) == maxFailures {
		r.left++
		return
	}
	r.lines = append(r.lines, fmt.Sprintf("- "+format, args...))
}

// walk adds the nodes of d; outer is the path of its own node: "a." for a
// sub-recipe of the node a.
func (r *failureReport) walk(ctx context.Context, d api.RecipeDetail, outer string) {
	var blocked []string
	for _, name := range slices.Sorted(maps.Keys(d.Details.Nodes)) {
		n := d.Details.Nodes[name].NodeType
		path, status := outer+name, nodeStatus(n)
		switch {
		case n.JobNode != nil && status == statusFailed:
			r.addJob(ctx, fmt.Sprintf("node %q", path), n.JobNode.JobID)
		case n.JobNode != nil && status == statusCanceled:
			r.add("node %q (job %d) was canceled", path, n.JobNode.JobID)
		case n.JobNode != nil && status == statusBlocked:
			blocked = append(blocked, path)
		case n.RecipeNode != nil && isSettled(status) && status != statusCompleted:
			r.addRecipe(ctx, path, n.RecipeNode.RecipeID)
		}
	}
	if len(blocked) > 0 {
		r.add("blocked by these: %s", joinWords(blocked, "and"))
	}
}

func (r *failureReport) addRecipe(ctx context.Context, path string, id int64) {
	if len(r.lines) == maxFailures {
		r.left++
		return
	}
	d, err := r.client.Recipe(ctx, id)
	if err != nil {
		r.add("node %q (recipe %d) failed; its nodes could not be read: %s", path, id, err)
		return
	}
	r.walk(ctx, d, path+".")
}

// addJob adds a failed job; what it is: a node of the recipe.
func (r *failureReport) addJob(ctx context.Context, what string, id int64) {
	if len(r.lines) == maxFailures {
		r.left++
		return
	}
	job, err := r.client.Job(ctx, id)
	if err != nil {
		r.add("%s (job %d) failed; the reason could not be read: %s", what, id, err)
		return
	}
	reason := "the backend gives no error"
	if e := job.Error; e != nil {
		title := e.Title
		if title == "" {
			title = e.Name
		}
		reason = fmt.Sprintf("%s (%s)", title, e.Category)
		if e.Description != "" && e.Description != title {
			reason += ": " + e.Description
		}
	}
	log := ""
	if job.Execution != nil {
		log = fmt.Sprintf("\n  log: %s/v6/job-executions/%d/logs/combined/", r.client.Endpoint(), job.Execution.ID)
	}
	r.add("%s (job %d, %s %s) failed: %s%s", what, id, job.JobType.Name, job.JobType.Version, reason, log)
}
