package orders

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestStopAgainstReprocess gives a run another recipe while it is being stopped: a run that
// is stopped has nothing left that could go on.
func TestStopAgainstReprocess(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		for range 4 {
			o := r.order(t, OrderSpec{Recipe: "stew"})
			run := r.runs(t, o)[0]
			r.AwaitRecipe(t, *run.RecipeID, func(r store.Recipe) bool { return r.JobsRunning == 1 })
			var both sync.WaitGroup
			both.Go(func() {
				_, err := r.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: *run.RecipeID, ForcedNodes: json.RawMessage(`{"all":true}`)})
				if err != nil && refusal.CodeOf(err) == "" {
					t.Error(err)
				}
			})
			both.Go(func() {
				if _, err := r.StopRun(t.Context(), run.HID, chef); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			got, err := r.Store.OrderRun(t.Context(), run.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Status == string(order.RunActive) { // it was reprocessed after it had been stopped
				if got, err = r.StopRun(t.Context(), run.HID, chef); err != nil {
					t.Fatal(err)
				}
			}
			if got.Status != string(order.RunStopped) {
				t.Errorf("the run is %s", got.Status)
			}
			for name, status := range r.Statuses(t, *got.RecipeID) {
				if status != "CANCELED" && status != "COMPLETED" {
					t.Errorf("node %s of a stopped run is %s", name, status)
				}
			}
		}
	})
}
