package orders

import (
	"context"
	"log/slog"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// setRun gives a run a status, its order the one that follows, and alerts.
func (d *Desk) setRun(ctx context.Context, tx *store.Tx, runID int64, status order.RunStatus) error {
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
	if status == order.RunStopped && run.Expired != nil {
		status = order.RunFailed // nobody has stopped it
	}
	before := order.RunStatus(run.Status)
	if before == status {
		return nil
	}
	if !before.MayBecome(status) {
		d.Log.DebugContext(ctx, "a run stays what it is", slog.String("run", run.HID), slog.String("status", run.Status), slog.String("refused", string(status)))
		return nil
	}
	now := d.Now()
	run.Status, run.Ended, run.LastModified = string(status), nil, now
	if before.HasEnded() && !status.HasEnded() && run.MaxDuration != nil { // it goes on, from now
		run.Overdue = store.At(now.Add(time.Duration(*run.MaxDuration) * time.Second)).Ptr()
	}
	if status.HasEnded() {
		run.Overdue, run.Deadline, run.Ended = nil, nil, &now
		if run.Started != nil && run.Started.After(now.Time) {
			run.Ended = run.Started
		}
	}
	if status == order.RunActive { // it goes on, after its end
		run.Error, run.Expired = "", nil
		run.Deadline = deadline(run, now)
	}
	if err := tx.Update(ctx, &run); err != nil {
		return err
	}
	if err := d.followRun(ctx, tx, &o, status); err != nil {
		return err
	}
	return d.alertEnd(ctx, tx, run)
}

// followRun gives an order whose row is locked the status that follows from its run's
// (contract 2): that of the run if it runs only once, unless it was stopped.
func (d *Desk) followRun(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, run order.RunStatus) error {
	s, err := scheduleOf(*o)
	if err != nil {
		return err
	}
	status := run.Order()
	switch {
	case !s.IsNow():
		return d.completeOrder(ctx, tx, o)
	case !status.HasEnded():
		o.Status, o.Ended, o.LastModified = string(status), nil, d.Now()
		return tx.Update(ctx, o)
	case o.Status == string(order.Stopped):
		return nil
	}
	return d.endOrder(ctx, tx, o, status)
}

// alertEnd tells how a run has ended; of one that was stopped nobody is told.
func (d *Desk) alertEnd(ctx context.Context, tx *store.Tx, run store.OrderRun) error {
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
			if err := d.alert(ctx, tx, run, order.RunWarning); err != nil {
				return err
			}
		}
	}
	return d.alert(ctx, tx, run, event)
}

// deadline is when a run that begins at that time is ended; nil: never.
func deadline(run store.OrderRun, begins store.Time) *store.Time {
	if run.Timeout == nil {
		return nil
	}
	return store.At(begins.Add(time.Duration(*run.Timeout) * time.Second)).Ptr()
}
