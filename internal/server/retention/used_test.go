package retention_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/retention"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// TestWhatIsNeededStays has one product that a job of no recipe waits to take in, and one that a variation of a
// kitchen names, so that the next run of an order of it will.
func TestWhatIsNeededStays(t *testing.T) {
	t.Parallel()
	for _, dsn := range []func(testing.TB) string{storetest.SQLite, storetest.Postgres} {
		s := servertest.New(t, servertest.Options{Executor: "process", Database: dsn(t)})
		typeID := pipeline(t, s)
		source, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "in.txt"}, strings.NewReader("x\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, waited := mustComplete(t, s, typeID, source.ID)
		_, named := mustComplete(t, s, typeID, source.ID)
		types, err := s.Client.JobTypes(t.Context(), client.JobTypeQuery{})
		if err != nil || len(types) != 1 {
			t.Fatalf("job types: %v, %v", types, err)
		}
		mustPause := func(paused bool) {
			t.Helper()
			if _, err := s.Client.EditJobType(t.Context(), "copy", "1.0.0", api.JobTypeEdit{IsPaused: &paused}); err != nil {
				t.Fatal(err)
			}
		}
		mustPause(true)
		job, err := s.Client.CreateJob(t.Context(), api.JobCreate{JobTypeID: types[0].ID, Input: fmt.Appendf(nil, `{"files": {"IN": [%d]}}`, waited.ID)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Client.CreateKitchen(t.Context(), "", "Prod", api.KitchenCreate{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Client.CreateKitchenRecipe(t.Context(), "Prod", "copy", map[string]string{
			"variations.json": fmt.Sprintf(`{"variation-list": {"again": {"input-files": {"IN": [%d]}}}}`, named.ID)}); err != nil {
			t.Fatal(err)
		}
		mustRemove := func(p retention.Policy, want retention.Report) {
			t.Helper()
			k := keeper(t, s, 48*time.Hour, p)
			if plan, err := k.Plan(t.Context()); err != nil || plan != want {
				t.Errorf("%s: the plan is %v, %v, want %v", s.Store.Dialect(), plan, err, want)
			}
			if got, err := k.Remove(t.Context()); err != nil || got != want {
				t.Errorf("%s: removed %v, %v, want %v", s.Store.Dialect(), got, err, want)
			}
		}
		old := retention.Policy{Recipes: 24 * time.Hour, Products: 24 * time.Hour}
		mustRemove(old, retention.Report{})
		if err := s.Client.DeleteKitchen(t.Context(), "Prod"); err != nil {
			t.Fatal(err)
		}
		mustRemove(old, retention.Report{Recipes: 1, Products: 1})
		mustPause(false)
		servertest.Eventually(t, time.Minute, func() error {
			got, err := s.Client.Job(t.Context(), job.ID)
			if err == nil && got.Status != "COMPLETED" {
				err = errors.New("the job is " + got.Status)
			}
			return err
		})
		mustRemove(old, retention.Report{Jobs: 1}) // and what it used goes with the next
		mustRemove(old, retention.Report{Recipes: 1, Products: 1})
	}
}
