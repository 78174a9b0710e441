package orders

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func TestResume(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		o, failed := r.awaitOrder(t, r.order(t, OrderSpec{Recipe: "burnt"}), order.Failed, order.RunFailed)
		chopped := r.Node(t, *failed.RecipeID, "chop").Job.ID
		r.override(t, "dev", fmt.Sprintf(`{"schema":"mended",%q:0}`, executor.SimulateExitCode))
		before := r.clock.Now().UnixMilli()
		next, err := r.ResumeRun(t.Context(), failed.HID, chef, nil)
		if err != nil {
			t.Fatal(err)
		}
		if next.OrderID != o.ID || next.ScheduledFor.UnixMilli() <= before || next.Started.UnixMilli() <= before {
			t.Errorf("the new run: %+v, asked for at %d", next, before)
		}
		if got, err := r.Store.RecipeOrder(t.Context(), o.ID); err != nil || got.Status == string(order.Failed) {
			t.Errorf("the order: %+v, %v", got, err)
		}
		o, next = r.awaitOrder(t, o, order.Completed, order.RunCompleted)
		if next.Ended.Before(next.Started.Time) {
			t.Errorf("the new run ended before it started: %+v", next)
		}
		if !next.Due().Equal(failed.ScheduledFor.Time) || next.ScheduledFor.Equal(failed.ScheduledFor.Time) {
			t.Errorf("the new run is for %s, want the time of the run that it resumes, %s", next.Due(), failed.ScheduledFor)
		}
		old, err := r.Store.OrderRun(t.Context(), failed.ID)
		if err != nil || old.Status != string(order.RunResumed) || old.ResumedBy == nil || *old.ResumedBy != next.HID || *old.RecipeID != *failed.RecipeID {
			t.Errorf("the old run: %+v, %v", old, err)
		}
		if got := r.Node(t, *next.RecipeID, "chop").Job.ID; got != chopped {
			t.Errorf("what had completed ran again: job %d, was %d", got, chopped)
		}
		if c, err := r.OpenConfiguration(r.Node(t, *next.RecipeID, "boil").Job.Configuration); err != nil || c.Settings["schema"] != "mended" {
			t.Errorf("the settings of what ran again: %+v, %v", c, err)
		}
		for _, run := range []store.OrderRun{old, next} {
			_, err := r.ResumeRun(t.Context(), run.HID, chef, nil)
			refusedAs(t, "resuming a run that is "+run.Status, err, refusal.Conflict, "only runs with an error or stopped ones")
		}
		if runs := r.runs(t, o); len(runs) != 2 {
			t.Errorf("%d runs", len(runs))
		}
	})
}

func TestResumeOfARunThatNeverStarted(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		e := r.serve(t, 1)
		o := r.order(t, OrderSpec{Schedule: "0 * * * *", MaxRuns: 1})
		r.override(t, "dev", `{"LIMIT":"many"}`)
		r.pass(t, o, monday.Add(time.Hour), e)
		_, failed := r.awaitOrder(t, o, order.Completed, order.RunFailed)
		_, err := r.ResumeRun(t.Context(), failed.HID, chef, nil)
		refusedAs(t, "resuming while the variables do not fit", err, refusal.InvalidInput, "'LIMIT' is the string")
		if runs := r.runs(t, o); len(runs) != 1 || runs[0].Status != string(order.RunFailed) {
			t.Errorf("a refused resume left %+v", runs)
		}
		r.override(t, "dev", `{}`)
		if _, err := r.ResumeRun(t.Context(), failed.HID, chef, nil); err != nil {
			t.Fatal(err)
		}
		r.awaitOrder(t, o, order.Completed, order.RunCompleted)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		running := func() (store.RecipeOrder, store.OrderRun) {
			t.Helper()
			o := r.order(t, OrderSpec{Recipe: "stew"})
			run := r.runs(t, o)[0]
			r.AwaitRecipe(t, *run.RecipeID, func(r store.Recipe) bool { return r.JobsRunning == 1 && r.JobsCompleted == 1 })
			return o, run
		}
		o, run := running()
		if err := r.DeleteKitchen(t.Context(), "dev", chef); refusal.CodeOf(err) != refusal.Conflict {
			t.Errorf("deleting the kitchen of an order that goes on: %v", err)
		}
		got, err := r.StopRun(t.Context(), run.HID, chef)
		if err != nil || got.Status != string(order.RunStopped) || got.Ended == nil {
			t.Errorf("stopped: %+v, %v", got, err)
		}
		// What it ran has ended when that returns.
		if diff := cmp.Diff(map[string]string{"chop": "COMPLETED", "boil": "CANCELED"}, r.Statuses(t, *run.RecipeID)); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}
		r.awaitOrder(t, o, order.Stopped, order.RunStopped)
		if _, err := r.StopRun(t.Context(), run.HID, chef); err != nil {
			t.Errorf("stopping once more: %v", err)
		}
		next, err := r.ResumeRun(t.Context(), run.HID, chef, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.awaitOrder(t, o, order.Active, order.RunActive)
		if _, err := r.StopOrder(t.Context(), o.HID, chef); err != nil {
			t.Fatal(err)
		}
		r.awaitOrder(t, o, order.Stopped, order.RunStopped)
		if err := r.DeleteRun(t.Context(), next.HID, chef); err != nil {
			t.Errorf("deleting a run that has ended: %v", err)
		}
		o3, run3 := running()
		if err := r.DeleteRun(t.Context(), run3.HID, chef); err != nil {
			t.Errorf("deleting a run that goes on: %v", err)
		}
		if runs := r.runs(t, o3); len(runs) != 0 {
			t.Errorf("the run that was deleted is there: %+v", runs)
		}
		r.AwaitRecipe(t, *run3.RecipeID, func(r store.Recipe) bool { return r.JobsRunning == 0 && r.JobsCanceled == 1 })
		o2, run2 := running()
		if err := r.DeleteOrder(t.Context(), o2.HID, chef); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Store.OrderRunByHID(t.Context(), run2.HID); refusal.CodeOf(err) != refusal.NotFound {
			t.Errorf("the run of a deleted order: %v", err)
		}
		if got := r.Statuses(t, *run2.RecipeID); got["boil"] != "CANCELED" {
			t.Errorf("its recipe: %v", got)
		}
		if err := r.DeleteOrders(t.Context(), "dev", chef); err != nil {
			t.Fatal(err)
		}
		if err := r.DeleteKitchen(t.Context(), "dev", chef); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"stop": last(r.StopOrder(t.Context(), o.HID, chef)), "stop run": last(r.StopRun(t.Context(), "x", chef)),
			"resume": last(r.ResumeRun(t.Context(), "x", chef, nil)), "delete": r.DeleteOrder(t.Context(), "x", chef),
			"delete all": r.DeleteOrders(t.Context(), "dev", chef), "delete run": r.DeleteRun(t.Context(), "x", chef),
		} {
			refusedAs(t, name+" of what is not there", err, refusal.NotFound, "not found")
		}
	})
}

func TestRunsOfOneOrderBesideItsSchedule(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 1)
		o := r.order(t, OrderSpec{Schedule: "0 * * * *"})
		for range 3 { // at the same time by the clock
			if _, err := r.RunOrder(t.Context(), o.HID, chef, nil); err != nil {
				t.Fatal(err)
			}
		}
		o, _ = r.awaitOrder(t, o, order.Active, order.RunCompleted)
		if o.RunCount != 0 || o.NextFire == nil || len(r.runs(t, o)) != 3 {
			t.Errorf("the order: %+v, %d runs", o, len(r.runs(t, o)))
		}
		once, _ := r.awaitOrder(t, r.order(t, OrderSpec{}), order.Completed, order.RunCompleted)
		if _, err := r.RunOrder(t.Context(), once.HID, chef, nil); err != nil {
			t.Fatal(err)
		}
		enginetest.Await(t, func() bool { return len(r.runs(t, once)) == 2 }, func() string { return "there is no second run" })
		r.awaitOrder(t, once, order.Completed, order.RunCompleted)
		if _, err := r.StopOrder(t.Context(), o.HID, chef); err != nil {
			t.Fatal(err)
		}
		_, err := r.RunOrder(t.Context(), o.HID, chef, nil)
		refusedAs(t, "running an order that was stopped", err, refusal.Conflict, "stopped for good")
	})
}

// What the other dialect does to a recipe shows in its run.
func TestRunFollowsItsRecipe(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		o, run := r.awaitOrder(t, r.order(t, OrderSpec{Recipe: "burnt"}), order.Failed, order.RunFailed)
		next, err := r.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: *run.RecipeID, ForcedNodes: json.RawMessage(`{"all":true}`)})
		if err != nil {
			t.Fatal(err)
		}
		r.AwaitRecipe(t, next.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 })
		_, moved := r.awaitOrder(t, o, order.Failed, order.RunFailed)
		if moved.HID != run.HID || *moved.RecipeID != next.ID {
			t.Errorf("after a reprocess: %+v, want recipe %d", moved, next.ID)
		}
		if err := r.CancelJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{next.ID}, Statuses: []string{"FAILED"}}); err != nil {
			t.Fatal(err)
		}
		r.awaitOrder(t, o, order.Stopped, order.RunStopped)
		jobs := r.Node(t, next.ID, "boil").Job.ID
		if err := r.RequeueJobs(t.Context(), store.JobFilter{JobIDs: []int64{jobs}}, nil); err != nil {
			t.Fatal(err)
		}
		r.AwaitJob(t, jobs, "FAILED")
		r.awaitOrder(t, o, order.Failed, order.RunFailed)
	})
}

// TestOneOrderChangedByMany: whatever comes at the same time ends in an order that is
// gone, without a run that goes on, and nobody waits for ever.
func TestOneOrderChangedByMany(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 2)
		o := r.order(t, OrderSpec{Recipe: "stew", Schedule: "* * * * *"}) // of an hour, unless it is stopped
		var recipes []int64
		var mu sync.Mutex
		started := func(run store.OrderRun, err error) error {
			mu.Lock()
			defer mu.Unlock()
			if err == nil && run.RecipeID != nil {
				recipes = append(recipes, *run.RecipeID)
			}
			return err
		}
		var all sync.WaitGroup
		for name, change := range map[string]func() error{
			"pause":   func() error { return last(r.PauseOrder(t.Context(), o.HID, chef)) },
			"unpause": func() error { return last(r.UnpauseOrder(t.Context(), o.HID, chef)) },
			"run":     func() error { return started(r.RunOrder(t.Context(), o.HID, chef, nil)) },
			"run too": func() error { return started(r.RunOrder(t.Context(), o.HID, chef, nil)) },
			"stop":    func() error { return last(r.StopOrder(t.Context(), o.HID, chef)) },
			"delete":  func() error { return r.DeleteOrder(t.Context(), o.HID, chef) },
			"resume": func() error {
				runs, _, err := r.Store.OrderRuns(t.Context(), store.OrderRunFilter{OrderIDs: []int64{o.ID}})
				if err != nil || len(runs) == 0 {
					return err
				}
				return started(r.ResumeRun(t.Context(), runs[0].HID, chef, nil))
			},
		} {
			all.Go(func() {
				for range 4 {
					if err := change(); err != nil && refusal.CodeOf(err) != refusal.Conflict && refusal.CodeOf(err) != refusal.NotFound {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
		all.Wait()
		if _, err := r.Store.RecipeOrderByHID(t.Context(), o.HID); refusal.CodeOf(err) != refusal.NotFound {
			t.Errorf("the deleted order: %v", err)
		}
		for _, id := range recipes {
			r.AwaitRecipe(t, id, func(row store.Recipe) bool { return engine.StatusOf(row).IsSettled() })
		}
	})
}

// TestRunsByHandTakeNoTick runs an order by hand in the last millisecond before a tick, whose run
// starts all the same.
func TestRunsByHandTakeNoTick(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		d := r.serve(t, 1)
		o := r.order(t, OrderSpec{Schedule: "0 * * * *"})
		tick := monday.Add(time.Hour)
		r.pass(t, o, tick.Add(-time.Millisecond), d)
		run, err := r.RunOrder(t.Context(), o.HID, chef, nil)
		if err != nil || run.ScheduledFor.Equal(tick) {
			t.Errorf("the run by hand is for %s, %v", run.ScheduledFor, err)
		}
		r.pass(t, o, tick.Add(time.Second), d)
		enginetest.Await(t, func() bool {
			return slices.ContainsFunc(r.runs(t, o), func(run store.OrderRun) bool { return run.ScheduledFor.Equal(tick) })
		}, func() string { return fmt.Sprintf("the tick's run is missing: %v", r.times(t, o)) })
	})
}

// TestAResumedPlannedRunIsForNow stops a run that is planned for later, and resumes it.
func TestAResumedPlannedRunIsForNow(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 1)
		o := r.order(t, OrderSpec{Schedule: "now", Start: "2030-01-01T00:00:00Z"})
		runs := r.runs(t, o)
		if len(runs) != 1 || runs[0].Status != string(order.RunPlanned) {
			t.Fatalf("the order plans %+v", runs)
		}
		if _, err := r.StopRun(t.Context(), runs[0].HID, chef); err != nil {
			t.Fatal(err)
		}
		next, err := r.ResumeRun(t.Context(), runs[0].HID, chef, nil)
		if err != nil || next.ScheduledFor.After(monday.Add(time.Minute)) || next.Started.After(monday.Add(time.Minute)) || next.Due().Year() != 2030 {
			t.Errorf("the resumed run: %+v, %v", next, err)
		}
	})
}

// TestOverdueIsArmedAgain requeues what has failed of a run with a limit.
func TestOverdueIsArmedAgain(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		r.serve(t, 1)
		o, run := r.awaitOrder(t, r.order(t, OrderSpec{Recipe: "burnt"}), order.Failed, order.RunFailed)
		limit := int64(600)
		run.MaxDuration = &limit
		if err := r.Store.Update(t.Context(), &run, "max_duration"); err != nil {
			t.Fatal(err)
		}
		r.clock.set(monday.Add(time.Hour))
		job := r.Node(t, *run.RecipeID, "boil").Job
		if _, _, err := r.EditJobType(t.Context(), "scorch", "1.0.0", catalog.JobTypeEdit{IsPaused: new(true)}); err != nil {
			t.Fatal(err)
		}
		if err := r.RequeueJobs(t.Context(), store.JobFilter{JobIDs: []int64{job.ID}}, nil); err != nil {
			t.Fatal(err)
		}
		_, run = r.awaitOrder(t, o, order.Active, order.RunActive)
		if want := monday.Add(70 * time.Minute); run.Overdue == nil || !run.Overdue.Equal(want) {
			t.Errorf("the run is overdue at %v, want %s", run.Overdue, want)
		}
	})
}
