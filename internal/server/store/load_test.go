package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		running := w.job
		running.ID, running.RecipeNode, running.Status, running.Started = 0, "other", "RUNNING", day(4).Ptr()
		mustInsert(t, s.Q, &running)
		running.ID, running.Started = 0, day(5).Ptr()
		mustInsert(t, s.Q, &running)
		k := newKitchens(t, s.Q, w.recipe.ID) // whose orders are due on day 5 and 6
		k.orders[0].RunsSkipped = 3
		if err := s.Update(ctx, &k.orders[0], "runs_skipped"); err != nil {
			t.Fatal(err)
		}
		for destination, status := range map[string]string{"a": store.AlertFailed, "b": store.AlertFailed, "c": store.AlertQueued, "d": store.AlertDelivered} {
			alert := newAlert(k.runs[0], "orderrunError", destination)
			alert.Status = status
			mustInsert(t, s.Q, &alert)
		}
		for id, life := range map[string]time.Duration{"a": time.Hour, "b": time.Hour, "gone": -time.Hour} {
			if err := s.NoteWorker(ctx, store.Worker{ID: id, Hostname: "h", Slots: 3}, life); err != nil {
				t.Fatal(err)
			}
		}
		strike := store.Strike{Name: "watch", Title: "watch", Configuration: store.JSON(`{}`), JobID: &running.ID, Created: day(1), LastModified: day(2)}
		batch := store.Batch{RecipeTypeID: w.outer.ID, RecipeTypeRevID: w.outerRev.ID, EventID: w.event.ID, Definition: store.JSON(`{}`), Configuration: store.JSON(`{}`), Created: day(1), LastModified: day(1)}
		mustInsert(t, s.Q, &strike, &batch)
		for i, status := range []string{"QUEUED", "QUEUED", "ERRORED", "INGESTED"} {
			name := fmt.Sprintf("%d.txt", i)
			file := store.Ingest{FileName: name, StrikeID: &strike.ID, Status: status, TransferStarted: day(2), MediaType: "text/plain", DataTypes: store.JSON(`[]`),
				WorkspaceID: w.workspace.ID, FilePath: name, Created: day(2), LastModified: day(2)}
			mustInsert(t, s.Q, &file)
		}
		want := store.Load{
			Ingests: map[string]int64{"QUEUED": 2, "ERRORED": 1}, Strikes: map[string]int64{"RUNNING": 1}, OpenBatches: 1,
			Jobs: []store.JobLoad{
				{Name: "count-lines", Version: "1.0.0", Priority: 100, Status: "QUEUED", Count: 1, Oldest: day(3).Ptr()},
				{Name: "count-lines", Version: "1.0.0", Priority: 100, Status: "RUNNING", Count: 2, Oldest: day(4).Ptr()},
			},
			Alerts: map[string]int64{store.AlertFailed: 2, store.AlertQueued: 1}, OrdersLate: 2, RunsSkipped: 3, Workers: 2, Slots: 6,
		}
		got, err := s.Load(ctx, day(7))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the load (-want +got):\n%s", diff)
		}
		if err := s.ForgetWorker(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		if rows, err := s.Workers(ctx); err != nil || len(rows) != 1 || rows[0].ID != "b" || rows[0].Slots != 3 || rows[0].Started.IsZero() {
			t.Errorf("the workers are %+v, %v, want b", rows, err)
		}
		if got, err := s.Load(ctx, day(6)); err != nil || got.OrdersLate != 1 {
			t.Errorf("at the tick of the second %d orders are late, %v, want 1", got.OrdersLate, err)
		}
	})
}
