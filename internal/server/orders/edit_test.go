package orders

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// edit changes an order for the chef.
func (r *restaurant) edit(t testing.TB, o store.RecipeOrder, edit OrderEdit) (store.RecipeOrder, error) {
	edit.By = chef
	return r.EditOrder(t.Context(), o.HID, edit)
}

func cron(text string) *order.ScheduleSetting { return &order.ScheduleSetting{Schedule: text} }

func TestAnOrderIsChangedInPlace(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		must := func(o store.RecipeOrder, edit OrderEdit) store.RecipeOrder {
			t.Helper()
			o, err := r.edit(t, o, edit)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		var w watch
		look := func(minutes int) {
			t.Helper()
			r.clock.set(monday.Add(time.Duration(minutes) * time.Minute))
			if _, err := r.look(t.Context(), &w); err != nil {
				t.Fatal(err)
			}
		}
		o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", Parameters: json.RawMessage(`{"LIMIT": 1}`), SecretParameters: json.RawMessage(`{"PIN": "1234"}`),
			InputSettings: json.RawMessage(`{"parameters": {"LIMIT": 1}, "secret-parameters": {"PIN": "1234"}}`)})
		look(10)
		first := r.runs(t, o)[0]
		// The run that goes on is left alone; the next one has what is new.
		to := json.RawMessage(`{"LIMIT": 2, "alert_destinations": ["ops@example.com"]}`)
		o = must(o, OrderEdit{Parameters: to})
		look(20)
		runs := r.runs(t, o)
		if len(runs) != 2 || runs[0].Status != first.Status || runs[0].HID != first.HID {
			t.Fatalf("runs after a change: %+v", runs)
		}
		for i, want := range []string{"1", "2"} {
			var variables map[string]any
			if err := usecase.DecodeNumbers(runs[i].Variables, &variables); err != nil || variables["LIMIT"] != json.Number(want) || variables["PIN"] != order.Mask {
				t.Errorf("run %d has %v, %v, want LIMIT %s and a secret PIN", i, variables, err, want)
			}
		}
		open, secret, err := r.parametersOf(o)
		if diff := cmp.Diff([]string{`{"LIMIT":2,"alert_destinations":["ops@example.com"]}`, `{"PIN":"1234"}`}, []string{string(open), string(secret)}); diff != "" || err != nil {
			t.Errorf("parameters, %v (-want +got):\n%s", err, diff)
		}
		if strings.Contains(string(o.InputSettings), "1234") || !strings.Contains(string(o.InputSettings), "ops@example.com") {
			t.Errorf("the settings are %s", o.InputSettings)
		}
		// Another schedule, and another overlap, count from now on.
		hold, yes, no := order.OverlapHold, true, false
		o = must(o, OrderEdit{Schedule: cron("45 * * * *"), Overlap: &hold})
		if o.Schedule != "45 * * * *" || o.Overlap != "hold" || !o.NextFire.Equal(monday.Add(45*time.Minute)) {
			t.Errorf("rescheduled: %+v", o)
		}
		if o = must(o, OrderEdit{Paused: &yes}); o.Status != string(order.Paused) || o.NextFire != nil {
			t.Errorf("paused: %+v", o)
		}
		if o = must(o, OrderEdit{Paused: &no, Schedule: cron("50 * * * *")}); o.Status != string(order.Active) || !o.NextFire.Equal(monday.Add(50*time.Minute)) {
			t.Errorf("unpaused with another schedule: %+v", o)
		}
		// Versions: each change has another, a run has not.
		version := o.Version()
		look(30)
		if got, err := r.Store.RecipeOrder(t.Context(), o.ID); err != nil || !got.Version().Equal(version.Time) {
			t.Errorf("a look has made another version: %+v, %v", got, err)
		}
		o = must(o, OrderEdit{Overlap: &hold, IfMatch: usecase.IfMatch{version}})
		if _, err := r.edit(t, o, OrderEdit{Overlap: &hold, IfMatch: usecase.IfMatch{version}}); refusal.CodeOf(err) != refusal.Precondition {
			t.Errorf("a change of an earlier version: %v", err)
		}
		// What would be refused of a new order is, and nothing is changed.
		for name, c := range map[string]struct {
			edit OrderEdit
			code refusal.Code
		}{
			"a parameter of the wrong type": {OrderEdit{Parameters: json.RawMessage(`{"LIMIT": "many"}`)}, refusal.InvalidInput},
			"given twice":                   {OrderEdit{Parameters: json.RawMessage(`{"PIN": 1}`)}, refusal.Invalid},
			"no schedule":                   {OrderEdit{Schedule: cron("sometimes")}, refusal.Invalid},
			"nothing is due":                {OrderEdit{Schedule: &order.ScheduleSetting{Schedule: "0 * * * *", Options: schedule.Options{Expires: "2026-03-02T09:40:00Z"}}}, refusal.Invalid},
			"a single run":                  {OrderEdit{Schedule: cron("now")}, refusal.Conflict},
		} {
			if _, err := r.edit(t, o, c.edit); refusal.CodeOf(err) != c.code {
				t.Errorf("%s: got %v, want the code %v", name, err, c.code)
			}
		}
		if got, err := r.Store.RecipeOrder(t.Context(), o.ID); err != nil || !cmp.Equal(got, o) {
			t.Errorf("after refusals: %s, %v", cmp.Diff(o, got), err)
		}
		if _, err := r.EditOrder(t.Context(), o.HID, OrderEdit{Overlap: &hold, By: Actor{Name: "chef"}}); err != nil {
			t.Error(err)
		}
		if _, err := r.StopOrder(t.Context(), o.HID, chef); err != nil {
			t.Fatal(err)
		}
		if _, err := r.edit(t, o, OrderEdit{Overlap: &hold}); refusal.CodeOf(err) != refusal.Conflict {
			t.Errorf("a change of a stopped order: %v", err)
		}
	})
}

func TestAnOrderIsMadePaused(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "*/10 * * * *", Paused: true})
		if o.Status != string(order.Paused) || o.NextFire != nil {
			t.Errorf("made: %+v", o)
		}
		if _, err := r.tryOrder(t, OrderSpec{Schedule: "now", Paused: true}); refusal.CodeOf(err) != refusal.Invalid {
			t.Errorf("an order that runs once: %v", err)
		}
	})
}

func TestAnOrderThatRunsOnceIsMovedUntilItRuns(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "now", Start: "2026-03-02T12:00:00Z"})
		at := func(start string) *order.ScheduleSetting {
			return &order.ScheduleSetting{Schedule: "now", Options: schedule.Options{Start: start}}
		}
		o, err := r.edit(t, o, OrderEdit{Schedule: at("2026-03-02T10:00:00Z"), Parameters: json.RawMessage(`{"LIMIT": 9}`)})
		if err != nil || !o.NextFire.Equal(monday.Add(time.Hour)) || !r.runs(t, o)[0].ScheduledFor.Equal(monday.Add(time.Hour)) {
			t.Fatalf("moved: %+v, %v", o, err)
		}
		r.clock.set(monday.Add(time.Hour))
		if _, err := r.look(t.Context(), &watch{}); err != nil {
			t.Fatal(err)
		}
		if runs := r.runs(t, o); len(runs) != 1 || runs[0].Status != string(order.RunActive) || !strings.Contains(string(runs[0].Variables), `"LIMIT":9`) {
			t.Errorf("its run: %+v", runs)
		}
		if _, err := r.edit(t, o, OrderEdit{Schedule: at("2026-03-02T12:00:00Z")}); refusal.CodeOf(err) != refusal.Conflict {
			t.Errorf("moved when it runs: %v", err)
		}
	})
}

func TestAScheduleThatHasEndedGoesOn(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Schedule: "0 * * * *", Expires: "2026-03-02T10:30:00Z"})
		if _, err := r.PauseOrder(t.Context(), o.HID, chef); err != nil {
			t.Fatal(err)
		}
		r.clock.set(monday.Add(2 * time.Hour))
		if o, err := r.UnpauseOrder(t.Context(), o.HID, chef); err != nil || o.Status != string(order.Completed) {
			t.Fatalf("its schedule has ended: %+v, %v", o, err)
		}
		o, err := r.edit(t, o, OrderEdit{Schedule: cron("0 * * * *")})
		if err != nil || o.Status != string(order.Active) || o.Ended != nil || !o.NextFire.Equal(monday.Add(3*time.Hour)) {
			t.Errorf("without its end: %+v, %v", o, err)
		}
	})
}
