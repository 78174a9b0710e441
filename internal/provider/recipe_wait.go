package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// The pauses between two looks at a recipe.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// newestRecipe follows the chain of reprocesses from id to its last recipe.
func newestRecipe(ctx context.Context, c *client.Client, id int64) (api.RecipeDetail, error) {
	d, _, err := followChain(ctx, c, id)
	return d, err
}

// recipeWait waits until a recipe is settled.
type recipeWait struct {
	look  func(context.Context) (api.RecipeDetail, error)
	pause func(ctx context.Context, n int) error // before the n-th look, n from 0
}

// run returns the last that it saw of the recipe. A server that cannot be reached
// or fails for a while is waited for, too. The error is that of the context, with
// the last failure joined to it, or one that does not pass.
func (w recipeWait) run(ctx context.Context) (api.RecipeDetail, error) {
	var last api.RecipeDetail
	var failure error
	for n := 0; ; n++ {
		if err := w.pause(ctx, n); err != nil {
			return last, errors.Join(err, failure)
		}
		d, err := w.look(ctx)
		switch {
		case err == nil:
			failure = nil
		case ctx.Err() != nil:
			return last, errors.Join(ctx.Err(), failure)
		case !mayPass(err):
			return last, err
		default:
			failure = err
			tflog.Warn(ctx, "recipe could not be read; trying again", map[string]any{"error": err.Error()})
			continue
		}
		if d.LastModified != last.LastModified || n == 0 {
			tflog.Info(ctx, "waiting for recipe", map[string]any{
				"recipe_id": d.ID, "status": runStatus(d.IsCompleted, d.RecipeCounts),
				"jobs_completed": d.JobsCompleted, "jobs_running": d.JobsRunning, "jobs_total": d.JobsTotal,
			})
		}
		last = d
		if isSettled(runStatus(d.IsCompleted, d.RecipeCounts)) {
			return last, nil
		}
	}
}

// mayPass tells whether a failed request can succeed later without anybody's help.
func mayPass(err error) bool {
	e, ok := errors.AsType[*api.Error](err)
	return !ok || e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests ||
		e.Status == http.StatusRequestTimeout
}

// pauseBetweenLooks sleeps longer every time, up to lastPause.
func pauseBetweenLooks(ctx context.Context, n int) error {
	timer := time.NewTimer(pauseLength(n))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func pauseLength(n int) time.Duration {
	if n > 10 {
		return lastPause
	}
	return min(firstPause<<max(n-1, 0), lastPause)
}

// timeoutText tells what a recipe was doing when the time was up.
func timeoutText(d api.RecipeDetail, timeout time.Duration, err error) string {
	n := d.RecipeCounts
	text := fmt.Sprintf("It did not finish within %s. It is %s: %d of %d jobs completed, %d running, %d queued, %d failed.",
		timeout, runStatus(d.IsCompleted, n), n.JobsCompleted, n.JobsTotal, n.JobsRunning, n.JobsQueued, n.JobsFailed)
	switch {
	case d.ID == 0:
		text = fmt.Sprintf("Nothing could be learned about it within %s.", timeout)
	case n.JobsRunning > 0:
		text += " Jobs were still running: they may just need more time."
	case n.JobsQueued > 0:
		text += " Jobs were still queued: no worker has taken them. Are there workers, and are the job types paused?"
	default:
		text += " No job was queued or running yet: the backend is behind, or its workers are down."
	}
	for _, e := range unjoin(err) {
		if !errors.Is(e, context.DeadlineExceeded) && !errors.Is(e, context.Canceled) {
			text += " The backend could not be read at last: " + sentence(e.Error())
		}
	}
	return text + " The recipe goes on. It is in the state, with its id; more time is given with timeouts, for example \"1h\"."
}

func unjoin(err error) []error {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
