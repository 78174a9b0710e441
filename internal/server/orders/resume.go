package orders

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// ResumeRun runs what did not complete of a failed or stopped run again: a new run of
// the same order, whose recipe supersedes the old one's. All variables but the order's
// own, and the times for which the run was due, are read again; what they make of the input and the settings counts for the nodes
// that run now, while those that have completed keep what they were made from. A run that never started
// starts anew. Runs in any other status, and those of an order with a schedule that was
// stopped for good, are a Conflict. A key (nil: none) makes it safe to repeat.
func (d *Desk) ResumeRun(ctx context.Context, runHID string, by Actor, key *usecase.IdempotencyKey) (store.OrderRun, error) {
	return d.makeRun(ctx, key, func(ctx context.Context, tx *store.Tx, next *store.OrderRun) error {
		run, o, err := runFor(ctx, tx, runHID, by)
		if err != nil {
			return err
		}
		if run.RecipeID != nil {
			if err := engine.LockTrees(ctx, tx, []int64{*run.RecipeID}); err != nil {
				return err
			}
		}
		if o, err = tx.LockRecipeOrder(ctx, o.ID); err != nil {
			return refusal.Found(err)
		}
		if run, err = tx.OrderRun(ctx, run.ID); err != nil {
			return refusal.Found(err)
		}
		if err := mayResume(run, o); err != nil {
			return err
		}
		now := d.Now()
		run.Status, run.ResumedBy, run.LastModified = string(order.RunResumed), &next.HID, now
		if err := tx.Update(ctx, &run); err != nil {
			return err
		}
		if err := d.followRun(ctx, tx, &o, order.RunActive); err != nil {
			return err
		}
		if err := d.schedule(ctx, tx, o, next); err != nil {
			return err
		}
		next.DueFor = run.Due().Ptr()
		plan, err := d.planRun(ctx, tx, o, *next, planning{starts: true, resumes: run.RecipeID})
		if err != nil {
			return err
		}
		if run.RecipeID == nil {
			return d.begin(ctx, tx, next, plan, by.Name)
		}
		return d.resume(ctx, tx, next, plan, *run.RecipeID, by.Name)
	})
}

func mayResume(run store.OrderRun, o store.RecipeOrder) error {
	if !order.RunStatus(run.Status).CanResume() {
		return refusal.Errorf(refusal.Conflict, "Order run %s is %s; only runs with an error or stopped ones can be resumed", run.HID, run.Status)
	}
	s, err := scheduleOf(o)
	if err != nil {
		return err
	}
	if !s.IsNow() && o.Status == string(order.Stopped) {
		return refusal.Errorf(refusal.Conflict, "Order %s was stopped for good; order anew", o.HID)
	}
	return nil
}

// resume reprocesses the recipe of a run for another one.
func (d *Desk) resume(ctx context.Context, tx *store.Tx, next *store.OrderRun, plan runPlan, recipeID int64, user string) error {
	old, err := tx.Recipe(ctx, recipeID)
	if err != nil {
		return err
	}
	if old.RecipeTypeID != plan.recipe.RecipeTypeID {
		return refusal.Errorf(refusal.Conflict, "The recipe stands for another recipe type now than when run %s began; order anew", next.HID)
	}
	forced, err := unfinished(ctx, tx, old.ID)
	if err != nil {
		return err
	}
	p, err := d.engine.PlanReprocess(ctx, tx, old, forced, plan.revisionNum)
	if err != nil {
		return err
	}
	p.Input, p.Configuration = plan.input, plan.recipe.Configuration
	p.Attach = func(ctx context.Context, tx *store.Tx, r store.Recipe) error { return d.attach(ctx, tx, next, plan, r) }
	_, err = d.engine.CarryOut(ctx, tx, p, user)
	return err
}

// unfinished forces what has not completed of a recipe.
func unfinished(ctx context.Context, tx *store.Tx, recipeID int64) (recipe.ForcedNodes, error) {
	forced := recipe.ForcedNodes{SubRecipes: map[string]recipe.ForcedNodes{}}
	rows, err := tx.RecipeNodesFull(ctx, recipeID)
	if err != nil {
		return forced, err
	}
	for _, row := range rows {
		switch {
		case row.SubRecipe != nil && !row.SubRecipe.IsCompleted:
			if forced.SubRecipes[row.NodeName], err = unfinished(ctx, tx, row.SubRecipe.ID); err != nil {
				return forced, err
			}
		case row.Job != nil && row.Job.Status != string(recipe.Completed), row.Condition != nil && !row.Condition.IsProcessed:
			forced.Nodes = append(forced.Nodes, row.NodeName)
		}
	}
	return forced, nil
}
