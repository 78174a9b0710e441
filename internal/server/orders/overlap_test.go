package orders

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// TestRunsOfOneOrderDoNotPileUp is the case orders-do-not-pile-up: what is due while another
// run goes on.
func TestRunsOfOneOrderDoNotPileUp(t *testing.T) {
	t.Parallel()
	for overlap, want := range map[order.Overlap]struct {
		whileOneRuns, at, after []string
		skipped                 int
	}{
		order.OverlapAllow: {[]string{"09:10:00", "09:20:00", "09:30:00"}, nil, []string{"09:10:00", "09:20:00", "09:30:00", "09:40:00"}, 0},
		order.OverlapSkip:  {[]string{"09:10:00"}, nil, []string{"09:10:00", "09:40:00"}, 2},
		order.OverlapHold:  {[]string{"09:10:00"}, []string{"09:10:00", "09:30:00"}, []string{"09:10:00", "09:30:00"}, 0},
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
			})
		})
	}
}
