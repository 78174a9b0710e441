package orders

import (
	"context"
	"errors"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

var _ engine.Hook = (*Desk)(nil)

// AddWorkers implements engine.Hook: the delivery of alerts.
func (d *Desk) AddWorkers(workers *river.Workers) map[string]river.QueueConfig {
	river.AddWorker(workers, &alertWorker{desk: d}) // also those who only insert have to know the kind
	if d.alerts == nil {
		return nil
	}
	return map[string]river.QueueConfig{alertQueue: {MaxWorkers: alertWorkers, FetchPollInterval: min(max(d.pause, leastAlertPoll), mostAlertPoll)}}
}

// Settled implements engine.Hook: it gives the run of the recipe the status that follows.
func (d *Desk) Settled(ctx context.Context, tx *store.Tx, r store.Recipe, status recipe.JobStatus) error {
	run, err := tx.OrderRunOfRecipe(ctx, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.setRun(ctx, tx, run.ID, order.RunStatusOf(status))
}

// Superseded implements engine.Hook: it gives the run of a recipe that is reprocessed, not
// resumed, the new recipe.
func (d *Desk) Superseded(ctx context.Context, tx *store.Tx, oldID int64, next store.Recipe) error {
	run, err := tx.OrderRunOfRecipe(ctx, oldID)
	if errors.Is(err, store.ErrNotFound) || run.Status == string(order.RunResumed) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.LockRecipeOrder(ctx, run.OrderID); err != nil {
		return err
	}
	run.RecipeID = &next.ID
	if err := tx.Update(ctx, &run, "recipe_id"); err != nil {
		return err
	}
	return d.setRun(ctx, tx, run.ID, order.RunActive)
}

// TriedAgain implements engine.Hook: it warns, once, that a job of a run needs several tries.
func (d *Desk) TriedAgain(ctx context.Context, tx *store.Tx, rootID int64) error {
	run, err := tx.OrderRunOfRecipe(ctx, rootID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.alert(ctx, tx, run, order.RunWarning)
}

// ConfiguresSubRecipes implements engine.Hook: the settings of a run reach its jobs at any depth.
func (d *Desk) ConfiguresSubRecipes(ctx context.Context, tx *store.Tx, rootID int64) (bool, error) {
	_, err := tx.OrderRunOfRecipe(ctx, rootID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
