package orders

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestRunsOfOneOrderDoNotPileUp is the case orders-do-not-pile-up: what is due while another
// run goes on.
func TestRunsOfOneOrderDoNotPileUp(t *testing.T) {
	t.Parallel()
	for overlap, want := range map[order.Overlap]struct {
		whileOneRuns, at, after []string
		skipped                 int
	}{
		order.OverlapAllow:  {[]string{"09:10:00", "09:20:00", "09:30:00"}, nil, []string{"09:10:00", "09:20:00", "09:30:00", "09:40:00"}, 0},
		order.OverlapSkip:   {[]string{"09:10:00"}, nil, []string{"09:10:00", "09:40:00"}, 2},
		order.OverlapCancel: {[]string{"09:10:00", "09:20:00", "09:30:00"}, nil, []string{"09:10:00", "09:20:00", "09:30:00", "09:40:00"}, 0},
		order.OverlapHold:   {[]string{"09:10:00"}, []string{"09:10:00", "09:30:00"}, []string{"09:10:00", "09:30:00"}, 1},
	} {
		t.Run(string(overlap), func(t *testing.T) {
			t.Parallel()
			eachRestaurant(t, func(t *testing.T, r *restaurant) { // it has no workers: runs go on until they are stopped
				o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", Overlap: overlap})
				var w watch
				look := func(minutes int) {
					t.Helper()
					r.clock.set(monday.Add(time.Duration(minutes) * time.Minute))
					if _, err := r.look(t.Context(), &w); err != nil {
						t.Fatal(err)
					}
				}
				is := func(when string, want []string) {
					t.Helper()
					if diff := cmp.Diff(want, r.times(t, o)); diff != "" {
						t.Errorf("runs %s (-want +got):\n%s", when, diff)
					}
				}
				look(10)
				look(20)
				look(30)
				is("while one goes on", want.whileOneRuns)
				if _, err := r.StopRun(t.Context(), r.runs(t, o)[0].HID, chef); err != nil {
					t.Fatal(err)
				}
				if want.at != nil {
					look(30)
					is("when it has ended", want.at)
				}
				look(40)
				is("after it", want.after)
				got, err := r.Store.RecipeOrder(t.Context(), o.ID)
				if err != nil || got.RunsSkipped != want.skipped || got.Overlap != string(overlap) {
					t.Errorf("the order: %+v, %v", got, err)
				}
				skipped, err := r.Store.SkippedRuns(t.Context(), o.ID, 10)
				if err != nil || len(skipped) != want.skipped {
					t.Errorf("skipped: %+v, %v", skipped, err)
				}
				for _, s := range skipped {
					if !strings.Contains(s.Reason, "was still under way, and overlap is skip") && !strings.Contains(s.Reason, "overlap is hold") {
						t.Errorf("skipped at %s as %q", s.ScheduledFor, s.Reason)
					}
				}
				if overlap != order.OverlapCancel {
					return
				}
				for i, run := range r.runs(t, o)[:3] {
					if run.Status != string(order.RunStopped) || !strings.Contains(run.Error, "as overlap is cancel") {
						t.Errorf("run %d: %+v", i, run)
					}
				}
			})
		})
	}
}

// TestAnOrderOverlapsAsItsVariationSays: unless it says so itself.
func TestAnOrderOverlapsAsItsVariationSays(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		variations := `{"variation-list": {"plain": {"overlap": "hold", "catch-up": "last"}}}`
		if _, err := r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: "main", Recipe: "meal", By: chef,
			Files: map[string]*string{order.VariationsFile: &variations}}); err != nil {
			t.Fatal(err)
		}
		o := r.order(t, OrderSpec{Schedule: "0 * * * *"})
		own := r.order(t, OrderSpec{Schedule: "0 * * * *", Overlap: order.OverlapCancel, CatchUp: order.CatchUpNone})
		if o.Overlap != "hold" || o.CatchUp != "last" || own.Overlap != "cancel" || own.CatchUp != "none" {
			t.Errorf("the variation's: %+v, its own: %+v", o, own)
		}
		none, all := order.Overlap(""), order.CatchUpAll
		if own, err := r.edit(t, own, OrderEdit{Overlap: &none, CatchUp: &all}); err != nil || own.Overlap != "hold" || own.CatchUp != "all" {
			t.Errorf("after a change: %+v, %v", own, err)
		}
	})
}

func TestWhatNobodyCouldStartIsMadeUp(t *testing.T) {
	t.Parallel()
	for catchUp, want := range map[order.CatchUp][]string{
		order.CatchUpNone: {"09:40:00"},
		order.CatchUpLast: {"09:30:00", "09:40:00"},
		order.CatchUpAll:  {"09:10:00", "09:20:00", "09:30:00", "09:40:00"},
	} {
		t.Run(string(catchUp), func(t *testing.T) {
			t.Parallel()
			eachRestaurant(t, func(t *testing.T, r *restaurant) {
				o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", CatchUp: catchUp})
				r.clock.set(monday.Add(35 * time.Minute)) // no server ran until now
				var w watch
				for range 4 {
					if _, err := r.look(t.Context(), &w); err != nil {
						t.Fatal(err)
					}
				}
				for minute := 35 * time.Minute; minute <= 40*time.Minute; minute += 10 * time.Second { // it watches
					r.clock.set(monday.Add(minute))
					if _, err := r.look(t.Context(), &w); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(want, r.times(t, o)); diff != "" {
					t.Errorf("runs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestARunWhoseTimeIsOverHasFailed: its jobs end, and those whom the run names hear of it.
func TestARunWhoseTimeIsOverHasFailed(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		variations := `{"variation-list": {"plain": {"timeout": "PT10M"}}}`
		if _, err := r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: "main", Recipe: "stew", By: chef,
			Files: map[string]*string{order.VariationsFile: &variations}}); err != nil {
			t.Fatal(err)
		}
		r.serve(t, 1)
		o := r.order(t, OrderSpec{Recipe: "stew", Parameters: []byte(`{"alert_destinations": ["ops@example.com"]}`)})
		begun := r.runs(t, o)[0]
		r.AwaitRecipe(t, *begun.RecipeID, func(r store.Recipe) bool { return r.JobsRunning == 1 })
		if begun.Status != string(order.RunActive) || !begun.Deadline.Equal(monday.Add(10*time.Minute)) {
			t.Fatalf("before its time is over: %+v", begun)
		}
		r.clock.set(monday.Add(10 * time.Minute))
		_, run := r.awaitOrder(t, o, order.Failed, order.RunFailed)
		if !strings.HasPrefix(run.Error, "timeout: the run took longer than 10m0s") || run.Deadline != nil || run.Expired == nil {
			t.Errorf("the run: %+v", run)
		}
		jobs, _, err := r.Store.Jobs(t.Context(), store.JobFilter{})
		if err != nil || slices.ContainsFunc(jobs, func(j store.Job) bool { return j.Status == "RUNNING" || j.Status == "QUEUED" }) {
			t.Errorf("its jobs: %+v, %v", jobs, err)
		}
		alerts, err := r.Store.AlertsOfRun(t.Context(), run.ID)
		if err != nil || !slices.ContainsFunc(alerts, func(a store.Alert) bool { return a.Event == string(order.RunError) }) {
			t.Errorf("its alerts: %+v, %v", alerts, err)
		}
		if _, err := r.EditOrder(t.Context(), o.HID, OrderEdit{By: chef, Timeout: new("soon")}); refusal.CodeOf(err) != refusal.Invalid {
			t.Errorf("a timeout that is none: %v", err)
		}
		if _, err := r.EditOrder(t.Context(), o.HID, OrderEdit{By: chef, Timeout: new("PT20M")}); err != nil {
			t.Fatal(err)
		}
		next, err := r.ResumeRun(t.Context(), run.HID, chef, nil)
		if err != nil || !next.Deadline.Equal(next.Started.Add(20*time.Minute)) || next.Error != "" {
			t.Errorf("resumed, with a limit of the order's own: %+v, %v", next, err)
		}
		own := r.runs(t, r.order(t, OrderSpec{Recipe: "stew", Timeout: "5m"}))[0]
		if !own.Deadline.Equal(own.Started.Add(5 * time.Minute)) {
			t.Errorf("with the order's own limit: %+v", own)
		}
	})
}
