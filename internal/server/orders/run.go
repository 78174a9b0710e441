package orders

import (
	"context"
	"errors"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Whatever changes an order or its runs locks first the trees of their recipes, if it
// has to do with them at all, then the order's row: the progress of a recipe holds the
// former when it comes to the latter.

// start begins a run of an order whose row is locked; the run has its HID, OrderID and
// ScheduledFor, and its ID if it was planned. What no longer fits makes a run that failed.
func (d *Desk) start(ctx context.Context, tx *store.Tx, o store.RecipeOrder, run *store.OrderRun, user string) error {
	plan, err := d.planRun(ctx, tx, o, *run, planning{starts: true})
	if waits(err, d.Clock()) {
		return err
	}
	if refusal, ok := errors.AsType[*refusal.Error](err); ok {
		run.Error = usecase.Clip(refusal.Message)
		if run.Variables, err = usecase.Encode(plan.variables); err != nil { // those whom they name hear of it
			return err
		}
		if err := d.saveRun(ctx, tx, run, order.RunActive); err != nil {
			return err
		}
		return d.setRun(ctx, tx, run.ID, order.RunFailed)
	}
	if err != nil {
		return err
	}
	return d.begin(ctx, tx, run, plan, user)
}

// begin makes the recipe of a run and takes it as far as it goes.
func (d *Desk) begin(ctx context.Context, tx *store.Tx, run *store.OrderRun, plan runPlan, user string) error {
	r := plan.recipe
	return d.engine.BeginRecipe(ctx, tx, &r, plan.input, user, func(ctx context.Context, tx *store.Tx, r store.Recipe) error {
		return d.attach(ctx, tx, run, plan, r)
	})
}

// attach makes a run active with its recipe, to which nothing has happened yet.
func (d *Desk) attach(ctx context.Context, tx *store.Tx, run *store.OrderRun, plan runPlan, r store.Recipe) (err error) {
	if run.Variables, err = usecase.Encode(plan.variables); err != nil {
		return err
	}
	run.RecipeID, run.MaxDuration, run.Timeout = &r.ID, plan.maxDuration, plan.timeout
	if err := d.saveRun(ctx, tx, run, order.RunActive); err != nil {
		return err
	}
	return d.alert(ctx, tx, *run, order.RunStart)
}

// saveRun stores a run that begins.
func (d *Desk) saveRun(ctx context.Context, tx *store.Tx, run *store.OrderRun, status order.RunStatus) error {
	now := d.Now()
	run.Status, run.Started, run.LastModified = string(status), &now, now
	if run.ScheduledFor.After(now.Time) {
		run.Started = run.ScheduledFor.Ptr()
	}
	if run.MaxDuration != nil {
		run.Overdue = store.At(run.Started.Add(time.Duration(*run.MaxDuration) * time.Second)).Ptr()
	}
	run.Deadline = deadline(*run, *run.Started)
	if run.ID != 0 {
		return tx.Update(ctx, run)
	}
	run.Created = now
	return tx.Insert(ctx, run)
}

// runFor is a run for who may change it, with its order.
func runFor(ctx context.Context, tx *store.Tx, hid string, by Actor) (run store.OrderRun, o store.RecipeOrder, err error) {
	if run, err = tx.OrderRunByHID(ctx, hid); err != nil {
		return run, o, refusal.Found(err)
	}
	if o, err = tx.RecipeOrder(ctx, run.OrderID); err != nil {
		return run, o, err
	}
	k, err := tx.Kitchen(ctx, o.KitchenID)
	if err != nil {
		return run, o, err
	}
	return run, o, by.mayChange(k)
}

// schedule gives a run that starts outside of any schedule its time: the next full
// millisecond, so that who looked at a clock before asking sees a later time, and later
// than that of every other run of the order that has been due. It is never that of a tick,
// whose run would find its place taken.
func (d *Desk) schedule(ctx context.Context, tx *store.Tx, o store.RecipeOrder, run *store.OrderRun) error {
	s, err := scheduleOf(o)
	if err != nil {
		return err
	}
	at := d.Clock().Truncate(time.Millisecond).Add(time.Millisecond)
	latest, err := tx.LatestScheduled(ctx, o.ID, store.At(at.Add(byHandAhead)))
	if err != nil {
		return err
	}
	if latest != nil && !at.After(latest.Time) {
		at = latest.Truncate(time.Millisecond).Add(time.Millisecond)
	}
	for tick, ok := s.Next(at.Add(-1)); ok && tick.Equal(at); tick, ok = s.Next(at.Add(-1)) {
		at = at.Add(time.Millisecond)
	}
	run.OrderID, run.ScheduledFor = o.ID, store.At(at)
	return nil
}

// byHandAhead is how far the times of runs by hand may be ahead of the clock, as there are many
// of them in one millisecond. Later ones are those of runs that are planned.
const byHandAhead = time.Minute

// RunOrder starts a run of an order beside its schedule. An order that was stopped for
// good, or whose only run goes on or is still to come, is a Conflict. A key (nil: none)
// makes it safe to repeat.
func (d *Desk) RunOrder(ctx context.Context, orderHID string, by Actor, key *usecase.IdempotencyKey) (store.OrderRun, error) {
	return d.makeRun(ctx, key, func(ctx context.Context, tx *store.Tx, run *store.OrderRun) error {
		o, err := lockOrder(ctx, tx, orderHID, by)
		if err != nil {
			return err
		}
		s, err := scheduleOf(o)
		if err != nil {
			return err
		}
		switch {
		case o.Status == string(order.Stopped):
			return refusal.Errorf(refusal.Conflict, "Order %s was stopped for good; order anew", orderHID)
		case s.IsNow() && o.Status == string(order.Active):
			return refusal.Errorf(refusal.Conflict, "Order %s runs already, or will; wait for its run, or stop it", orderHID)
		}
		if err := d.schedule(ctx, tx, o, run); err != nil {
			return err
		}
		plan, err := d.planRun(ctx, tx, o, *run, planning{starts: true})
		if err != nil {
			return err
		}
		if s.IsNow() {
			if err := d.followRun(ctx, tx, &o, order.RunActive); err != nil {
				return err
			}
		}
		return d.begin(ctx, tx, run, plan, by.Name)
	})
}

// makeRun makes a run, which has its HID, at somebody's request; see once.
func (d *Desk) makeRun(ctx context.Context, key *usecase.IdempotencyKey, start func(context.Context, *store.Tx, *store.OrderRun) error) (store.OrderRun, error) {
	var run store.OrderRun
	hid := newHID()
	err := d.Once(ctx, key, usecase.MadeOrderRun, func(ctx context.Context, tx *store.Tx) (m usecase.Made, err error) {
		run = store.OrderRun{HID: hid}
		if err := start(ctx, tx, &run); err != nil {
			return m, err
		}
		run, err = tx.OrderRun(ctx, run.ID)
		return usecase.Made{ID: run.ID}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		run, err = tx.OrderRun(ctx, key.ObjectID)
		return refusal.Found(err)
	})
	return run, err
}

// DeleteRun stops a run that has not ended, and removes it; its recipe stays.
func (d *Desk) DeleteRun(ctx context.Context, runHID string, by Actor) error {
	for {
		run, gone, err := d.removeRun(ctx, runHID, by)
		if gone || err != nil {
			return err
		}
		if err := d.stopRun(ctx, run); err != nil {
			return err
		}
	}
}

// removeRun removes a run that has ended. Another one stays.
func (d *Desk) removeRun(ctx context.Context, runHID string, by Actor) (run store.OrderRun, gone bool, err error) {
	err = d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var o store.RecipeOrder
		if run, o, err = runFor(ctx, tx, runHID, by); err != nil {
			return err
		}
		if _, err := tx.LockRecipeOrder(ctx, o.ID); err != nil {
			return refusal.Found(err)
		}
		if run, err = tx.OrderRun(ctx, run.ID); err != nil {
			return refusal.Found(err)
		}
		if gone = order.RunStatus(run.Status).HasEnded(); !gone {
			return nil
		}
		return tx.DeleteOrderRun(ctx, run.ID)
	})
	return run, gone, err
}
