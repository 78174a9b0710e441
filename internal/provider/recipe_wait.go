package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
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
	tell  tellProgress                           // nil: nobody listens
}

// run returns the last that it saw of the recipe. Its errors are those of poll.
func (w recipeWait) run(ctx context.Context) (api.RecipeDetail, error) {
	var last api.RecipeDetail
	return poll[api.RecipeDetail]{pause: w.pause, look: func(ctx context.Context) (api.RecipeDetail, bool, error) {
		d, err := w.look(ctx)
		if err != nil {
			return d, false, err
		}
		w.tell.news(ctx, last, d)
		last = d
		return d, isSettled(runStatus(d.IsCompleted, d.RecipeCounts)), nil
	}}.run(ctx)
}

// awaitRecipe waits until a recipe, or the one that has superseded it, is settled. The
// error is context.DeadlineExceeded when the time is up, with the last failure.
func awaitRecipe(
	ctx context.Context, c *client.Client, id int64, timeout time.Duration, tell tellProgress,
) (api.RecipeDetail, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return recipeWait{
		look:  func(ctx context.Context) (api.RecipeDetail, error) { return newestRecipe(ctx, c, id) },
		pause: pauseBetweenLooks,
		tell:  tell,
	}.run(ctx)
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
	return text + lastFailure(err) + " The recipe goes on."
}
