package orders

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestATryThatFailsWarns while the run goes on, once.
func TestATryThatFailsWarns(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		retry := func(raw string) {
			t.Helper()
			if _, _, err := r.EditJobType(t.Context(), "scorch", "1.0.0", catalog.JobTypeEdit{Retry: json.RawMessage(raw)}); err != nil {
				t.Fatal(err)
			}
		}
		retry(`{"tries": 3, "delay": 86400}`)
		boss := KitchenEdit{Alerts: json.RawMessage(`{"orderrunWarning": ["boss@example.com"], "orderrunError": ["boss@example.com"]}`), By: chef}
		if _, err := r.EditKitchen(t.Context(), "dev", boss); err != nil {
			t.Fatal(err)
		}
		r.serve(t, 2)
		o := r.order(t, OrderSpec{Recipe: "burnt"})
		run := r.runs(t, o)[0]
		r.AwaitRecipe(t, *run.RecipeID, func(store.Recipe) bool { return len(r.Executions(t, r.Node(t, *run.RecipeID, "boil").Job.ID)) == 2 })
		events := func() (out []string) {
			for _, a := range r.alertsOf(t, run) {
				out = append(out, a.Event)
			}
			return out
		}
		if got := events(); !slices.Equal(got, []string{string(order.RunWarning)}) {
			t.Errorf("while it is to be tried again: alerts %v", got)
		}
		r.awaitOrder(t, o, order.Active, order.RunActive)
		retry(`{"tries": 2}`)
		if err := r.RequeueJobs(t.Context(), store.JobFilter{JobIDs: []int64{r.Node(t, *run.RecipeID, "boil").Job.ID}}, nil); err != nil {
			t.Fatal(err)
		}
		r.awaitOrder(t, o, order.Failed, order.RunFailed)
		got := events()
		slices.Sort(got)
		if !slices.Equal(got, []string{string(order.RunError), string(order.RunWarning)}) {
			t.Errorf("when it has failed: alerts %v", got)
		}
	})
}
