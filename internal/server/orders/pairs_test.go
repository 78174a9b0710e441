package orders

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// TestPairsOfUseCases runs every pair of use cases on one run at once, beside its job that goes
// on or ends, on PostgreSQL, where they really run at once. Whatever came first, what is left
// fits together.
func TestPairsOfUseCases(t *testing.T) {
	t.Parallel()
	r := newRestaurant(t, storetest.Open(t, storetest.Postgres(t)))
	r.patience = time.Minute
	r.serve(t, 4)
	type target struct {
		o   store.RecipeOrder
		run store.OrderRun
		job int64
	}
	useCases := map[string]func(context.Context, target) error{
		"stop":           func(ctx context.Context, a target) error { return last(r.StopRun(ctx, a.run.HID, chef)) },
		"stop the order": func(ctx context.Context, a target) error { return last(r.StopOrder(ctx, a.o.HID, chef)) },
		"cancel": func(ctx context.Context, a target) error {
			return r.CancelJobs(ctx, store.JobFilter{JobIDs: []int64{a.job}})
		},
		"requeue": func(ctx context.Context, a target) error {
			return r.RequeueJobs(ctx, store.JobFilter{JobIDs: []int64{a.job}}, nil)
		},
		"reprocess": func(ctx context.Context, a target) error {
			return last(r.Reprocess(ctx, engine.ReprocessSpec{RecipeID: *a.run.RecipeID, ForcedNodes: json.RawMessage(`{"all":true}`)}))
		},
		"resume":           func(ctx context.Context, a target) error { return last(r.ResumeRun(ctx, a.run.HID, chef, nil)) },
		"delete":           func(ctx context.Context, a target) error { return r.DeleteRun(ctx, a.run.HID, chef) },
		"delete the order": func(ctx context.Context, a target) error { return r.DeleteOrder(ctx, a.o.HID, chef) },
		"pause":            func(ctx context.Context, a target) error { return last(r.PauseOrder(ctx, a.o.HID, chef)) },
		"run":              func(ctx context.Context, a target) error { return last(r.RunOrder(ctx, a.o.HID, chef, nil)) },
	}
	names := []string{"stop", "stop the order", "cancel", "requeue", "reprocess", "resume", "delete", "delete the order", "pause", "run"}
	// begin has a run of which one job runs for an hour, or that has just failed.
	begin := func(recipeName string) (a target) {
		a.o = r.order(t, OrderSpec{Recipe: recipeName})
		a.run = r.runs(t, a.o)[0]
		r.AwaitRecipe(t, *a.run.RecipeID, func(row store.Recipe) bool { return row.JobsCompleted == 1 && row.JobsRunning+row.JobsFailed == 1 })
		a.job = r.Node(t, *a.run.RecipeID, "boil").Job.ID
		return a
	}
	for _, recipeName := range []string{"stew", "burnt"} {
		for i, first := range names {
			for _, second := range names[i:] {
				a := begin(recipeName)
				var both sync.WaitGroup
				for _, name := range []string{first, second} {
					both.Go(func() {
						err := useCases[name](t.Context(), a)
						if err != nil && refusal.CodeOf(err) == "" {
							t.Errorf("%s: %s beside %s: %s: %v", recipeName, first, second, name, err)
						}
					})
				}
				both.Wait()
				r.mustFit(t, recipeName+": "+first+" beside "+second, a.o)
				if err := r.DeleteOrder(t.Context(), a.o.HID, chef); err != nil && refusal.CodeOf(err) != refusal.NotFound {
					t.Errorf("%s: %s beside %s: clearing away: %v", recipeName, first, second, err)
				}
			}
		}
	}
}

// mustFit checks that an order, its runs and their recipes fit together.
func (r *restaurant) mustFit(t *testing.T, what string, o store.RecipeOrder) {
	t.Helper()
	row, err := r.Store.RecipeOrder(t.Context(), o.ID)
	if errors.Is(err, store.ErrNotFound) {
		if runs := r.runs(t, o); len(runs) > 0 {
			t.Errorf("%s: the order is gone, and has %d runs", what, len(runs))
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range r.runs(t, o) {
		status := order.RunStatus(run.Status)
		if status == order.RunActive && order.Status(row.Status) == order.Completed {
			t.Errorf("%s: run %s goes on in a completed order", what, run.HID)
		}
		if status.HasEnded() == (run.Ended == nil) && status != order.RunResumed {
			t.Errorf("%s: run %s is %s and has ended at %v", what, run.HID, run.Status, run.Ended)
		}
		if run.RecipeID == nil || status != order.RunStopped && status != order.RunCompleted {
			continue
		}
		family, err := r.Store.RecipeFamily(t.Context(), *run.RecipeID)
		if err != nil {
			t.Fatal(err)
		}
		open, err := r.Store.JobIDs(t.Context(), store.JobFilter{RecipeIDs: family, Statuses: []string{
			string(recipe.Pending), string(recipe.Blocked), string(recipe.Queued), string(recipe.Running),
		}})
		if err != nil || len(open) > 0 {
			t.Errorf("%s: run %s is %s, and its jobs %v go on (%v)", what, run.HID, run.Status, open, err)
		}
	}
}
