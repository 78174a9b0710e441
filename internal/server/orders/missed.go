package orders

import (
	"context"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// listedMissed is how many of the runs that an order has missed at once are listed, the latest ones.
	listedMissed = 100
	// countedMissed is how many of them are counted.
	countedMissed = 100_000
)

// missed are the ticks from first up to until for which no run starts: the latest of them, in
// order, and how many there are. First is a tick.
func missed(s *schedule.Schedule, first, until time.Time, started *time.Time) (latest []time.Time, n int) {
	for tick, ok := first, true; ok && !tick.After(until) && n < countedMissed; tick, ok = s.Next(tick) {
		if started != nil && tick.Equal(*started) {
			continue
		}
		n++
		if latest = append(latest, tick); len(latest) > listedMissed {
			latest = latest[1:]
		}
	}
	return latest, n
}

// recordMissed lists runs of an order, whose row is locked, that were due and do not start. W is
// what this server has seen.
func (d *Desk) recordMissed(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, w watch, latest []time.Time, n int) error {
	if n == 0 {
		return nil
	}
	for _, tick := range latest {
		reason := "a later run of the order was due when a server came to it"
		switch {
		case order.Overlap(o.Overlap) == order.OverlapHold:
			reason = fmt.Sprintf("another run was under way, or no server was looking, when it was due, and only the latest starts (overlap is hold, catch_up is %s)", order.CatchUp(o.CatchUp))
		case tick.Before(w.since):
			reason = fmt.Sprintf("no server was looking when it was due, it was more than %s late (--misfire-grace), and catch_up is %s", w.grace, order.CatchUp(o.CatchUp))
		}
		err := tx.InsertSkippedRun(ctx, store.SkippedRun{OrderID: o.ID, ScheduledFor: store.At(tick), Created: d.Now(), Reason: reason})
		if err != nil {
			return err
		}
	}
	o.RunsSkipped += n
	return tx.Update(ctx, o, "runs_skipped")
}
