package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// newRestaurantOfFiles has a recipe "load" that takes one file and any number of others, by rules.
func newRestaurantOfFiles(t *testing.T, r *restaurant, rules string) {
	t.Helper()
	r.JobType(t, enginetest.JobSpec{Name: "load", FilesIn: []string{"day"}})
	r.RecipeType(t, "Load", enginetest.Definition(`{"files":[{"name":"day"},{"name":"all","required":false,"multiple":true}]}`, map[string]string{
		"load": enginetest.JobNode("load", nil, enginetest.Deps{"day": "recipe:day"}),
	}))
	variations := `{"variation-list": {"plain": {"input-files": ` + rules + `}}}`
	description := `{"recipe-type": "load"}`
	if _, err := r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: "main", Recipe: "load", Create: true, By: chef,
		Files: map[string]*string{order.DescriptionFile: &description, order.VariationsFile: &variations}}); err != nil {
		t.Fatal(err)
	}
}

// files are the paths of the files of a run, by input.
func (r *restaurant) files(t *testing.T, run store.OrderRun) string {
	t.Helper()
	if run.RecipeID == nil {
		return "none: " + run.Error
	}
	rows, err := r.Store.RecipeInputFiles(t.Context(), *run.RecipeID)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		f, err := r.Store.File(t.Context(), row.FileID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row.RecipeInput+"="+f.FilePath)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestFilesAreChosenWhenARunStarts(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		newRestaurantOfFiles(t, r, `{"day": [{"workspace": "default", "path": "in/{{ScheduledFor.date}}/*.csv", "newest": 1}],
			"all": [{"workspace": "default", "path": "in/**/*.csv", "since-last-success": true, "at-least": 0}]}`)
		o := r.order(t, OrderSpec{Recipe: "load", Schedule: "0 10 * * *"}) // nothing is there yet, which is no matter
		var w watch
		var want []string
		for day := range 3 {
			at := monday.Add(time.Duration(day)*24*time.Hour + time.Hour)
			r.clock.set(at.Add(-time.Minute))
			r.File(t, fmt.Sprintf("in/%s/a.csv", at.Format(time.DateOnly)), "a")
			if _, err := r.look(t.Context(), &w); err != nil { // it watches
				t.Fatal(err)
			}
			for second := -50; second <= 0; second += 10 {
				r.clock.set(at.Add(time.Duration(second) * time.Second))
				if _, err := r.look(t.Context(), &w); err != nil {
					t.Fatal(err)
				}
			}
			date := at.Format(time.DateOnly)
			want = append(want, "all=in/"+date+"/a.csv day=in/"+date+"/a.csv")
			run := r.runs(t, o)[day]
			if got := r.files(t, run); got != want[day] {
				t.Errorf("the run of %s has %q, want %q", date, got, want[day])
			}
			run.Status = string(order.RunCompleted) // so that what it had is no news
			if err := r.Store.Update(t.Context(), &run, "status"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestWhatCameBeforeAResumeIsNews: a run that resumes another has the other's files, and no later ones.
func TestWhatCameBeforeAResumeIsNews(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		newRestaurantOfFiles(t, r, `{"day": [{"workspace": "default", "path": "in/*.csv", "newest": 1, "since-last-success": true}]}`)
		r.JobType(t, enginetest.JobSpec{Name: "other"})
		other := r.Recipe(t, r.RecipeType(t, "Other", enginetest.Definition(`{}`, map[string]string{"other": enginetest.JobNode("other", nil, nil)})), `{}`)
		o := r.order(t, OrderSpec{Recipe: "load", Schedule: "0 10 * * *"})
		failed := store.At(monday)
		for i, status := range []order.RunStatus{order.RunResumed, order.RunResumed, order.RunCompleted} {
			started := store.At(monday.Add(time.Duration(i) * time.Hour))
			run := store.OrderRun{HID: fmt.Sprintf("run-%d", i), OrderID: o.ID, Status: string(status), ScheduledFor: started, Started: &started,
				RecipeID: &other.ID, Variables: store.JSON(`{}`), Created: started, LastModified: started}
			if status == order.RunResumed {
				run.ResumedBy = new(fmt.Sprintf("run-%d", i+1))
			}
			if err := r.Store.Insert(t.Context(), &run); err != nil {
				t.Fatal(err)
			}
		}
		err := r.Store.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			since, err := lastSuccess(ctx, tx, o)
			if err == nil && (since == nil || !since.Equal(failed.Time)) {
				t.Errorf("files count as new since %v, want %v", since, failed)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestARunWithoutItsFilesSaysSo(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		newRestaurantOfFiles(t, r, `{"day": [{"workspace": "default", "path": "in/*.csv", "newest": 1}]}`)
		o := r.order(t, OrderSpec{Recipe: "load", Schedule: "0 10 * * *", Parameters: []byte(`{"email": "ops@example.com"}`)})
		var w watch
		for _, minute := range []int{59, 60} {
			r.clock.set(monday.Add(time.Duration(minute)*time.Minute - 5*time.Second*time.Duration(minute%2)))
			if _, err := r.look(t.Context(), &w); err != nil {
				t.Fatal(err)
			}
		}
		r.clock.set(monday.Add(time.Hour))
		run := r.runs(t, o)
		if len(run) != 1 || run[0].Status != string(order.RunFailed) || !strings.Contains(run[0].Error, "input_files.day: found 0 files at in/*.csv of workspace default, expected at least 1") {
			t.Fatalf("the run: %+v", run)
		}
		alerts, err := r.Store.AlertsOfRun(t.Context(), run[0].ID)
		if err != nil || len(alerts) != 1 || alerts[0].Event != string(order.RunError) || !strings.Contains(string(alerts[0].Payload), "found 0 files") {
			t.Errorf("its alerts: %+v, %v", alerts, err)
		}
		if _, err := r.tryOrder(t, OrderSpec{Recipe: "load"}); refusal.CodeOf(err) != refusal.InvalidInput {
			t.Errorf("an order that runs at once: %v", err)
		}
		r.File(t, "in/a.csv", "a")
		old := r.File(t, "in/b.csv", "b")
		next, err := r.ResumeRun(t.Context(), run[0].HID, chef, nil)
		if err != nil || r.files(t, next) != "day=in/b.csv" {
			t.Errorf("resumed with %s, %v", r.files(t, next), err)
		}
		// An order's own files win over its variation's, and what is resumed keeps its files.
		own := r.order(t, OrderSpec{Recipe: "load", InputSettings: []byte(fmt.Sprintf(`{"input-files": {"day": [%d]}}`, old.ID-1))})
		if got := r.files(t, r.runs(t, own)[0]); got != "day=in/a.csv" {
			t.Errorf("an order with a file of its own has %s", got)
		}
		if _, err := r.StopRun(t.Context(), next.HID, chef); err != nil {
			t.Fatal(err)
		}
		r.File(t, "in/c.csv", "c")
		if again, err := r.ResumeRun(t.Context(), next.HID, chef, nil); err != nil || r.files(t, again) != "day=in/b.csv" {
			t.Errorf("resumed again with %s, %v", r.files(t, again), err)
		}
	})
}

func TestARunWaitsForItsFiles(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		newRestaurantOfFiles(t, r, `{"day": [{"workspace": "default", "path": "in/a.csv", "wait-for": "PT1M"}]}`)
		comes, stays := r.order(t, OrderSpec{Recipe: "load"}), r.order(t, OrderSpec{Recipe: "load", Parameters: []byte(`{"x": 1}`)})
		var w watch
		look := func(seconds int) {
			t.Helper()
			r.clock.set(monday.Add(time.Duration(seconds) * time.Second))
			if _, err := r.look(t.Context(), &w); err != nil {
				t.Fatal(err)
			}
		}
		for seconds := range 6 {
			look(10 * seconds)
		}
		for _, o := range []store.RecipeOrder{comes, stays} {
			if runs := r.runs(t, o); len(runs) != 1 || runs[0].Status != string(order.RunPlanned) {
				t.Fatalf("without its file: %+v", runs)
			}
		}
		if _, err := r.EditOrder(t.Context(), stays.HID, OrderEdit{By: chef, Settings: map[string]json.RawMessage{"input-files": json.RawMessage(`{"day": [{"workspace": "default", "path": "in/b.csv"}]}`)}}); err != nil {
			t.Fatal(err)
		}
		r.File(t, "in/a.csv", "a")
		look(55)
		if run := r.runs(t, comes)[0]; run.Status != string(order.RunActive) || r.files(t, run) != "day=in/a.csv" {
			t.Errorf("with its file: %+v", run)
		}
		if run := r.runs(t, stays)[0]; run.Status != string(order.RunFailed) || !strings.Contains(run.Error, "found 0 files at in/b.csv") {
			t.Errorf("with a file that never comes: %+v", run)
		}
	})
}

// a run that waits for its files is waited for, too, by the server that comes after one that was killed
func TestARunWaitsForItsFilesOverARestart(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		r := newRestaurant(t, storetest.Open(t, dsn))
		newRestaurantOfFiles(t, r, `{"day": [{"workspace": "default", "path": "in/a.csv", "wait-for": "PT1H"}]}`)
		nightly := r.order(t, OrderSpec{Recipe: "load", Schedule: "10 9 * * *"})
		never := r.order(t, OrderSpec{Recipe: "load", Schedule: "10 9 * * *", Overlap: order.OverlapHold})
		once := r.order(t, OrderSpec{Recipe: "load"})
		at := func(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }
		look := func(r *restaurant, w *watch, minutes int) {
			t.Helper()
			r.clock.set(at(minutes))
			if _, err := r.look(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		look(r, &watch{}, 10)
		if err := r.Store.Close(); err != nil { // the watch is gone as well
			t.Fatal(err)
		}

		s := storetest.Open(t, dsn)
		again := r
		r.Kitchen.Store = s
		cfg := again.Config(0)
		cfg.Now = r.clock.Now
		again.take(t, cfg)
		var w watch
		look(again, &w, 20)
		again.File(t, "in/a.csv", "a")
		if _, err := again.StopOrder(t.Context(), never.HID, chef); err != nil {
			t.Fatal(err)
		}
		look(again, &w, 30)
		for _, o := range []store.RecipeOrder{nightly, once} {
			runs := again.runs(t, o)
			if len(runs) != 1 || runs[0].Status != string(order.RunActive) || again.files(t, runs[0]) != "day=in/a.csv" {
				t.Errorf("with its file, after a restart: %+v", runs)
			}
			if got, err := s.RecipeOrder(t.Context(), o.ID); err != nil || got.RunsSkipped != 0 {
				t.Errorf("%d runs are missed, %v", got.RunsSkipped, err)
			}
		}
		if runs := again.runs(t, never); len(runs) != 0 {
			t.Errorf("an order that was stopped while its run was waiting: %+v", runs)
		}
	})
}

// what has waited for its files in vain, over a restart, says so
func TestARunThatWaitedInVainOverARestartHasFailed(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		newRestaurantOfFiles(t, r, `{"day": [{"workspace": "default", "path": "in/a.csv", "wait-for": "PT1H"}]}`)
		o := r.order(t, OrderSpec{Recipe: "load", Schedule: "10 9 * * *"})
		for _, minutes := range []int{10, 90} {
			r.clock.set(monday.Add(time.Duration(minutes) * time.Minute))
			if _, err := r.look(t.Context(), &watch{}); err != nil {
				t.Fatal(err)
			}
		}
		runs := r.runs(t, o)
		if len(runs) != 1 || runs[0].Status != string(order.RunFailed) || !strings.Contains(runs[0].Error, "found 0 files at in/a.csv") {
			t.Errorf("the run: %+v", runs)
		}
	})
}
