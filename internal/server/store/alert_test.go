package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func newAlert(run store.OrderRun, event, destination string) store.Alert {
	return store.Alert{OrderRunID: run.ID, Event: event, Destination: destination, Status: store.AlertQueued,
		Payload: store.JSON(`{"a":1}`), Created: day(2)}
}

func TestOneAlertForEachEventAndDestination(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		stores := []*store.Store{storetest.Open(t, dsn), storetest.Open(t, dsn)} // as two processes would
		run := newKitchens(t, stores[0].Q, newWorld(t, stores[0]).recipe.ID).runs[0]
		var inserted atomic.Int64
		var servers sync.WaitGroup
		for i := range 8 {
			servers.Go(func() {
				err := stores[i%2].Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					for _, to := range []string{"a@example.com", "b@example.com"} {
						a := newAlert(run, "orderrunStart", to)
						ok, err := tx.InsertAlert(ctx, &a)
						if err != nil {
							return err
						}
						if ok {
							inserted.Add(1)
						}
						if ok != (a.ID != 0) {
							t.Errorf("inserted: %v, with the id %d", ok, a.ID)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		servers.Wait()
		if inserted.Load() != 2 {
			t.Errorf("%d alerts were inserted, want 2", inserted.Load())
		}
		other := newAlert(run, "orderrunError", "a@example.com")
		got[bool](t, "another event")(stores[0].InsertAlert(t.Context(), &other))(true)
		rows, err := stores[1].AlertsOfRun(t.Context(), run.ID)
		if err != nil {
			t.Fatal(err)
		}
		var places []string
		for _, row := range rows {
			places = append(places, row.Event+" "+row.Destination)
		}
		want := []string{"orderrunStart a@example.com", "orderrunStart b@example.com", "orderrunError a@example.com"}
		if diff := cmp.Diff(want, places); diff != "" {
			t.Errorf("alerts (-want +got):\n%s", diff)
		}
	})
}

func TestAnAlertEndsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		run := newKitchens(t, s.Q, newWorld(t, s).recipe.ID).runs[0]
		ctx := t.Context()
		a := newAlert(run, "orderrunStart", "a@example.com")
		got[bool](t, "InsertAlert")(s.InsertAlert(ctx, &a))(true)
		got[bool](t, "a failed try")(s.RecordAlert(ctx, a.ID, store.AlertQueued, "it's down", day(3)))(true)
		want := a
		want.Attempts, want.LastError = 1, "it's down"
		got[store.Alert](t, "after a failed try")(s.Alert(ctx, a.ID))(want)
		got[bool](t, "delivery")(s.RecordAlert(ctx, a.ID, store.AlertDelivered, "", day(4)))(true)
		want.Attempts, want.LastError, want.Status, want.Ended = 2, "", store.AlertDelivered, day(4).Ptr()
		got[bool](t, "a late failure")(s.RecordAlert(ctx, a.ID, store.AlertFailed, "late", day(5)))(false)
		got[store.Alert](t, "at the end")(s.Alert(ctx, a.ID))(want)
		got[bool](t, "an alert that is not there")(s.RecordAlert(ctx, 99, store.AlertFailed, "", day(5)))(false)
	})
}

// TestAlertsAreGatheredOnce: each of a group that waits is led by one, whoever gathers first,
// and ends with it.
func TestAlertsAreGatheredOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		run := newKitchens(t, s.Q, newWorld(t, s).recipe.ID).runs[0]
		ctx := t.Context()
		add := func(event, to, group string) store.Alert {
			a := newAlert(run, event, to)
			a.Digest = group
			got[bool](t, "InsertAlert")(s.InsertAlert(ctx, &a))(true)
			return a
		}
		first, second := add("orderrunStart", "a@example.com", "g"), add("orderrunError", "a@example.com", "g")
		elsewhere, alone := add("orderrunStart", "b@example.com", "g"), add("orderrunStart", "c@example.com", "")
		ids := func(rows []store.Alert, err error) []int64 {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			var out []int64
			for _, r := range rows {
				out = append(out, r.ID)
			}
			return out
		}
		want := []int64{first.ID, second.ID}
		if diff := cmp.Diff(want, ids(s.GatherAlerts(ctx, first))); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		if led := ids(s.GatherAlerts(ctx, second)); led != nil {
			t.Errorf("the second leads %v, too", led)
		}
		late := add("orderrunSuccess", "a@example.com", "g")
		again, err := s.Alert(ctx, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, ids(s.GatherAlerts(ctx, again))); diff != "" {
			t.Errorf("another try gathers others (-want +got):\n%s", diff)
		}
		got[bool](t, "delivery")(s.RecordAlert(ctx, first.ID, store.AlertDelivered, "", day(4)))(true)
		status := func(statuses ...string) []int64 {
			return ids(s.Alerts(ctx, store.AlertFilter{KitchenID: kitchenOf(t, s, run), RunHID: run.HID, Statuses: statuses, Limit: 10}))
		}
		if diff := cmp.Diff([]int64{second.ID, first.ID}, status(store.AlertDelivered)); diff != "" {
			t.Errorf("delivered, the newest first (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int64{late.ID, alone.ID, elsewhere.ID}, status(store.AlertQueued)); diff != "" {
			t.Errorf("queued (-want +got):\n%s", diff)
		}
		if rows := ids(s.Alerts(ctx, store.AlertFilter{KitchenID: kitchenOf(t, s, run), OrderHID: "another", Limit: 10})); rows != nil {
			t.Errorf("another order has %v", rows)
		}
		if rows := ids(s.Alerts(ctx, store.AlertFilter{KitchenID: kitchenOf(t, s, run), Limit: 1})); len(rows) != 1 || rows[0] != late.ID {
			t.Errorf("the newest is %v", rows)
		}
	})
}

// TestAlertsOutliveTheirLeader: what one was to tell that is gone with its run, another one tells.
func TestAlertsOutliveTheirLeader(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		runs := newKitchens(t, s.Q, newWorld(t, s).recipe.ID).runs
		ctx := t.Context()
		var alerts []store.Alert
		for i, event := range []string{"orderrunStart", "orderrunError", "orderrunSuccess"} {
			a := newAlert(runs[min(i, 1)], event, "a@example.com")
			a.Digest = "g"
			got[bool](t, "InsertAlert")(s.InsertAlert(ctx, &a))(true)
			alerts = append(alerts, a)
		}
		if led, err := s.GatherAlerts(ctx, alerts[0]); err != nil || len(led) != 3 {
			t.Fatalf("the first leads %d, %v", len(led), err)
		}
		if err := s.DeleteOrderRun(ctx, runs[0].ID); err != nil {
			t.Fatal(err)
		}
		next, err := s.LedBy(ctx, alerts[0].ID)
		if err != nil || next.ID != alerts[1].ID {
			t.Fatalf("next is %d, %v", next.ID, err)
		}
		led, err := s.GatherAlerts(ctx, next)
		if err != nil || len(led) != 2 || led[0].ID != alerts[1].ID {
			t.Fatalf("the next leads %+v, %v", led, err)
		}
		if _, err := s.LedBy(ctx, alerts[0].ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("somebody still waits for what is gone: %v", err)
		}
	})
}

func kitchenOf(t *testing.T, s *store.Store, run store.OrderRun) int64 {
	t.Helper()
	o, err := s.RecipeOrder(t.Context(), run.OrderID)
	if err != nil {
		t.Fatal(err)
	}
	return o.KitchenID
}
