package orders

import (
	"context"
	"errors"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// stopPatience is how long a run that is being stopped waits for its processes to end.
	// What takes longer was told, and the run is stopped all the same.
	stopPatience = 10 * time.Second
	// stopLook is the pause between two looks.
	stopLook = 100 * time.Millisecond
)

// StopRun stops a run; a run-once order is stopped with it. To stop a run that is
// stopped already is nothing to do; one that has ended otherwise is a Conflict.
func (d *Desk) StopRun(ctx context.Context, runHID string, by Actor) (store.OrderRun, error) {
	var run store.OrderRun
	err := d.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		run, _, err = runFor(ctx, tx, runHID, by)
		return err
	})
	if err != nil {
		return run, err
	}
	if status := order.RunStatus(run.Status); status.HasEnded() && status != order.RunStopped {
		return run, refusal.Errorf(refusal.Conflict, "Order run %s has ended already (%s); there is nothing to stop", runHID, run.Status)
	}
	if err := d.stopRun(ctx, run); err != nil {
		return run, err
	}
	return d.Store.OrderRun(ctx, run.ID)
}

// stopRun cancels the jobs of a run, those too that begin meanwhile, and returns when their
// processes have ended: what is done next may need what they work on. A run that goes on
// without any job, or has not begun, is stopped all the same.
func (d *Desk) stopRun(ctx context.Context, run store.OrderRun) error {
	patience := time.NewTimer(d.patience)
	defer patience.Stop()
	look := time.NewTicker(stopLook)
	defer look.Stop()
	for late := false; ; {
		if run.RecipeID != nil {
			ids, err := d.Store.RecipeFamily(ctx, *run.RecipeID)
			if err == nil {
				err = d.engine.CancelJobs(ctx, store.JobFilter{RecipeIDs: ids})
			}
			if err != nil {
				return err
			}
		}
		stopped, err := d.endStopped(ctx, &run, late)
		if err != nil || stopped {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			late = true
		case <-look.C:
		}
	}
}

// endStopped gives a run its end if none of its jobs is left that could go on, which only
// the locks can tell. Run becomes what it is now. Late waits for no process any more: what
// its server was killed over may end at any time, so nothing new begins from here on.
func (d *Desk) endStopped(ctx context.Context, run *store.OrderRun, late bool) (stopped bool, err error) {
	err = d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		stopped = false
		before, err := tx.OrderRun(ctx, run.ID)
		if err != nil {
			return refusal.Found(err)
		}
		if before.RecipeID != nil {
			if err := engine.LockTrees(ctx, tx, []int64{*before.RecipeID}); err != nil {
				return err
			}
		}
		o, err := tx.LockRecipeOrder(ctx, before.OrderID)
		if err != nil {
			return refusal.Found(err)
		}
		asked := run.RecipeID
		if *run, err = tx.OrderRun(ctx, run.ID); err != nil {
			return refusal.Found(err)
		}
		if stopped = order.RunStatus(run.Status).HasEnded(); stopped {
			return nil
		}
		if run.RecipeID != nil {
			if asked == nil || *asked != *run.RecipeID {
				return nil // it has begun meanwhile, or was reprocessed
			}
			ids, err := tx.RecipeFamily(ctx, *run.RecipeID)
			if err != nil {
				return err
			}
			left, err := tx.JobIDs(ctx, store.JobFilter{RecipeIDs: ids, Statuses: []string{
				string(recipe.Pending), string(recipe.Blocked), string(recipe.Queued), string(recipe.Running),
			}})
			if err != nil || len(left) > 0 && !late {
				return err
			}
			if err := tx.StopRecipes(ctx, ids, d.Now()); err != nil {
				return err
			}
		}
		if run.Status == string(order.RunPlanned) {
			o.NextFire = nil
			if err := tx.Update(ctx, &o, "next_fire"); err != nil {
				return err
			}
		}
		stopped = true
		return d.setRun(ctx, tx, run.ID, order.RunStopped)
	})
	return stopped, err
}

// stopRuns stops whatever runs of an order go on.
func (d *Desk) stopRuns(ctx context.Context, o store.RecipeOrder) error {
	runs, _, err := d.Store.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{o.ID}, Statuses: unended()})
	for _, run := range runs {
		err = errors.Join(err, d.stopRun(ctx, run))
	}
	return err
}
