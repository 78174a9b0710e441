package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// mustTx runs do in a transaction.
func mustTx(t *testing.T, s *store.Store, do func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Tx(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// rest ends all that waits in a world.
func (w *world) rest(t *testing.T, s *store.Store) {
	t.Helper()
	w.job.Status, w.exe.Status, w.exe.Ended = "FAILED", "FAILED", day(4).Ptr()
	for row, columns := range map[any][]string{&w.job: {"status"}, &w.exe: {"status", "ended"}} {
		if err := s.Update(t.Context(), row, columns...); err != nil {
			t.Fatal(err)
		}
	}
}

func mustExpire(t *testing.T, s *store.Store, before store.Time, want ...int64) {
	t.Helper()
	got, err := s.ExpiredChains(t.Context(), store.Old{Before: before}, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chains that expired before %s (-want +got):\n%s", before, diff)
	}
}

func mustDelete(t *testing.T, s *store.Store, id int64, before store.Time, want bool) {
	t.Helper()
	mustTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		did, err := tx.DeleteChain(ctx, id, store.Old{Before: before}, day(30))
		if did != want {
			t.Errorf("DeleteChain(%d, %s) says %v, want %v", id, before, did, want)
		}
		return err
	})
}

// countRows is how many rows tables have.
func countRows(t *testing.T, s *store.Store, tables ...string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range tables {
		if n := len(oneColumn(t, s, "SELECT 'x' FROM "+table)); n > 0 {
			out[table] = n
		}
	}
	return out
}

// TestChainsExpire lets a recipe with a sub-recipe, a job, a log, a product and the run of an order go, and
// takes each reason to stay in turn.
func TestChainsExpire(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		mustInsert(t, s.Q, &store.LogChunk{JobExeID: w.exe.ID, Seq: 1, Stream: "stdout", Written: day(3), Text: []byte("x")})
		k := newKitchens(t, s.Q, w.recipe.ID) // its second run is one of this recipe, under way
		mustInsert(t, s.Q, &[]store.Alert{newAlert(k.runs[1], "orderrunError", "a@example.com")})
		later := day(20)
		id := w.recipe.ID
		mustExpire(t, s, later) // a job is queued
		w.rest(t, s)
		mustExpire(t, s, later) // its run has not ended
		k.runs[0].Ended, k.runs[1].Ended = day(4).Ptr(), day(5).Ptr()
		for i := range 2 {
			if err := s.Update(t.Context(), &k.runs[i], "ended"); err != nil {
				t.Fatal(err)
			}
		}
		mustExpire(t, s, later) // it is the newest of an order that goes on
		k.orders[0].Ended = day(5).Ptr()
		if err := s.Update(t.Context(), &k.orders[0], "ended"); err != nil {
			t.Fatal(err)
		}
		mustExpire(t, s, day(4)) // it has changed since
		mustExpire(t, s, later, id)
		user := w.recipe // of another chain, which takes its product in
		user.ID, user.RootID, user.ChainRootID = 0, 0, 0
		mustInsert(t, s.Q, &user)
		use := store.RecipeInputFile{RecipeID: user.ID, FileID: w.product.ID, RecipeInput: "table", Created: day(5)}
		mustInsert(t, s.Q, &use)
		mustExpire(t, s, later, user.ID)
		mustDelete(t, s, id, later, false)
		mustDelete(t, s, user.ID, later, true)
		mustExpire(t, s, later, id)
		if recipes, products, err := s.ChainSize(t.Context(), id); err != nil || recipes != 2 || products != 1 {
			t.Errorf("the chain has %d recipes and %d products, %v", recipes, products, err)
		}
		if got, err := s.CountLogs(t.Context(), later); err != nil || got != 1 {
			t.Errorf("%d logs are old, %v", got, err)
		}
		got[[]store.EndedRun](t, "EndedRuns")(s.EndedRuns(t.Context(), later, 0, 10))([]store.EndedRun{
			{OrderID: k.orders[0].ID}, {OrderID: k.orders[0].ID, Chain: &id}})
		got[[]store.EndedRun](t, "EndedRuns of younger ones")(s.EndedRuns(t.Context(), day(5), 0, 10))(nil)
		got[int64](t, "DeleteEndedOrders while a run has a recipe")(s.DeleteEndedOrders(t.Context(), later, 10))(0)
		mustDelete(t, s, 99, later, false) // it is gone
		mustDelete(t, s, id, later, true)
		left := countRows(t, s, "recipes", "recipe_nodes", "recipe_input_files", "conditions", "jobs", "job_executions", "job_execution_logs", "events", "alerts")
		if len(left) > 0 {
			t.Errorf("there are rows left: %v", left)
		}
		orphans, err := s.OrphanProducts(t.Context(), 0, 10)
		if err != nil || len(orphans) != 1 || orphans[0].ID != w.product.ID || !orphans[0].IsDeleted || *orphans[0].Deleted != day(30) {
			t.Fatalf("orphans: %+v, %v", orphans, err)
		}
		if err := s.DeleteFile(t.Context(), w.product.ID); err != nil {
			t.Fatal(err)
		}
		for kind, object := range map[string]int64{"order": k.orders[0].ID, "kitchen": k.root.ID} {
			if err := s.PutOrigin(t.Context(), store.Origin{Kind: kind, ObjectID: object, Name: "x", Username: "ann", Action: "made", At: day(1)}); err != nil {
				t.Fatal(err)
			}
		}
		got[int64](t, "DeleteEndedOrders")(s.DeleteEndedOrders(t.Context(), later, 10))(1)
		if left := countRows(t, s, "origins"); left["origins"] != 1 {
			t.Errorf("%d origins are left, want the kitchen's", left["origins"])
		}
		if left := countRows(t, s, "orders", "order_runs", "files"); left["orders"] != 1 || left["order_runs"] != 1 || left["files"] != 1 {
			t.Errorf("there are left: %v, want the other order with its run, and the source", left)
		}
	})
}

func TestJobsAloneExpire(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		alone := w.job
		alone.ID, alone.RecipeID, alone.RecipeNode, alone.Status = 0, nil, "", "COMPLETED"
		mustInsert(t, s.Q, &alone)
		exe := store.JobExecution{JobID: alone.ID, ExeNum: 1, Status: "COMPLETED", Timeout: 60, Created: day(3), Queued: day(3), Ended: day(4).Ptr()}
		mustInsert(t, s.Q, &exe)
		product := w.product
		product.ID, product.FilePath, product.RecipeID, product.JobID, product.JobExeID = 0, "alone.txt", nil, &alone.ID, &exe.ID
		mustInsert(t, s.Q, &product)
		got[[]int64](t, "ExpiredJobs")(s.ExpiredJobs(t.Context(), store.Old{Before: day(9)}, 0, 10))([]int64{alone.ID})
		got[[]int64](t, "ExpiredJobs before")(s.ExpiredJobs(t.Context(), store.Old{Before: day(3)}, 0, 10))(nil)
		for _, want := range []bool{false, true} {
			before := map[bool]store.Time{false: day(3), true: day(9)}[want]
			mustTx(t, s, func(ctx context.Context, tx *store.Tx) error {
				did, err := tx.DeleteJob(ctx, alone.ID, store.Old{Before: before}, day(30))
				if did != want {
					t.Errorf("DeleteJob before %s says %v", before, did)
				}
				return err
			})
		}
		orphans, err := s.OrphanProducts(t.Context(), 0, 10)
		if err != nil || len(orphans) != 1 || orphans[0].ID != product.ID {
			t.Errorf("orphans: %+v, %v", orphans, err)
		}
		if n := countRows(t, s, "jobs"); n["jobs"] != 2 {
			t.Errorf("%v jobs are left, want the two of recipes", n)
		}
	})
}

func TestSmallThingsExpire(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		k := newKitchens(t, s.Q, w.recipe.ID)
		w.rest(t, s)
		mustInsert(t, s.Q, &[]store.LogChunk{
			{JobExeID: w.exe.ID, Seq: 1, Stream: "stdout", Written: day(3), Text: []byte("x")}, {JobExeID: w.exe.ID, Seq: 2, Stream: "stdout", Written: day(3), Text: []byte("y")},
		})
		got[int64](t, "DeleteLogs of younger ones")(s.DeleteLogs(ctx, day(4), 10))(0)
		got[int64](t, "DeleteLogs")(s.DeleteLogs(ctx, day(5), 10))(2)
		w.product.IsSuperseded, w.product.Superseded = true, day(5).Ptr()
		if err := s.Update(ctx, &w.product, "is_superseded", "superseded"); err != nil {
			t.Fatal(err)
		}
		for before, want := range map[store.Time]int{day(5): 0, day(6): 1} {
			if rows, err := s.OldProducts(ctx, store.Old{Before: before}, 0, 10); err != nil || len(rows) != want {
				t.Errorf("OldProducts before %s: %d, %v, want %d", before, len(rows), err, want)
			}
		}
		mustInsert(t, s.Q, &store.SkippedRun{OrderID: k.orders[0].ID, ScheduledFor: day(5), Reason: "x", Created: day(5)})
		k.runs[0].Ended = day(5).Ptr() // it could not start, and is not its order's newest
		k.runs[2].Ended = day(5).Ptr() // nor could this one, and it is
		for i := range k.runs {
			if err := s.Update(ctx, &k.runs[i], "ended"); err != nil {
				t.Fatal(err)
			}
		}
		got[int64](t, "DeleteSkippedRuns of younger ones")(s.DeleteSkippedRuns(ctx, day(5), 10))(0)
		got[int](t, "CountSkippedRuns")(s.CountSkippedRuns(ctx, day(6)))(2)
		got[int64](t, "DeleteSkippedRuns")(s.DeleteSkippedRuns(ctx, day(6), 10))(2)
		u := store.User{Username: "ann", Role: "viewer", Created: day(1)}
		mustInsert(t, s.Q, &u)
		mustInsert(t, s.Q, &store.Token{UserID: u.ID, Kind: "api", Name: "old", Hash: "a", Created: day(1), Expires: day(5).Ptr()},
			&store.Token{UserID: u.ID, Kind: "api", Name: "new", Hash: "b", Created: day(1), Expires: day(9).Ptr()}, &store.Token{UserID: u.ID, Kind: "api", Name: "forever", Hash: "c", Created: day(1)})
		got[int](t, "CountExpiredTokens")(s.CountExpiredTokens(ctx, day(6)))(1)
		got[int64](t, "DeleteExpiredTokens")(s.DeleteExpiredTokens(ctx, day(6), 10))(1)
	})
}

// TestNeededFilesStay names a product in a job of no recipe, and in the list of what kitchens need.
func TestNeededFilesStay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		w.rest(t, s)
		later := day(20)
		id := w.recipe.ID
		mustExpire(t, s, later, id)
		needed := store.Old{Before: later, Needed: []int64{w.product.ID}}
		got[[]int64](t, "ExpiredChains of what is needed")(s.ExpiredChains(ctx, needed, 0, 10))(nil)
		w.product.IsSuperseded, w.product.Superseded = true, day(5).Ptr()
		if err := s.Update(ctx, &w.product, "is_superseded", "superseded"); err != nil {
			t.Fatal(err)
		}
		mustHaveOld := func(old store.Old, want int) {
			t.Helper()
			if rows, err := s.OldProducts(ctx, old, 0, 10); err != nil || len(rows) != want {
				t.Errorf("OldProducts: %d, %v, want %d", len(rows), err, want)
			}
		}
		mustHaveOld(needed, 0)
		mustHaveOld(store.Old{Before: later}, 1)
		alone := w.job
		alone.ID, alone.RecipeID, alone.RecipeNode, alone.Status = 0, nil, "", "COMPLETED"
		alone.Input = store.JSON(fmt.Sprintf(`{"files": {"A": [7, %d]}, "json": {"B": 1}}`, w.product.ID))
		mustInsert(t, s.Q, &alone)
		mustHaveOld(store.Old{Before: later}, 0)
		mustExpire(t, s, later)
		mustDelete(t, s, id, later, false)
		own := w.product // of that job
		own.ID, own.FilePath, own.RecipeID, own.JobID, own.JobExeID, own.IsSuperseded = 0, "own.txt", nil, &alone.ID, nil, false
		mustInsert(t, s.Q, &own)
		got[[]int64](t, "ExpiredJobs of what is needed")(s.ExpiredJobs(ctx, store.Old{Before: later, Needed: []int64{own.ID}}, 0, 10))(nil)
		got[[]int64](t, "ExpiredJobs")(s.ExpiredJobs(ctx, store.Old{Before: later}, 0, 10))([]int64{alone.ID})
	})
}

// TestAlertsExpire has one that waits, and one of a run that goes on.
func TestAlertsExpire(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		k := newKitchens(t, s.Q, w.recipe.ID)
		k.runs[0].Ended = day(5).Ptr()
		if err := s.Update(ctx, &k.runs[0], "ended"); err != nil {
			t.Fatal(err)
		}
		told, waits, open := newAlert(k.runs[0], "orderrunError", "a@example.com"), newAlert(k.runs[0], "orderrunError", "b@example.com"), newAlert(k.runs[1], "orderrunOverDuration", "a@example.com")
		told.Status, told.Ended = store.AlertDelivered, day(5).Ptr()
		open.Status, open.Ended = store.AlertFailed, day(5).Ptr()
		mustInsert(t, s.Q, &[]store.Alert{told, waits, open})
		for before, want := range map[store.Time]int{day(5): 0, day(6): 1} {
			got[int](t, "CountAlerts")(s.CountAlerts(ctx, before))(want)
		}
		got[int64](t, "DeleteAlerts of younger ones")(s.DeleteAlerts(ctx, day(5), 10))(0)
		got[int64](t, "DeleteAlerts")(s.DeleteAlerts(ctx, day(6), 10))(1)
		if n := countRows(t, s, "alerts"); n["alerts"] != 2 {
			t.Errorf("%d alerts are left, want that which waits and that of an open run", n["alerts"])
		}
	})
}
