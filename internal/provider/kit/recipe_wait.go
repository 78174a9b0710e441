package kit

import (
	"context"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewestRecipe follows the chain of reprocesses from id to its last recipe.
func NewestRecipe(ctx context.Context, c *client.Client, id int64) (api.RecipeDetail, error) {
	d, _, err := FollowChain(ctx, c, id)
	return d, err
}

// RecipeWait waits until a recipe is settled.
type RecipeWait struct {
	Look  func(context.Context) (api.RecipeDetail, error)
	Pause func(ctx context.Context, n int) error // before the n-th look, n from 0
	Tell  TellProgress                           // nil: nobody listens
}

// Run returns the last that it saw of the recipe. Its errors are those of poll.
func (w RecipeWait) Run(ctx context.Context) (api.RecipeDetail, error) {
	var last api.RecipeDetail
	return Poll[api.RecipeDetail]{Pause: w.Pause, Look: func(ctx context.Context) (api.RecipeDetail, bool, error) {
		d, err := w.Look(ctx)
		if err != nil {
			return d, false, err
		}
		w.Tell.News(ctx, last, d)
		last = d
		return d, IsSettled(RunStatus(d.IsCompleted, d.RecipeCounts)), nil
	}}.Run(ctx)
}

// AwaitRecipe waits until a recipe, or the one that has superseded it, is settled. The
// error is context.DeadlineExceeded when the time is up, with the last failure.
func AwaitRecipe(
	ctx context.Context, c *client.Client, id int64, timeout time.Duration, tell TellProgress,
) (api.RecipeDetail, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return RecipeWait{
		Look:  func(ctx context.Context) (api.RecipeDetail, error) { return NewestRecipe(ctx, c, id) },
		Pause: PauseBetweenLooks,
		Tell:  tell,
	}.Run(ctx)
}

// TimeoutText tells what a recipe was doing when the time was up.
func TimeoutText(d api.RecipeDetail, timeout time.Duration, err error) string {
	n := d.RecipeCounts
	text := fmt.Sprintf("It did not finish within %s. It is %s: %d of %d jobs completed, %d running, %d queued, %d failed.",
		timeout, RunStatus(d.IsCompleted, n), n.JobsCompleted, n.JobsTotal, n.JobsRunning, n.JobsQueued, n.JobsFailed)
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
	return text + LastFailure(err) + " The recipe goes on."
}

// FollowChain goes from a recipe to the newest one of its chain of reprocesses.
func FollowChain(ctx context.Context, c *client.Client, id int64) (newest api.RecipeDetail, passed []int64, err error) {
	seen := map[int64]bool{}
	for {
		d, err := c.Recipe(ctx, id)
		if err != nil || d.SupersededByRecipe == nil || seen[d.SupersededByRecipe.ID] {
			return d, passed, err
		}
		seen[id] = true
		passed = append(passed, id)
		id = d.SupersededByRecipe.ID
	}
}
