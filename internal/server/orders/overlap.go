package orders

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// overlaps deals with the run of a tick that is due while another of its order goes on. It is true if
// the run does not start now: a held one, which is the latest that is due, starts when the other has ended, and so does
// one for which the other is stopped; a skipped one never. The order is due again after that time, and
// others that it has missed before are recorded.
func (d *Desk) overlaps(ctx context.Context, tx *store.Tx, o store.RecipeOrder, s *schedule.Schedule, tick, after time.Time,
	record func(*store.RecipeOrder) error,
) (bool, error) {
	locked, err := tx.LockRecipeOrder(ctx, o.ID)
	if err != nil {
		return true, refusal.Found(err)
	}
	active, _, err := tx.OrderRuns(ctx, store.OrderRunFilter{
		OrderIDs: []int64{o.ID}, Statuses: []string{string(order.RunActive)}, Paging: store.Paging{PageSize: 1},
	})
	if err != nil || len(active) == 0 {
		return err != nil, err
	}
	if order.Overlap(o.Overlap) != order.OverlapSkip {
		return true, nil
	}
	var next *store.Time
	if t, ok := s.Next(after); ok {
		next = store.At(t).Ptr()
	}
	ours, err := tx.AdvanceOrder(ctx, o.ID, *o.NextFire, next, 0, d.Now())
	if err != nil || !ours {
		return true, err
	}
	err = tx.InsertSkippedRun(ctx, store.SkippedRun{OrderID: o.ID, ScheduledFor: store.At(tick), Created: d.Now(),
		Reason: fmt.Sprintf("run %s was still under way, and overlap is skip", active[0].HID)})
	if err != nil {
		return true, err
	}
	locked.RunsSkipped, locked.NextFire = locked.RunsSkipped+1, next
	if err := tx.Update(ctx, &locked, "runs_skipped"); err != nil {
		return true, err
	}
	if err := record(&locked); err != nil {
		return true, err
	}
	return true, d.completeOrder(ctx, tx, &locked)
}

// makeWay stops the runs of an order for the one that is due at tick. It is true if none goes on any
// more; until then the order stays due.
func (d *Desk) makeWay(ctx context.Context, o store.RecipeOrder, tick time.Time) (clear bool, err error) {
	active, _, err := d.Store.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{o.ID}, Statuses: []string{string(order.RunActive)}})
	if err != nil {
		return false, err
	}
	why := fmt.Sprintf("Stopped for the run that was due at %s, as overlap is cancel", tick.Format(time.RFC3339))
	clear = true
	for _, run := range active {
		if err := d.note(ctx, run, func(r *store.OrderRun) { r.Error = why }); err != nil {
			return false, err
		}
		stopped, err := d.tryStop(ctx, run, d.Clock().Sub(tick) > stopPatience)
		if err != nil {
			return false, err
		}
		clear = clear && stopped
	}
	return clear, nil
}

// tryStop is one step of stopRun.
func (d *Desk) tryStop(ctx context.Context, run store.OrderRun, late bool) (stopped bool, err error) {
	if run.RecipeID != nil {
		ids, err := d.Store.RecipeFamily(ctx, *run.RecipeID)
		if err == nil {
			err = d.engine.CancelJobs(ctx, store.JobFilter{RecipeIDs: ids})
		}
		if err != nil {
			return false, err
		}
	}
	return d.endStopped(ctx, &run, late)
}

// note changes a run that goes on.
func (d *Desk) note(ctx context.Context, run store.OrderRun, change func(*store.OrderRun)) error {
	return d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.LockRecipeOrder(ctx, run.OrderID); err != nil {
			return refusal.Found(err)
		}
		now, err := tx.OrderRun(ctx, run.ID)
		if err != nil || now.Status != string(order.RunActive) {
			return err
		}
		change(&now)
		return tx.Update(ctx, &now)
	})
}

// endExpired ends runs whose time is over: they have failed.
func (d *Desk) endExpired(ctx context.Context, now store.Time) error {
	rows, err := d.Store.ExpiredRuns(ctx, now, dueBatch)
	if err != nil {
		return err
	}
	for _, run := range rows {
		expireErr := d.note(ctx, run, func(r *store.OrderRun) {
			if r.Expired == nil && r.Timeout != nil {
				r.Expired = &now
				r.Error = fmt.Sprintf("timeout: the run took longer than %s, which is the timeout of its order or variation", time.Duration(*r.Timeout)*time.Second)
			}
		})
		if expireErr == nil {
			_, expireErr = d.tryStop(ctx, run, now.Sub(run.Deadline.Time) > stopPatience)
		}
		err = errors.Join(err, expireErr)
	}
	return err
}
