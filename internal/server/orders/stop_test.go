package orders

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
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

// TestWhatIsStoppedBeginsNothingNew stops a run whose only job is on a server that was killed.
// When the job's lease ends, the sub-recipe that cleans up stays as it is; only when somebody
// requeues the job, all goes on.
func TestWhatIsStoppedBeginsNothingNew(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.patience = time.Millisecond
		r.RecipeType(t, "Cleaning", enginetest.Definition(`{"json":[{"name":"n","type":"integer"}]}`, map[string]string{
			"wipe": enginetest.JobNode("boil", nil, enginetest.Deps{"n": "recipe:n"}),
		}))
		clean := enginetest.SubNode("cleaning", enginetest.Deps{"chop": "true"}, enginetest.Deps{"n": "recipe:LIMIT"})
		r.RecipeType(t, "Dinner", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{
			"chop":  enginetest.JobNode("chop", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
			"clean": strings.Replace(clean, "{", `{"finally":true,`, 1),
		}))
		r.cookbook(t, "main", "dinner", "dinner", `{"variable-list":{"LIMIT":1}}`)
		o := r.order(t, OrderSpec{Recipe: "dinner"})
		run := r.runs(t, o)[0]
		chop := *r.Node(t, *run.RecipeID, "chop").Job
		if ours, err := r.Store.ClaimExecution(t.Context(), chop.ID, 1, "dead", "elsewhere", time.Millisecond); err != nil || !ours {
			t.Fatal(ours, err)
		}
		chop.Status = string(recipe.Running)
		if err := r.Store.Update(t.Context(), &chop, "status"); err != nil {
			t.Fatal(err)
		}
		if got, err := r.StopRun(t.Context(), run.HID, chef); err != nil || got.Status != string(order.RunStopped) {
			t.Fatalf("stopped: %+v, %v", got, err)
		}
		r.serve(t, 1) // which sees that the lease has ended
		r.AwaitJob(t, chop.ID, string(recipe.Canceled))
		sub := r.Node(t, *run.RecipeID, "clean").SubRecipe
		if len(r.Statuses(t, sub.ID)) != 0 || sub.Input != nil {
			t.Errorf("the sub-recipe of a stopped run has begun: %v, %s", r.Statuses(t, sub.ID), sub.Input)
		}
		r.awaitOrder(t, o, order.Stopped, order.RunStopped)
		if err := r.RequeueJobs(t.Context(), store.JobFilter{JobIDs: []int64{chop.ID}}, nil); err != nil {
			t.Fatal(err)
		}
		r.awaitOrder(t, o, order.Completed, order.RunCompleted)
		if got := r.Statuses(t, sub.ID)["wipe"]; got != "COMPLETED" {
			t.Errorf("after the requeue, the sub-recipe's job is %s", got)
		}
	})
}

// TestStopReachesWhatWasTakenOver stops a run whose recipe has taken over a sub-recipe of the
// one that it superseded.
func TestStopReachesWhatWasTakenOver(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		r.RecipeType(t, "Course", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{
			"chop": enginetest.JobNode("chop", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
			"stew": enginetest.SubNode("stew", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
		}))
		r.cookbook(t, "main", "course", "course", `{"variable-list":{"LIMIT":1}}`)
		run := r.runs(t, r.order(t, OrderSpec{Recipe: "course"}))[0]
		stew := r.Node(t, *run.RecipeID, "stew").SubRecipe.ID
		r.AwaitRecipe(t, stew, func(r store.Recipe) bool { return r.JobsRunning == 1 })
		if _, err := r.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: *run.RecipeID, ForcedNodes: json.RawMessage(`{"all":false,"nodes":["chop"]}`)}); err != nil {
			t.Fatal(err)
		}
		got, err := r.StopRun(t.Context(), run.HID, chef)
		if err != nil || got.Status != string(order.RunStopped) || *got.RecipeID == *run.RecipeID {
			t.Fatalf("stopped: %+v, %v", got, err)
		}
		if r.Node(t, *got.RecipeID, "stew").SubRecipe.ID != stew {
			t.Fatal("the sub-recipe was not taken over")
		}
		if got := r.Statuses(t, stew)["boil"]; got != "CANCELED" {
			t.Errorf("a job of the sub-recipe that was taken over is %s", got)
		}
	})
}
