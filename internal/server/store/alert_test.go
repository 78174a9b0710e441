package store_test

import (
	"context"
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
