package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	dueBatch = 100
	// maxGap is how long an engine may not have looked and still knows of every tick
	// since its watch began. After a longer gap the watch begins anew.
	maxGap = 10 * time.Second
	// unwatched is how old a tick from before the watch has to be to be given up: another
	// server may be about to start its run.
	unwatched = 30 * time.Second
	// shortWait keeps the loop from spinning while an order that is due cannot start.
	shortWait = 5 * time.Millisecond
)

// A watch knows since when an engine has looked for due orders without a gap. Runs that
// were due when nobody watched are not made up, but for those of its grace: when it begins, it
// counts as if it had begun so much earlier.
type watch struct {
	since, last time.Time
	grace       time.Duration
}

// look notes that the engine looks now.
func (w *watch) look(now time.Time) {
	if w.last.IsZero() || now.Sub(w.last) > maxGap || now.Before(w.last) {
		w.since = now.Add(-w.grace)
	}
	w.last = now
}

// due tells what to do with an order whose next run was due at that time: nothing
// (settled is false), to start the run of the latest tick that was watched, or to give
// up ticks that nobody watched (run is nil).
func (w watch) due(s *schedule.Schedule, next time.Time) (run *time.Time, settled bool) {
	tick, ok := next, !next.After(w.last)
	if ok && tick.Before(w.since) {
		if tick, ok = s.Next(w.since.Add(-1)); !ok || tick.After(w.last) {
			return nil, w.last.Sub(next) > unwatched
		}
	}
	if !ok {
		return nil, false
	}
	for {
		later, ok := s.Next(tick)
		if !ok || later.After(w.last) {
			return &tick, true
		}
		tick = later
	}
}

// lookAgain wakes the loop: an order may be due earlier than it knows.
func (d *Desk) lookAgain() {
	select {
	case d.ordered <- struct{}{}:
	default: // it is awake already
	}
}

// Loop implements engine.Hook: it starts the runs of orders as they become due. Every desk does,
// whichever of them took the order; none leads.
func (d *Desk) Loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	w := watch{grace: d.grace}
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.ordered:
		}
		wait := d.lookEvery
		if !d.engine.IsStopping() {
			next, err := d.look(ctx, &w)
			if err != nil && ctx.Err() == nil {
				d.Log.WarnContext(ctx, "looking for due orders; trying again", slog.Any("error", err))
			}
			if next != nil {
				wait = max(shortWait, min(wait, next.Sub(d.Clock())))
			}
		}
		timer.Reset(wait)
	}
}

// look starts what is due and tells when the next run will be; nil if none is planned.
func (d *Desk) look(ctx context.Context, w *watch) (*store.Time, error) {
	now := d.Now()
	var err error
	var tried []int64 // an order that cannot be fired is tried again at the next look
	for {
		rows, listErr := d.Store.DueOrders(ctx, now, dueBatch, tried...)
		if listErr != nil {
			return nil, errors.Join(err, listErr)
		}
		if len(tried) == 0 {
			w.look(now.Time) // only a look that could see counts
		}
		for _, o := range rows {
			tried = append(tried, o.ID)
			fireErr := d.fire(ctx, *w, o)
			if waits(fireErr, now.Time) {
				fireErr = d.noteWaiting(ctx, o, fireErr)
			}
			if fireErr != nil { // the others must not wait for this one
				err = errors.Join(err, fmt.Errorf("order %s: %w", o.HID, fireErr))
			}
		}
		if len(rows) < dueBatch || ctx.Err() != nil {
			break
		}
	}
	next, nextErr := d.Store.NextFire(ctx, now)
	return next, errors.Join(err, d.warnOverdue(ctx, now), d.endExpired(ctx, now), nextErr)
}

// fire starts the run of an order that is due, once among all servers, and sets the
// order's next time, both or nothing.
func (d *Desk) fire(ctx context.Context, w watch, o store.RecipeOrder) error {
	s, err := scheduleOf(o)
	if err != nil {
		return err
	}
	tick, settled := w.due(s, o.NextFire.Time)
	waiting := isWaiting(o)
	if !settled && !waiting {
		return nil
	}
	after, first := w.last, o.NextFire.Time
	if first.Before(w.since) {
		missed, made := order.CatchUp(o.CatchUp).Missed(s, first, w.since)
		switch {
		case made && order.CatchUp(o.CatchUp) == order.CatchUpAll:
			tick, after = &missed, missed // the others are due at the next looks
		case made && tick == nil:
			tick = &missed
		}
	}
	if tick == nil && waiting { // a server that is no more has looked at it in time
		tick = o.Waiting.Std()
	}
	started := 0
	if tick != nil {
		started = 1
	}
	if tick != nil && order.Overlap(o.Overlap) == order.OverlapCancel {
		if clear, err := d.makeWay(ctx, o, *tick); err != nil || !clear {
			return err
		}
	}
	var next *store.Time
	if t, ok := s.Next(after); ok && (s.MaxRuns() == 0 || o.RunCount+started < s.MaxRuns()) {
		next = store.At(t).Ptr()
	}
	return d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		record := func(locked *store.RecipeOrder) error {
			latest, n := missed(s, first, after, tick)
			return d.recordMissed(ctx, tx, locked, w, latest, n)
		}
		if tick != nil && order.Overlap(o.Overlap) != order.OverlapAllow {
			stays, err := d.overlaps(ctx, tx, o, s, *tick, after, record)
			if err != nil || stays {
				return err
			}
		}
		ours, err := tx.AdvanceOrder(ctx, o.ID, *o.NextFire, next, started, d.Now())
		if err != nil || !ours {
			return err
		}
		o, err := tx.LockRecipeOrder(ctx, o.ID)
		if err != nil {
			return err
		}
		if err := record(&o); err != nil {
			return err
		}
		run := store.OrderRun{HID: newHID(), OrderID: o.ID}
		planned, _, err := tx.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{o.ID}, Statuses: []string{string(order.RunPlanned)}})
		if err != nil {
			return err
		}
		if len(planned) > 0 {
			run = planned[0]
		}
		switch {
		case tick != nil:
			run.ScheduledFor = store.At(*tick)
			return d.start(ctx, tx, o, &run, o.Username)
		case len(planned) > 0:
			plan, err := d.planRun(ctx, tx, o, run, planning{})
			if _, refused := errors.AsType[*refusal.Error](err); err != nil && !refused {
				return err
			}
			run.Error = "No server was running when the run was due, and its catch_up is none; order anew, or resume the run"
			if run.Variables, err = usecase.Encode(plan.variables); err != nil { // those whom they name hear of it
				return err
			}
			if err := tx.Update(ctx, &run, "error", "variables"); err != nil {
				return err
			}
			return d.setRun(ctx, tx, run.ID, order.RunFailed)
		}
		return d.completeOrder(ctx, tx, &o)
	})
}

// warnOverdue alerts, once, of runs that take longer than their variation allows.
func (d *Desk) warnOverdue(ctx context.Context, now store.Time) error {
	rows, err := d.Store.OverdueRuns(ctx, now, dueBatch)
	if err != nil {
		return err
	}
	for _, row := range rows {
		err = errors.Join(err, d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.LockRecipeOrder(ctx, row.OrderID); err != nil {
				return err
			}
			run, err := tx.OrderRun(ctx, row.ID)
			if err != nil || run.Overdue == nil {
				return err
			}
			run.Overdue = nil
			if err := tx.Update(ctx, &run, "overdue"); err != nil {
				return err
			}
			return d.alert(ctx, tx, run, order.RunOverDuration)
		}))
	}
	return err
}
