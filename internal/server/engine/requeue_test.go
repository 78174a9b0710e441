package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func requeue(t testing.TB, k *enginetest.Kitchen, f store.JobFilter, priority *int) {
	t.Helper()
	if err := k.RequeueJobs(t.Context(), f, priority); err != nil {
		t.Fatal(err)
	}
}

func TestRequeueOfAFailedJobUnblocksTheRest(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "shaky", Settings: map[string]string{executor.SimulateFailures: "1"}})
		k.JobType(t, enginetest.JobSpec{Name: "after"})
		rt := k.RecipeType(t, "Shaky", enginetest.Definition(`{}`, map[string]string{
			"shaky": enginetest.JobNode("shaky", nil, nil), "after": enginetest.JobNode("after", enginetest.Deps{"shaky": "true"}, nil)}))
		r := k.Recipe(t, rt, `{}`)
		k.Run(t, k.Config(2))
		k.AwaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 && r.JobsBlocked == 1 })
		priority := 3
		requeue(t, k, store.JobFilter{RecipeIDs: []int64{r.ID}, Statuses: []string{"FAILED"}, ErrorCategories: []string{executor.Algorithm}}, &priority)
		r = k.AwaitCompleted(t, r.ID)
		shaky := k.Node(t, r.ID, "shaky").Job
		if shaky.NumExes != 2 || shaky.MaxTries != 1+catalog.DefaultMaxTries || shaky.Priority != priority || shaky.ErrorName != "" {
			t.Errorf("the job = %+v; want 2 executions, %d tries, priority %d and no error", shaky, 1+catalog.DefaultMaxTries, priority)
		}
		if got := k.Node(t, r.ID, "after").Job; got.NumExes != 1 || got.Priority == priority {
			t.Errorf("the job below = %+v; want it run once with its own priority", got)
		}
		requeue(t, k, store.JobFilter{}, nil)
		if got := k.Node(t, r.ID, "shaky").Job; got.Status != "COMPLETED" || got.NumExes != 2 {
			t.Errorf("a COMPLETED job after a requeue of everything = %+v", got)
		}
		checkCounts(t, k, r.ID)
	})
}

func TestRequeueOfCanceledJobs(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		if err := k.CancelJobs(t.Context(), store.JobFilter{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"long": "CANCELED", "short": "CANCELED"}, k.Statuses(t, r.ID)); diff != "" {
			t.Errorf("canceled (-want +got):\n%s", diff)
		}
		requeue(t, k, store.JobFilter{JobTypeNames: []string{"short"}}, nil) // never ran: waits for what is above
		if diff := cmp.Diff(map[string]string{"long": "CANCELED", "short": "BLOCKED"}, k.Statuses(t, r.ID)); diff != "" {
			t.Errorf("after the second was requeued (-want +got):\n%s", diff)
		}
		requeue(t, k, store.JobFilter{Statuses: []string{"CANCELED"}}, nil)
		if diff := cmp.Diff(map[string]string{"long": "QUEUED", "short": "PENDING"}, k.Statuses(t, r.ID)); diff != "" {
			t.Errorf("after both were requeued (-want +got):\n%s", diff)
		}
		checkCounts(t, k, r.ID)
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, r.ID)
		if diff := cmp.Diff([]string{engine.ExeCanceled, engine.ExeCompleted}, k.Executions(t, k.Node(t, r.ID, "long").Job.ID)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
	})
}

func TestRequeueStopsWhatRuns(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		silent, err := engine.New(k.Config(1))
		if err != nil {
			t.Fatal(err)
		}
		c := take(t, silent, long)
		requeue(t, k, store.JobFilter{Statuses: []string{"RUNNING"}}, nil)
		k.AwaitJob(t, long, "QUEUED")
		if fenced, err := silent.FinishCompleted(t.Context(), c); err != nil || fenced {
			t.Errorf("finishing the first execution: fenced %v, %v", fenced, err)
		}
		if diff := cmp.Diff([]string{engine.ExeCanceled, engine.ExeQueued}, k.Executions(t, long)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, r.ID)
		checkCounts(t, k, r.ID)
	})
}

func TestRequeueAndCancelByEveryFilter(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		chain := chain(t, k, 0)
		k.JobType(t, enginetest.JobSpec{Name: "bad", Settings: map[string]string{executor.SimulateExitCode: "9"}})
		bad := k.RecipeType(t, "Bad", enginetest.Definition(`{}`, map[string]string{"bad": enginetest.JobNode("bad", nil, nil)}))
		failing := k.Recipe(t, bad, `{}`)
		e := k.Run(t, k.Config(2))
		badJob := k.AwaitJob(t, k.Node(t, failing.ID, "bad").Job.ID, "FAILED")
		if err := e.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := k.Recipe(t, chain, `{}`)
		long, short := k.Node(t, r.ID, "long").Job, k.Node(t, r.ID, "short").Job
		yes, no := true, false
		past, soon := store.At(time.Now().Add(-time.Hour)), store.At(time.Now().Add(time.Hour))
		for _, tc := range []struct {
			name   string
			filter store.JobFilter
			want   []int64
		}{
			{"job_ids", store.JobFilter{JobIDs: []int64{long.ID}}, []int64{long.ID}},
			{"recipe_ids", store.JobFilter{RecipeIDs: []int64{r.ID}}, []int64{long.ID, short.ID}},
			{"status", store.JobFilter{Statuses: []string{"PENDING"}}, []int64{short.ID}},
			{"a status that nothing can be canceled from", store.JobFilter{Statuses: []string{"COMPLETED"}}, nil},
			{"job_type_ids", store.JobFilter{JobTypeIDs: []int64{short.JobTypeID}}, []int64{short.ID}},
			{"job_type_names", store.JobFilter{JobTypeNames: []string{"bad", "long"}}, []int64{badJob.ID, long.ID}},
			{"error_categories", store.JobFilter{ErrorCategories: []string{executor.Algorithm}}, []int64{badJob.ID}},
			{"an error's name", store.JobFilter{ErrorNames: []string{executor.ErrUnknown}}, []int64{badJob.ID}},
			{"batch_ids", store.JobFilter{BatchIDs: []int64{1}}, nil},
			{"is_superseded true", store.JobFilter{IsSuperseded: &yes}, nil},
			{"is_superseded false", store.JobFilter{IsSuperseded: &no}, []int64{badJob.ID, long.ID, short.ID}},
			{"started", store.JobFilter{Started: &soon}, nil},
			{"ended", store.JobFilter{Ended: &past}, nil},
			{"started and ended", store.JobFilter{Started: &past, Ended: &soon}, []int64{badJob.ID, long.ID, short.ID}},
			{"several at once", store.JobFilter{RecipeIDs: []int64{r.ID}, JobTypeNames: []string{"bad", "long"}}, []int64{long.ID}},
			{"no filter", store.JobFilter{}, []int64{badJob.ID, long.ID, short.ID}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				if err := k.CancelJobs(t.Context(), tc.filter); err != nil {
					t.Fatal(err)
				}
				got, err := k.Store.JobIDs(t.Context(), store.JobFilter{Statuses: []string{"CANCELED"}})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("canceled (-want +got):\n%s", diff)
				}
				requeue(t, k, store.JobFilter{Statuses: []string{"CANCELED"}}, nil)
				if left, err := k.Store.JobIDs(t.Context(), store.JobFilter{Statuses: []string{"CANCELED"}}); err != nil || len(left) > 0 {
					t.Errorf("still canceled after a requeue: %v, %v", left, err)
				}
				if slices.Contains(tc.want, badJob.ID) { // as it was, for the next case
					failed := badJob
					now, err := k.Store.Job(t.Context(), badJob.ID)
					if err != nil {
						t.Fatal(err)
					}
					failed.NumExes = now.NumExes
					if err := k.Store.Update(t.Context(), &failed); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
		if t.Failed() {
			t.Log(fmt.Sprint(k.Statuses(t, r.ID), k.Statuses(t, failing.ID)))
		}
	})
}

// TestCanceledRecipesBeginNothingNew cancels all jobs of a recipe while the only one runs. A
// node that comes after it, however it ends, begins only when the job is requeued.
func TestCanceledRecipesBeginNothingNew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := enginetest.New(t, s)
		k.JobType(t, enginetest.JobSpec{Name: "quick"})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{"inside": enginetest.JobNode("quick", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"first": enginetest.JobNode("quick", nil, nil),
			"then":  strings.Replace(enginetest.SubNode("inner", enginetest.Deps{"first": "true"}, nil), "{", `{"finally":true,`, 1),
		}))
		r := k.Recipe(t, rt, `{}`)
		job := k.Node(t, r.ID, "first").Job.ID
		c, err := k.Claim(t.Context(), job)
		if err != nil || c.ExeID() == 0 {
			t.Fatal(c, err)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{r.ID}}); err != nil {
			t.Fatal(err)
		}
		if _, err := k.FinishCompleted(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		k.AwaitJob(t, job, "CANCELED")
		if got := k.Statuses(t, k.Node(t, r.ID, "then").SubRecipe.ID); len(got) != 0 {
			t.Errorf("jobs have begun in a canceled recipe: %v", got)
		}
		k.Run(t, k.Config(1))
		if err := k.RequeueJobs(t.Context(), store.JobFilter{JobIDs: []int64{job}}, nil); err != nil {
			t.Fatal(err)
		}
		k.AwaitCompleted(t, r.ID)
	})
}
