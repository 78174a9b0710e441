package recipe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// jobsPerRequest bounds the ids in one request: they stand in the URL of a list.
const jobsPerRequest = 200

// requeue lets jobs run again and watches them.
type requeue struct {
	client *client.Client
	tell   *kit.Progress
	before map[int64]api.Job // the jobs, as they were
	last   map[int64]api.Job // as they were seen last
}

// newRequeue takes those of chosen that can run again (contract 1.4).
func newRequeue(c *client.Client, p *kit.Progress, chosen []api.Job) *requeue {
	r := &requeue{client: c, tell: p, before: map[int64]api.Job{}}
	for _, j := range chosen {
		ranOrEnded := j.NumExes > 0 || j.Status == kit.StatusCanceled || j.Status == kit.StatusFailed
		if j.Status != kit.StatusCompleted && !j.IsSuperseded && ranOrEnded {
			r.before[j.ID] = j
		}
	}
	r.last = maps.Clone(r.before)
	return r
}

// batches are the ids of the jobs, in portions for one request each.
func (r *requeue) batches() [][]int64 {
	return slices.Collect(slices.Chunk(slices.Sorted(maps.Keys(r.before)), jobsPerRequest))
}

// start asks for the jobs; priority 0 leaves each its own. An interrupt does not come in
// between.
func (r *requeue) start(ctx context.Context, priority int64) error {
	var p *int
	if priority != 0 {
		p = new(int(priority))
	}
	for _, ids := range r.batches() {
		err := r.client.RequeueJobs(context.WithoutCancel(ctx), api.JobRequeue{JobFilter: api.JobFilter{JobIDs: ids}, Priority: p})
		if err != nil {
			return err
		}
	}
	return nil
}

// wait waits until all jobs have ended once more, and reports those that have not
// completed.
func (r *requeue) wait(ctx context.Context, timeout time.Duration, diags *diag.Diagnostics) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	left, err := kit.Poll[[]api.Job]{Look: r.look, Pause: kit.PauseBetweenLooks}.Run(limited)
	switch {
	case ctx.Err() != nil:
		diags.AddError("Interrupted while waiting for jobs", fmt.Sprintf("%d jobs go on.", len(left)))
		return
	case errors.Is(err, context.DeadlineExceeded):
		var lines []string
		for _, j := range left[:min(len(left), kit.MaxFailures)] {
			lines = append(lines, "- "+jobText(j))
		}
		diags.AddError(fmt.Sprintf("%d jobs have not finished in time", len(left)), fmt.Sprintf("They did not finish within %s, and go on:"+
			"\n%s\n\nMore time is given with timeouts = { invoke = \"1h\" }.", timeout, strings.Join(lines, "\n")))
		return
	case err != nil:
		fault.Add(diags, "Cannot wait for jobs", err)
		return
	}
	report := kit.FailureReport{Client: r.client}
	bad := 0
	for _, id := range slices.Sorted(maps.Keys(r.last)) {
		if j := r.last[id]; j.Status == kit.StatusFailed {
			bad++
			report.AddJob(ctx, jobPlace(j), id)
		} else if j.Status != kit.StatusCompleted {
			bad++
			report.Add("%s", jobText(j))
		}
	}
	if bad > 0 {
		diags.AddError(fmt.Sprintf("%d of %d jobs have not completed", bad, len(r.last)), report.Text())
	}
}

// look reads the jobs again, tells of those with another status, and returns those that
// have not ended.
func (r *requeue) look(ctx context.Context) (left []api.Job, settled bool, err error) {
	for _, ids := range r.batches() {
		jobs, err := r.client.Jobs(ctx, client.JobQuery{JobIDs: ids, Order: []string{"id"}})
		if err != nil {
			return nil, false, err
		}
		for _, j := range jobs {
			if old := r.last[j.ID]; old.Status != j.Status || old.NumExes != j.NumExes {
				r.tell.Say("%s", capital(jobText(j)))
			}
			r.last[j.ID] = j
			if !r.hasEnded(j) {
				left = append(left, j)
			}
		}
	}
	return left, len(left) == 0, nil
}

// hasEnded tells whether a job has ended after it was requeued, or cannot run at all,
// because of others.
func (r *requeue) hasEnded(j api.Job) bool {
	old := r.before[j.ID]
	switch j.Status {
	case kit.StatusCompleted:
		return true
	case kit.StatusFailed, kit.StatusCanceled:
		return j.NumExes > old.NumExes || j.Status != old.Status || j.IsSuperseded
	case kit.StatusBlocked:
		return true
	default:
		return false
	}
}

// jobText reads "job 12 (calibrate 1.0.0, node "a" of recipe 3): QUEUED".
func jobText(j api.Job) string {
	return fmt.Sprintf("job %d (%s %s, %s): %s", j.ID, j.JobType.Name, j.JobType.Version, jobPlace(j), j.Status)
}

// jobPlace is where a job is in a recipe.
func jobPlace(j api.Job) string {
	if j.Recipe == nil || j.RecipeNode == nil {
		return "no recipe"
	}
	return fmt.Sprintf("node %q of recipe %d", *j.RecipeNode, j.Recipe.ID)
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
