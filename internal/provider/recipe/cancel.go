package recipe

import (
	"context"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// cancelRecipe cancels the jobs of a recipe and of its sub-recipes, and waits until
// they have stopped; it returns the last that it saw. A recipe that is settled is left
// alone.
func cancelRecipe(
	ctx context.Context, c *client.Client, id int64, timeout time.Duration, tell kit.TellProgress,
) (api.RecipeDetail, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	wait := kit.RecipeWait{Pause: kit.PauseBetweenLooks, Tell: tell}
	wait.Look = func(ctx context.Context) (api.RecipeDetail, error) {
		d, err := kit.NewestRecipe(ctx, c, id)
		if err != nil || kit.IsSettled(kit.RunStatus(d.IsCompleted, d.RecipeCounts)) {
			return d, err
		}
		// Every time: nodes may have been created since the last one.
		ids, err := c.UnfinishedRecipes(ctx, d)
		if err != nil {
			return d, err
		}
		return d, c.CancelJobs(ctx, api.JobFilter{RecipeIDs: ids})
	}
	return wait.Run(ctx)
}
