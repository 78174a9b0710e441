package orders

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestWatchBeginsAnewAfterAGap(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return monday.Add(time.Duration(seconds) * time.Second) }
	var w watch
	for _, step := range []struct {
		now, since int
		what       string
	}{
		{0, 0, "the first look"}, {1, 0, "a second later"}, {11, 0, "ten seconds later"}, {22, 22, "eleven seconds later"},
		{30, 22, "watching on"}, {29, 29, "the clock went back"}, {3600, 3600, "the clock jumped"}, {3601, 3600, "watching on"},
	} {
		w.look(at(step.now))
		if !w.since.Equal(at(step.since)) || !w.last.Equal(at(step.now)) {
			t.Errorf("%s: watched from %s to %s, want from %s", step.what, w.since, w.last, at(step.since))
		}
	}
}

func TestOnlyWatchedTicksAreDue(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		t.Helper()
		v, err := time.Parse(time.DateTime, "2026-03-02 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := map[string]struct {
		schedule          string
		since, last, next string
		run               string // "": none
		settled           bool
	}{
		"not yet":                                {"* * * * *", "09:00:00", "09:00:59", "09:01:00", "", false},
		"just now":                               {"* * * * *", "09:00:00", "09:01:00", "09:01:00", "09:01:00", true},
		"a little late":                          {"* * * * *", "09:00:00", "09:01:07", "09:01:00", "09:01:00", true},
		"of several the latest":                  {"* * * * *", "09:00:00", "09:03:07", "09:01:00", "09:03:00", true},
		"when the watch began":                   {"* * * * *", "09:01:00", "09:01:00", "09:01:00", "09:01:00", true},
		"missed a moment ago: another may do it": {"0 * * * *", "09:00:01", "09:00:20", "09:00:00", "", false},
		"missed, and nobody did it":              {"0 * * * *", "09:00:01", "09:00:31", "09:00:00", "", true},
		"missed long ago":                        {"0 * * * *", "09:30:00", "09:30:00", "05:00:00", "", true},
		"missed, but the latest was watched":     {"* * * * *", "09:00:01", "09:02:00", "05:00:00", "09:02:00", true},
		"missed, the next one is not due":        {"*/5 * * * *", "09:00:01", "09:02:00", "08:55:00", "", true},
		"the last of an interval":                {"R2/2026-03-02T08:00:00Z/PT1H", "08:30:00", "09:10:00", "09:00:00", "09:00:00", true},
		"an interval that is over":               {"R2/2026-03-02T08:00:00Z/PT1H", "09:00:01", "09:10:00", "08:00:00", "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := schedule.Parse(tt.schedule, schedule.Options{})
			if err != nil {
				t.Fatal(err)
			}
			run, settled := watch{since: at(tt.since), last: at(tt.last)}.due(s, at(tt.next))
			got := ""
			if run != nil {
				got = run.Format(time.TimeOnly)
			}
			if got != tt.run || settled != tt.settled {
				t.Errorf("run %q, settled %t; want %q, %t", got, settled, tt.run, tt.settled)
			}
		})
	}
}

// TestEveryTickFiresOnceOnThreeServers has three desks, on PostgreSQL each with a store
// of its own, look at the same clock at the same time.
func TestEveryTickFiresOnceOnThreeServers(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn)
		r := newRestaurant(t, s)
		var desks []*Desk
		for range 3 {
			cfg := Config{Engine: r.Config(1), LookEvery: 5 * time.Millisecond}
			cfg.Engine.Now = r.clock.Now
			if s.Dialect() == store.Postgres {
				cfg.Engine.Store = storetest.Open(t, dsn)
			}
			desks = append(desks, r.open(t, cfg))
		}
		const ticks = 8
		var orders []store.RecipeOrder
		for i := range 3 {
			orders = append(orders, r.order(t, OrderSpec{
				Schedule: fmt.Sprintf("R%d/%s/PT1S", ticks, monday.Add(time.Second).Format(time.RFC3339)), Variation: []string{"plain", "prod", "hourly"}[i],
			}))
		}
		var want []string
		for i := range ticks {
			now := monday.Add(time.Duration(i+1) * time.Second)
			want = append(want, now.Format(time.TimeOnly))
			r.clock.set(now)
			for _, o := range orders {
				r.awaitSettled(t, o)
			}
		}
		r.pass(t, orders[0], monday.Add(30*time.Second), desks...)
		for _, o := range orders {
			got, _ := r.awaitOrder(t, o, order.Completed, order.RunCompleted)
			if diff := cmp.Diff(want, r.times(t, o)); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			if got.RunCount != ticks || got.NextFire != nil {
				t.Errorf("the order at its end: %+v", got)
			}
		}
		recipes, n, err := s.Recipes(t.Context(), store.RecipeFilter{})
		if err != nil || n != ticks*len(orders) || slices.ContainsFunc(recipes, func(r store.Recipe) bool { return !r.IsCompleted }) {
			t.Errorf("%d recipes, %v; want %d, all completed", n, err, ticks*len(orders))
		}
	})
}

// TestMisfireGrace has runs due shortly before a server starts, and long before.
func TestMisfireGrace(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", Expires: "2026-03-02T11:00:00Z"})
		r.clock.set(monday.Add(21 * time.Minute)) // of 9:10 and 9:20, the latter is a minute late
		cfg := Config{Engine: r.Config(1), LookEvery: 5 * time.Millisecond, MisfireGrace: 2 * time.Minute}
		cfg.Engine.Now = r.clock.Now
		r.open(t, cfg)
		r.awaitSettled(t, o)
		r.clock.set(monday.Add(43 * time.Minute)) // and now 9:40 is three minutes late
		r.awaitSettled(t, o)
		if diff := cmp.Diff([]string{"09:20:00"}, r.times(t, o)); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		row, err := r.Store.RecipeOrderByHID(t.Context(), o.HID)
		if err != nil {
			t.Fatal(err)
		}
		skipped, err := r.Store.SkippedRuns(t.Context(), row.ID, 10)
		if err != nil {
			t.Fatal(err)
		}
		var missed []string
		for _, s := range skipped {
			missed = append(missed, s.ScheduledFor.UTC().Format(time.TimeOnly))
			if !strings.Contains(s.Reason, "more than 2m0s late") || !strings.HasSuffix(s.Reason, "catch_up is none") {
				t.Errorf("%s was missed as %s", missed, s.Reason)
			}
		}
		if diff := cmp.Diff([]string{"09:40:00", "09:30:00", "09:10:00"}, missed); diff != "" || row.RunsSkipped != 3 {
			t.Errorf("missed %d (-want +got):\n%s", row.RunsSkipped, diff)
		}
	})
}

// Of many runs that were missed at once the latest are listed, and all are counted.
func TestMissed(t *testing.T) {
	t.Parallel()
	s, err := schedule.Parse("* * * * *", schedule.Options{})
	if err != nil {
		t.Fatal(err)
	}
	started := monday.Add(200 * time.Minute)
	latest, n := missed(s, monday, monday.Add(300*time.Minute), &started)
	if n != 300 || len(latest) != listedMissed || !latest[0].Equal(monday.Add(200*time.Minute)) && !latest[0].Equal(monday.Add(201*time.Minute)) ||
		!latest[len(latest)-1].Equal(monday.Add(300*time.Minute)) {
		t.Errorf("%d, listed from %v to %v", n, latest[0], latest[len(latest)-1])
	}
	if latest, n := missed(s, monday, monday, &monday); n != 0 || latest != nil {
		t.Errorf("what starts is missed: %v", latest)
	}
}

func TestWhatNobodyWatchedIsNotMadeUp(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", Expires: "2026-03-02T11:00:00Z"})
		once := r.order(t, OrderSpec{Schedule: "now", Start: "2026-03-02T09:15:00Z"})
		// No server ran until 9:35.
		r.clock.set(monday.Add(35 * time.Minute))
		e := r.serve(t, 1)
		r.pass(t, o, monday.Add(45*time.Minute), e)
		// This server hung, or the clock jumped, until 10:31.
		r.clock.set(monday.Add(91 * time.Minute))
		r.awaitSettled(t, o)
		r.pass(t, o, monday.Add(2*time.Hour), e)
		if diff := cmp.Diff([]string{"09:40:00", "10:40:00", "10:50:00"}, r.times(t, o)); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		r.awaitOrder(t, o, order.Completed, order.RunCompleted) // expired
		if _, run := r.awaitOrder(t, once, order.Failed, order.RunFailed); run.RecipeID != nil || run.Error == "" {
			t.Errorf("the only run of an order, which was missed: %+v", run)
		}
		if runs := r.runs(t, once); len(runs) != 1 {
			t.Errorf("its runs: %+v", runs)
		}
	})
}

func TestPausedOrderMakesUpNothing(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		e := r.serve(t, 1)
		o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", MaxRuns: 2})
		r.pass(t, o, monday.Add(10*time.Minute), e)
		if got, err := r.PauseOrder(t.Context(), o.HID, chef); err != nil || got.Status != string(order.Paused) || got.NextFire != nil {
			t.Errorf("paused: %+v, %v", got, err)
		}
		if _, err := r.PauseOrder(t.Context(), o.HID, chef); refusal.CodeOf(err) != refusal.Conflict {
			t.Errorf("paused twice: %v", err)
		}
		r.awaitOrder(t, o, order.Paused, order.RunCompleted) // what was in progress finishes
		r.pass(t, o, monday.Add(25*time.Minute), e)
		if got, err := r.UnpauseOrder(t.Context(), o.HID, chef); err != nil || !got.NextFire.Equal(monday.Add(30*time.Minute)) {
			t.Errorf("unpaused: %+v, %v", got, err)
		}
		if _, err := r.UnpauseOrder(t.Context(), o.HID, chef); refusal.CodeOf(err) != refusal.Conflict {
			t.Errorf("unpaused twice: %v", err)
		}
		r.pass(t, o, monday.Add(time.Hour), e)
		if diff := cmp.Diff([]string{"09:10:00", "09:30:00"}, r.times(t, o)); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		r.awaitOrder(t, o, order.Completed, order.RunCompleted) // two runs at most
	})
}

func TestUnpausedOrderWithoutAnyTickIsCompleted(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "0 * * * *", Expires: "2026-03-02T10:30:00Z"})
		if _, err := r.PauseOrder(t.Context(), o.HID, chef); err != nil {
			t.Fatal(err)
		}
		r.clock.set(monday.Add(2 * time.Hour))
		if got, err := r.UnpauseOrder(t.Context(), o.HID, chef); err != nil || got.Status != string(order.Completed) || got.Ended == nil {
			t.Errorf("unpaused after its expiry: %+v, %v", got, err)
		}
	})
}

func TestOrderForLaterHasAPlannedRun(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		e := r.serve(t, 1)
		later := OrderSpec{Schedule: "now", Start: "2026-03-02T10:30:00", TimeZone: "Europe/Paris"}
		o, stopped, deleted := r.order(t, later), r.order(t, later), r.order(t, later)
		run := r.runs(t, o)[0]
		if run.Status != string(order.RunPlanned) || run.RecipeID != nil || !run.ScheduledFor.Equal(monday.Add(30*time.Minute)) {
			t.Errorf("planned: %+v", run)
		}
		if err := r.DeleteRun(t.Context(), r.runs(t, deleted)[0].HID, chef); err != nil {
			t.Errorf("deleting a planned run: %v", err)
		}
		if got, err := r.Store.RecipeOrder(t.Context(), deleted.ID); err != nil || got.Status != string(order.Stopped) || len(r.runs(t, deleted)) != 0 {
			t.Errorf("without its planned run: %+v, %v", got, err)
		}
		if _, err := r.RunOrder(t.Context(), o.HID, chef, nil); refusal.CodeOf(err) != refusal.Conflict {
			t.Errorf("running it at once: %v", err)
		}
		if got, err := r.StopRun(t.Context(), r.runs(t, stopped)[0].HID, chef); err != nil || got.Status != string(order.RunStopped) {
			t.Errorf("stopping a planned run: %+v, %v", got, err)
		}
		r.awaitOrder(t, stopped, order.Stopped, order.RunStopped)
		r.pass(t, o, monday.Add(30*time.Minute), e)
		if _, got := r.awaitOrder(t, o, order.Completed, order.RunCompleted); got.HID != run.HID || !got.Started.Equal(monday.Add(30*time.Minute)) {
			t.Errorf("the planned run: %+v, was %+v", got, run)
		}
		if runs := r.runs(t, stopped); len(runs) != 1 || runs[0].RecipeID != nil {
			t.Errorf("the run that was stopped before: %+v", runs)
		}
	})
}

func TestOverdueIsToldOnce(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Variation: "hourly", Schedule: "now"})
		overdue := func() *store.Time { return r.runs(t, o)[0].Overdue }
		if at := overdue(); at == nil || !at.Equal(monday.Add(10*time.Minute)) {
			t.Errorf("overdue at %v", at)
		}
		e := r.serve(t, 0)
		r.pass(t, o, monday.Add(10*time.Minute-1), e)
		if overdue() == nil {
			t.Error("told too early")
		}
		r.pass(t, o, monday.Add(10*time.Minute), e)
		enginetest.Await(t, func() bool { return overdue() == nil }, func() string { return "nobody was told" })
	})
}

// TestStoppingAndStartingAtOnce stops orders in the moment in which their runs start.
func TestStoppingAndStartingAtOnce(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		desks := []*Desk{r.serve(t, 1), r.serve(t, 1)}
		var orders []store.RecipeOrder
		for range 6 {
			orders = append(orders, r.order(t, OrderSpec{Schedule: "* * * * *"}))
		}
		var all sync.WaitGroup
		r.clock.set(monday.Add(5 * time.Second))
		for i := range 6 {
			r.clock.set(monday.Add(time.Duration(10*(i+1)) * time.Second))
			all.Go(func() {
				if _, err := r.StopOrder(t.Context(), orders[i].HID, chef); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		r.pass(t, orders[0], monday.Add(5*time.Minute), desks...)
		for _, o := range orders {
			got, err := r.Store.RecipeOrder(t.Context(), o.ID)
			if err != nil || got.Status != string(order.Stopped) || got.NextFire != nil {
				t.Errorf("stopped: %+v, %v", got, err)
			}
			for _, run := range r.runs(t, o) {
				if !order.RunStatus(run.Status).HasEnded() {
					t.Errorf("a run goes on: %+v", run)
				}
			}
			if _, err := r.StopOrder(t.Context(), o.HID, chef); err != nil {
				t.Errorf("stopping once more: %v", err)
			}
			if n := len(r.runs(t, o)); n > 1 {
				t.Errorf("%d runs", n)
			}
		}
	})
}

// TestOrdersThatFailKeepNoOthersWaiting: more of them than one look reads.
func TestOrdersThatFailKeepNoOthersWaiting(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		e := r.serve(t, 1)
		good := r.order(t, OrderSpec{Schedule: "0 11 * * *"})
		err := r.Store.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := range dueBatch + 1 {
				bad := good
				bad.ID, bad.HID, bad.Schedule = 0, fmt.Sprintf("bad-%d", i), "none that can be read"
				bad.NextFire = store.At(good.NextFire.Add(-time.Minute)).Ptr() // before the good one
				if err := tx.Insert(ctx, &bad); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r.pass(t, good, monday.Add(2*time.Hour), e)
		r.awaitOrder(t, good, order.Active, order.RunCompleted)
	})
}
