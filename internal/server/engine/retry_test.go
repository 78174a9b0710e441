package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// shaky makes a job type whose first executions fail, and a recipe type of one node of it,
// each with a retry if it is not empty.
func shaky(t *testing.T, k *enginetest.Kitchen, name string, failures int, ofType, ofNode string) store.RecipeType {
	t.Helper()
	k.JobType(t, enginetest.JobSpec{Name: name, Settings: map[string]string{
		executor.SimulateExitCode: "7", executor.SimulateFailures: fmt.Sprint(failures),
	}})
	if ofType != "" {
		if _, _, err := k.EditJobType(t.Context(), name, "1.0.0", catalog.JobTypeEdit{Retry: json.RawMessage(ofType)}); err != nil {
			t.Fatal(err)
		}
	}
	node := enginetest.JobNode(name, nil, nil)
	if ofNode != "" {
		node = node[:len(node)-1] + `,"retry":` + ofNode + `}`
	}
	return k.RecipeType(t, name, enginetest.Definition(`{}`, map[string]string{"n": node}))
}

func TestJobsThatFailAreTriedAgain(t *testing.T) {
	t.Parallel()
	const f, c = engine.ExeFailed, engine.ExeCompleted
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.Run(t, k.Config(4))
		for name, tc := range map[string]struct {
			failures       int
			ofType, ofNode string
			want           []string
		}{
			"never":      {1, "", "", []string{f}},
			"type":       {2, `{"tries": 3}`, "", []string{f, f, c}},
			"tired":      {2, `{"tries": 2}`, "", []string{f, f}},
			"node":       {1, "", `{"tries": 2, "delay": 1}`, []string{f, c}},
			"node-first": {1, `{"tries": 5}`, `{"tries": 1}`, []string{f}},
			"named":      {1, `{"tries": 2, "errors": ["` + executor.ErrUnknown + `"]}`, "", []string{f, c}},
			"not-named":  {1, `{"tries": 2, "errors": ["` + executor.ErrTimeout + `"]}`, "", []string{f}},
			"taken-away": {1, `{"tries": 1}`, "", []string{f}},
		} {
			t.Run(name, func(t *testing.T) {
				r := k.Recipe(t, shaky(t, k, name, tc.failures, tc.ofType, tc.ofNode), `{}`)
				status := map[string]string{f: "FAILED", c: "COMPLETED"}[tc.want[len(tc.want)-1]]
				job := k.AwaitJob(t, k.Node(t, r.ID, "n").Job.ID, status)
				if diff := cmp.Diff(tc.want, k.Executions(t, job.ID)); diff != "" {
					t.Errorf("executions (-want +got):\n%s", diff)
				}
				// Tries that lost servers may need are not used up.
				if left := job.MaxTries - job.NumExes; left != catalog.DefaultMaxTries-1 {
					t.Errorf("the job has %d of %d tries left", left, job.MaxTries)
				}
				if (job.ErrorName != "") != (status == "FAILED") {
					t.Errorf("a job that is %s has the error %q", status, job.ErrorName)
				}
				checkCounts(t, k, r.ID)
			})
		}
	})
}

// TestRequeueBeginsToCountAnew gives a job that has used up its tries all of them again.
func TestRequeueBeginsToCountAnew(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.Run(t, k.Config(2))
		r := k.Recipe(t, shaky(t, k, "shaky", 3, `{"tries": 2}`, ""), `{}`)
		job := k.AwaitJob(t, k.Node(t, r.ID, "n").Job.ID, "FAILED")
		if job.NumExes != 2 {
			t.Errorf("%d tries, want 2", job.NumExes)
		}
		requeue(t, k, store.JobFilter{JobIDs: []int64{job.ID}}, nil)
		if job = k.AwaitJob(t, job.ID, "COMPLETED"); job.NumExes != 4 {
			t.Errorf("%d tries after the requeue, want 4", job.NumExes)
		}
		// So it is for a job outside of any recipe.
		own, err := k.CreateJob(t.Context(), engine.JobSpec{JobTypeID: job.JobTypeID})
		if err != nil {
			t.Fatal(err)
		}
		if got := k.AwaitJob(t, own.ID, "FAILED"); got.NumExes != 2 {
			t.Errorf("a job of its own had %d tries, want 2", got.NumExes)
		}
	})
}

// TestPauseBetweenTries has a job wait longer than the test, while others run, and cancels it.
func TestPauseBetweenTries(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.Run(t, k.Config(2))
		r := k.Recipe(t, shaky(t, k, "shaky", 1, `{"tries": 2, "delay": 86400}`, ""), `{}`)
		id := k.Node(t, r.ID, "n").Job.ID
		k.AwaitRecipe(t, r.ID, func(store.Recipe) bool { return len(k.Executions(t, id)) == 2 })
		k.AwaitCompleted(t, k.Recipe(t, shaky(t, k, "other", 0, "", ""), `{}`).ID)
		job := k.AwaitJob(t, id, "QUEUED")
		if diff := cmp.Diff([]string{engine.ExeFailed, engine.ExeQueued}, k.Executions(t, id)); diff != "" || job.ErrorName != executor.ErrUnknown {
			t.Errorf("the job has the error %q, executions (-want +got):\n%s", job.ErrorName, diff)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{JobIDs: []int64{id}}); err != nil {
			t.Fatal(err)
		}
		k.AwaitJob(t, id, "CANCELED")
		checkCounts(t, k, r.ID)
		// Whoever does not want to wait queues it.
		requeue(t, k, store.JobFilter{JobIDs: []int64{id}}, nil)
		k.AwaitCompleted(t, r.ID)
	})
}

func TestRefusedRetries(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "shaky"})
		for raw, want := range map[string]string{
			`{"tries": 0}`:                       "Job type retry invalid: ",
			`{"tries": 2, "errors": ["no-net"]}`: "errors: 'no-net' is no error of the manifest and none of the service",
			`[]`:                                 "Parameter must be a valid JSON object",
		} {
			_, _, err := k.EditJobType(t.Context(), "shaky", "1.0.0", catalog.JobTypeEdit{Retry: json.RawMessage(raw)})
			enginetest.MustRefuse(t, err, refusal.Invalid, want)
		}
		_, _, err := k.CreateRecipeType(t.Context(), catalog.RecipeTypeSpec{Title: "x", Definition: json.RawMessage(enginetest.Definition(`{}`, map[string]string{
			"n": `{"dependencies":[],"input":{},"node_type":{"node_type":"job","job_type_name":"shaky","job_type_version":"1.0.0","job_type_revision":1},
				"retry":{"tries":2,"errors":["no-net"]}}`}))})
		enginetest.MustRefuse(t, err, refusal.Invalid, "no-net")
	})
}

// TestANodeMayHaveLessTime: the shorter of the timeouts of a node and of its manifest counts, also when the job is
// queued again.
func TestANodeMayHaveLessTime(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) { // it has no workers
		k.JobType(t, enginetest.JobSpec{Name: "slow", Timeout: 60})
		nodes := map[string]string{}
		for name, timeout := range map[string]string{"less": `,"timeout":5}`, "more": `,"timeout":90}`, "same": `}`} {
			node := enginetest.JobNode("slow", nil, nil)
			nodes[name] = node[:len(node)-1] + timeout
		}
		r := k.Recipe(t, k.RecipeType(t, "Slow", enginetest.Definition(`{}`, nodes)), `{}`)
		for name, want := range map[string]int{"less": 5, "more": 60, "same": 60} {
			job := k.Node(t, r.ID, name).Job
			if exe, err := k.Store.JobExecution(t.Context(), job.ID, 1); err != nil || exe.Timeout != want {
				t.Errorf("%s: %+v, %v, want %d s", name, exe, err, want)
			}
		}
		less := k.Node(t, r.ID, "less").Job
		if err := k.CancelJobs(t.Context(), store.JobFilter{JobIDs: []int64{less.ID}}); err != nil {
			t.Fatal(err)
		}
		if err := k.RequeueJobs(t.Context(), store.JobFilter{JobIDs: []int64{less.ID}}, nil); err != nil {
			t.Fatal(err)
		}
		if exe, err := k.Store.JobExecution(t.Context(), less.ID, 2); err != nil || exe.Timeout != 5 {
			t.Errorf("queued again: %+v, %v", exe, err)
		}
	})
}

// passing is an executor that meets a full disk at first.
type passing struct{ tries *atomic.Int32 }

// Run implements executor.Executor.
func (p passing) Run(context.Context, executor.Task) (executor.Result, error) {
	if p.tries.Add(1) == 1 {
		return executor.Result{}, fmt.Errorf("writing an input: %w", syscall.ENOSPC)
	}
	return executor.Result{}, nil
}

// TestFaultsThatPassUseNoTries runs a job with a single try on a disk that is full at first.
func TestFaultsThatPassUseNoTries(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		jt := k.JobType(t, enginetest.JobSpec{Name: "quick"})
		jt.MaxTries = 1
		if err := k.Store.Update(t.Context(), &jt, "max_tries"); err != nil {
			t.Fatal(err)
		}
		r := k.Recipe(t, k.RecipeType(t, "Quick", enginetest.Definition(`{}`, map[string]string{"quick": enginetest.JobNode("quick", nil, nil)})), `{}`)
		cfg := k.Config(1)
		cfg.Executor = passing{&atomic.Int32{}}
		k.Run(t, cfg)
		k.AwaitCompleted(t, r.ID)
		if diff := cmp.Diff([]string{engine.ExeFailed, engine.ExeCompleted}, k.Executions(t, k.Node(t, r.ID, "quick").Job.ID)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
	})
}
