package engine

import (
	"context"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// follow gives the run of a recipe the status that follows from the recipe's, if that
// has settled, or goes on after all.
func (a *advancer) follow(ctx context.Context, r store.Recipe, before recipe.JobStatus) error {
	after := statusOf(r)
	if r.ParentID != nil || !before.IsSettled() && !after.IsSettled() {
		return nil
	}
	run, err := a.tx.OrderRunOfRecipe(ctx, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.engine.setRun(ctx, a.tx, run.ID, order.RunStatusOf(after))
}

// setRun gives a run a status, its order the one that follows, and alerts.
func (e *Engine) setRun(ctx context.Context, tx *store.Tx, runID int64, status order.RunStatus) error {
	run, err := tx.OrderRun(ctx, runID)
	if err != nil {
		return err
	}
	o, err := tx.LockRecipeOrder(ctx, run.OrderID)
	if err != nil {
		return err
	}
	if run, err = tx.OrderRun(ctx, runID); err != nil {
		return err
	}
	if run.Status == string(order.RunResumed) || run.Status == string(status) {
		return nil
	}
	now := e.now()
	run.Status, run.Ended, run.LastModified = string(status), nil, now
	if status.HasEnded() {
		run.Overdue, run.Ended = nil, &now
		if run.Started != nil && run.Started.After(now.Time) {
			run.Ended = run.Started
		}
	}
	if err := tx.Update(ctx, &run); err != nil {
		return err
	}
	if err := e.followRun(ctx, tx, &o, status); err != nil {
		return err
	}
	return e.alertEnd(ctx, tx, run)
}

// followRun gives an order whose row is locked the status that follows from its run's
// (contract 2): that of the run if it runs only once, unless it was stopped.
func (e *Engine) followRun(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, run order.RunStatus) error {
	s, err := scheduleOf(*o)
	if err != nil {
		return err
	}
	status := run.Order()
	switch {
	case !s.IsNow():
		return e.completeOrder(ctx, tx, o)
	case !status.HasEnded():
		o.Status, o.Ended, o.LastModified = string(status), nil, e.now()
		return tx.Update(ctx, o)
	case o.Status == string(order.Stopped):
		return nil
	}
	return e.endOrder(ctx, tx, o, status)
}

// alertEnd tells how a run has ended; of one that was stopped nobody is told.
func (e *Engine) alertEnd(ctx context.Context, tx *store.Tx, run store.OrderRun) error {
	event := map[order.RunStatus]order.Event{order.RunCompleted: order.RunSuccess, order.RunFailed: order.RunError}[order.RunStatus(run.Status)]
	if event == "" {
		return nil
	}
	if run.RecipeID != nil {
		several, err := tx.NeededSeveralTries(ctx, *run.RecipeID)
		if err != nil {
			return err
		}
		if several {
			if err := e.alert(ctx, tx, run, order.RunWarning); err != nil {
				return err
			}
		}
	}
	return e.alert(ctx, tx, run, event)
}

// moveRun gives the run of a recipe that is reprocessed, not resumed, the new recipe.
func (e *Engine) moveRun(ctx context.Context, tx *store.Tx, oldID int64, next store.Recipe) error {
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
	return e.setRun(ctx, tx, run.ID, order.RunActive)
}
