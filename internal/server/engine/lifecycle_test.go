package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// chain is a recipe type of two jobs, of which the first takes d.
func (k *kitchen) chain(t testing.TB, d time.Duration) store.RecipeType {
	t.Helper()
	k.jobType(t, jobSpec{name: "long", jsonOut: []string{"n"}, settings: simulated(d), timeout: 3600})
	k.jobType(t, jobSpec{name: "short", jsonIn: []string{"n"}})
	return k.recipeType(t, "Chain", definition(`{}`, map[string]string{
		"long": jobNode("long", nil, nil), "short": jobNode("short", deps{"long": "true"}, deps{"n": "long:n"})}))
}

// take claims the first execution of a job for e, as its worker would, and then does nothing.
func take(t *testing.T, e *Engine, jobID int64) claimed {
	t.Helper()
	c, err := e.claim(t.Context(), delivery{JobID: jobID, ExeNum: 1}, func(context.Context, *store.Tx) error { return nil })
	if err != nil || c.exe.ID == 0 {
		t.Fatalf("claiming execution 1 of job %d: %+v, %v", jobID, c, err)
	}
	return c
}

func TestCancel(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, time.Hour), `{}`)
		long, short := k.node(t, r.ID, "long").Job.ID, k.node(t, r.ID, "short").Job.ID
		k.start(t, k.config(2))
		k.awaitJob(t, long, "RUNNING")
		if got, err := k.store.Recipe(t.Context(), r.ID); err != nil || got.Counts != (store.Counts{JobsTotal: 2, JobsPending: 1, JobsRunning: 1}) {
			t.Errorf("counts while a job runs: %+v, %v", got.Counts, err)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{JobIDs: []int64{short}}); err != nil {
			t.Fatal(err)
		}
		if got := k.awaitJob(t, short, "CANCELED"); got.NumExes != 0 {
			t.Errorf("the pending job has %d executions, want none", got.NumExes)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{r.ID}}); err != nil {
			t.Fatal(err)
		}
		r = k.awaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsCanceled == 2 })
		if want := (store.Counts{JobsTotal: 2, JobsCanceled: 2}); r.Counts != want || r.IsCompleted {
			t.Errorf("recipe = %+v", r)
		}
		// The process is killed with the next heartbeat.
		await(t, func() bool { return k.executions(t, long)[0] == exeCanceled },
			func() string { return fmt.Sprintf("the execution is %v", k.executions(t, long)) })
		k.awaitJob(t, long, "CANCELED")
	})
}

func TestCancelManyJobs(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.chain(t, 0)
		for range jobBatch {
			k.recipe(t, rt, `{}`)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{}); err != nil {
			t.Fatal(err)
		}
		_, n, err := k.store.Jobs(t.Context(), store.JobFilter{Statuses: []string{"CANCELED"}, Paging: store.Paging{Page: 1, PageSize: 1}})
		if err != nil || n != 2*jobBatch {
			t.Errorf("%d jobs are canceled, %v; want %d", n, err, 2*jobBatch)
		}
	})
}

func TestLostExecutionIsTakenOverAndFencedOff(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.chain(t, 0)
		r := k.recipe(t, rt, `{}`)
		long := k.node(t, r.ID, "long").Job.ID
		cfg := k.config(1)
		cfg.Lease = shortLease
		silent, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := take(t, silent, long) // it never starts: no heartbeat
		k.awaitJob(t, long, "RUNNING")
		k.start(t, k.config(2))
		k.awaitCompleted(t, r.ID)
		if diff := cmp.Diff([]string{exeLost, exeCompleted}, k.executions(t, long)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		o := outcome{status: exeCompleted}
		fenced, err := silent.finish(t.Context(), c, &o)
		if err != nil || !fenced {
			t.Errorf("finish of the lost execution: fenced %v, %v; want it fenced off", fenced, err)
		}
		if diff := cmp.Diff([]string{exeLost, exeCompleted}, k.executions(t, long)); diff != "" {
			t.Errorf("executions after the late finish (-want +got):\n%s", diff)
		}
	})
}

func TestExecutionLostTooOftenFails(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, 0), `{}`)
		long := k.node(t, r.ID, "long").Job
		long.MaxTries = 1
		if err := k.store.Update(t.Context(), long, "max_tries"); err != nil {
			t.Fatal(err)
		}
		cfg := k.config(0)
		cfg.Lease = shortLease
		take(t, k.start(t, cfg), long.ID) // its own reaper finds it
		if got := k.awaitJob(t, long.ID, "FAILED"); got.ErrorName != errNodeLost || got.ErrorCategory != executor.System {
			t.Errorf("job = %+v, want the error %s", got, errNodeLost)
		}
		k.awaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 && r.JobsBlocked == 1 })
	})
}

func TestStopHandsRunningWorkBack(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, time.Hour), `{}`)
		long := k.node(t, r.ID, "long").Job.ID
		cfg := k.config(2)
		cfg.Lease = time.Hour // only handing back can make it QUEUED in time
		e := k.start(t, cfg)
		k.awaitJob(t, long, "RUNNING")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		job, err := k.store.Job(t.Context(), long)
		if err != nil {
			t.Fatal(err)
		}
		if job.Status != "QUEUED" || job.NumExes != 2 || job.MaxTries != defaultMaxTries+1 {
			t.Errorf("job is %s with %d executions and %d tries; want QUEUED, 2, %d", job.Status, job.NumExes, job.MaxTries, defaultMaxTries+1)
		}
		if diff := cmp.Diff([]string{exeLost, exeQueued}, k.executions(t, long)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		k.start(t, k.config(2))
		k.awaitJob(t, long, "RUNNING")
	})
}

func TestStopLetsRunningWorkEnd(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, time.Second), `{}`)
		long := k.node(t, r.ID, "long").Job.ID
		e := k.start(t, k.config(2))
		k.awaitJob(t, long, "RUNNING")
		if err := e.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"long": "COMPLETED", "short": "QUEUED"}, k.statuses(t, r.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTwoEnginesShareTheWorkAndNothingRunsTwice(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		k := newKitchen(t, storetest.Open(t, dsn))
		rt := k.diamond(t, 20*time.Millisecond)
		f := k.file(t, "a.csv", "x")
		first := k.config(2)
		second := k.config(2)
		second.Store = storetest.Open(t, dsn)
		first.WorkerID, second.WorkerID = "first", "second"
		first.Lease, second.Lease = time.Hour, time.Hour // a slow machine must not look like a lost worker
		k.start(t, first)
		k.start(t, second)
		var ids []int64
		for range 12 {
			ids = append(ids, k.recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, f.ID)).ID)
		}
		workers := map[string]int{}
		for _, id := range ids {
			k.awaitCompleted(t, id)
			rows, err := k.store.RecipeNodesFull(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				exe, err := k.store.JobExecution(t.Context(), row.Job.ID, 1)
				if err != nil {
					t.Fatal(err)
				}
				workers[exe.WorkerID]++
				if got := strings.Count(k.printed(t, row.Job.ID, 1), "simulating"); row.Job.NumExes != 1 || got != 1 {
					t.Errorf("job %d has %d executions and its log shows %d runs, want 1 and 1", row.Job.ID, row.Job.NumExes, got)
				}
			}
		}
		if workers["first"] == 0 || workers["second"] == 0 || workers["first"]+workers["second"] != 4*len(ids) {
			t.Errorf("executions by worker: %v, want %d shared by both", workers, 4*len(ids))
		}
	})
}

func TestInfrastructureFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, 0), `{}`)
		long := k.node(t, r.ID, "long").Job.ID
		// A file where the work folders should be: nothing can run.
		blocker := filepath.Join(k.dataDir, "work")
		if err := os.WriteFile(blocker, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		k.start(t, k.config(2))
		job := k.awaitJob(t, long, "FAILED")
		if job.NumExes != defaultMaxTries || job.ErrorName != errInfrastructure || job.ErrorCategory != executor.System {
			t.Errorf("job = %+v, want %d executions and the error %s", job, defaultMaxTries, errInfrastructure)
		}
	})
}

func TestPausedJobTypeWaits(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.chain(t, 0)
		yes, no := true, false
		if _, _, err := k.EditJobType(t.Context(), "long", "1.0.0", JobTypeEdit{IsPaused: &yes}); err != nil {
			t.Fatal(err)
		}
		k.jobType(t, jobSpec{name: "free"})
		free := k.recipeType(t, "Free", definition(`{}`, map[string]string{"free": jobNode("free", nil, nil)}))
		paused := k.recipe(t, rt, `{}`)
		k.start(t, k.config(1))
		k.awaitCompleted(t, k.recipe(t, free, `{}`).ID) // it came later, so the paused one was looked at
		if got := k.node(t, paused.ID, "long").Job; got.Status != "QUEUED" {
			t.Errorf("job of the paused type is %s, want QUEUED", got.Status)
		}
		if _, _, err := k.EditJobType(t.Context(), "long", "1.0.0", JobTypeEdit{IsPaused: &no}); err != nil {
			t.Fatal(err)
		}
		k.awaitCompleted(t, paused.ID)
	})
}

func TestMaxScheduledLimitsWhatRuns(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.chain(t, 100*time.Millisecond)
		one := 1
		if _, _, err := k.EditJobType(t.Context(), "long", "1.0.0", JobTypeEdit{MaxScheduled: &one}); err != nil {
			t.Fatal(err)
		}
		ids := []int64{k.recipe(t, rt, `{}`).ID, k.recipe(t, rt, `{}`).ID, k.recipe(t, rt, `{}`).ID}
		k.start(t, k.config(4))
		var runs []store.JobExecution
		for _, id := range ids {
			k.awaitCompleted(t, id)
			exe, err := k.store.JobExecution(t.Context(), k.node(t, id, "long").Job.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, exe)
		}
		for i, a := range runs {
			for _, b := range runs[i+1:] {
				if a.Started.Before(b.Ended.Time) && b.Started.Before(a.Ended.Time) {
					t.Errorf("executions %d (%s to %s) and %d (%s to %s) ran at the same time", a.ID, a.Started, a.Ended, b.ID, b.Started, b.Ended)
				}
			}
		}
	})
}

func TestLogIsStoredInOrderWhileTheJobRuns(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, 0), `{}`)
		long := k.node(t, r.ID, "long").Job.ID
		c := take(t, k.Engine, long)
		sink := k.newLogSink(t.Context(), c.exe.ID, k.Engine.log)
		out, errs := sink.stream("stdout"), sink.stream("stderr")
		var want strings.Builder
		for i := range 5000 {
			w := out
			if i%100 == 99 {
				w = errs
			}
			line := fmt.Sprintf("line %04d %s\n", i, strings.Repeat("x", i%300))
			want.WriteString(line)
			if _, err := w.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		await(t, func() bool { return k.printed(t, long, 1) != "" }, func() string { return "nothing is stored while it runs" })
		sink.close(t.Context())
		if diff := cmp.Diff(want.String(), k.printed(t, long, 1)); diff != "" {
			t.Errorf("log (-want +got):\n%.2000s", diff)
		}
		stderr, err := k.store.Log(t.Context(), c.exe.ID, -1, []string{"stderr"})
		if err != nil || len(stderr) != 50 {
			t.Errorf("%d chunks of stderr, %v; want 50", len(stderr), err)
		}
		if _, err := out.Write([]byte("late")); err == nil {
			t.Error("writing to a closed log succeeds, want an error")
		}
	})
}
