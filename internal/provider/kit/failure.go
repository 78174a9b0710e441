package kit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// MaxFailures bounds the nodes that an error names.
const MaxFailures = 20

// FailureReport collects what went wrong in a recipe and its sub-recipes.
type FailureReport struct {
	Client *client.Client
	lines  []string
	left   int // failures that did not fit
	logs   int // jobs whose last lines are shown
}

// FailureText explains why d is not completed: its failed, canceled and blocked
// nodes, with the errors of the jobs and where their logs are.
func FailureText(ctx context.Context, c *client.Client, d api.RecipeDetail) string {
	r := FailureReport{Client: c}
	r.walk(ctx, d, "")
	n := d.RecipeCounts
	text := fmt.Sprintf("Recipe %d of type %s, revision %d: %d of %d jobs failed, %d canceled, %d blocked, %d completed.\n",
		d.ID, d.RecipeType.Name, d.RecipeTypeRev.RevisionNum, n.JobsFailed, n.JobsTotal, n.JobsCanceled, n.JobsBlocked,
		n.JobsCompleted)
	return text + r.Text()
}

// Text is one line for each failure.
func (r *FailureReport) Text() string {
	text := strings.Join(r.lines, "\n")
	if r.left > 0 {
		text += fmt.Sprintf("\n- and %d more", r.left)
	}
	return text
}

// Add adds a line, or counts it if there are too many.
func (r *FailureReport) Add(format string, args ...any) {
	if len(r.lines) == MaxFailures {
		r.left++
		return
	}
	r.lines = append(r.lines, fmt.Sprintf("- "+format, args...))
}

// walk adds the nodes of d; outer is the path of its own node: "a." for a
// sub-recipe of the node a.
func (r *FailureReport) walk(ctx context.Context, d api.RecipeDetail, outer string) {
	var blocked []string
	for _, name := range slices.Sorted(maps.Keys(d.Details.Nodes)) {
		n := d.Details.Nodes[name].NodeType
		path, status := outer+name, NodeStatus(n)
		switch {
		case n.JobNode != nil && status == StatusFailed:
			r.AddJob(ctx, fmt.Sprintf("node %q", path), n.JobNode.JobID)
		case n.JobNode != nil && status == StatusCanceled:
			r.Add("node %q (job %d) was canceled", path, n.JobNode.JobID)
		case n.JobNode != nil && status == StatusBlocked:
			blocked = append(blocked, path)
		case n.RecipeNode != nil && IsSettled(status) && status != StatusCompleted:
			r.addRecipe(ctx, path, n.RecipeNode.RecipeID)
		}
	}
	if len(blocked) > 0 {
		r.Add("blocked by these: %s", value.JoinWords(blocked, "and"))
	}
}

func (r *FailureReport) addRecipe(ctx context.Context, path string, id int64) {
	if len(r.lines) == MaxFailures {
		r.left++
		return
	}
	d, err := r.Client.Recipe(ctx, id)
	if err != nil {
		r.Add("node %q (recipe %d) failed; its nodes could not be read: %s", path, id, err)
		return
	}
	r.walk(ctx, d, path+".")
}

// How much of the log of a failed job an error has, and of how many jobs.
const (
	maxLogLines = 10
	maxLogBytes = 2 << 10
	maxLogs     = 5
)

// lastLines are those of the log of an execution, which say what the program found wrong, indented; "" if
// there are none, they cannot be read, or enough is shown already.
func (r *FailureReport) lastLines(ctx context.Context, exeID int64) string {
	if r.logs == maxLogs {
		return ""
	}
	text, err := r.Client.JobLog(ctx, exeID, client.LogCombined)
	if err != nil {
		return ""
	}
	lines := TailOf(text, maxLogLines, maxLogBytes)
	if lines == "" {
		return ""
	}
	r.logs++
	return "\n    " + strings.ReplaceAll(lines, "\n", "\n    ")
}

// TailOf is the last lines of a text, at most that many and that many bytes, without
// what a terminal would take for a command.
func TailOf(text string, lines, size int) string {
	text = strings.TrimRight(strings.ToValidUTF8(text, "\uFFFD"), "\r\n")
	if len(text) > size {
		text = strings.ToValidUTF8(text[len(text)-size:], "")
		if _, rest, cut := strings.Cut(text, "\n"); cut {
			text = rest
		}
	}
	all := strings.Split(text, "\n")
	text = strings.Join(all[max(0, len(all)-lines):], "\n")
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && unicode.IsControl(c) {
			return -1
		}
		return c
	}, text)
}

// AddJob adds a failed job; what it is: a node of the recipe.
func (r *FailureReport) AddJob(ctx context.Context, what string, id int64) {
	if len(r.lines) == MaxFailures {
		r.left++
		return
	}
	job, err := r.Client.Job(ctx, id)
	if err != nil {
		r.Add("%s (job %d) failed; the reason could not be read: %s", what, id, err)
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
		log = fmt.Sprintf("\n  log: %s/v6/job-executions/%d/logs/combined/", r.Client.Endpoint(), job.Execution.ID)
		log += r.lastLines(ctx, job.Execution.ID)
	}
	r.Add("%s (job %d, %s %s) failed: %s%s", what, id, job.JobType.Name, job.JobType.Version, reason, log)
}
