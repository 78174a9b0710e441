package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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

// chain is a recipe type of two jobs, of which the first takes d.
func chain(t testing.TB, k *enginetest.Kitchen, d time.Duration) store.RecipeType {
	t.Helper()
	k.JobType(t, enginetest.JobSpec{Name: "long", JSONOut: []string{"n"}, Settings: enginetest.Simulated(d), Timeout: 3600})
	k.JobType(t, enginetest.JobSpec{Name: "short", JSONIn: []string{"n"}})
	return k.RecipeType(t, "Chain", enginetest.Definition(`{}`, map[string]string{
		"long": enginetest.JobNode("long", nil, nil), "short": enginetest.JobNode("short", enginetest.Deps{"long": "true"}, enginetest.Deps{"n": "long:n"})}))
}

// take claims the first execution of a job for e, as its worker would, and then does nothing.
func take(t *testing.T, e *engine.Engine, jobID int64) engine.Claimed {
	t.Helper()
	c, err := e.Claim(t.Context(), jobID)
	if err != nil || c.ExeID() == 0 {
		t.Fatalf("claiming execution 1 of job %d: %+v, %v", jobID, c, err)
	}
	return c
}

func TestCancel(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, time.Hour), `{}`)
		long, short := k.Node(t, r.ID, "long").Job.ID, k.Node(t, r.ID, "short").Job.ID
		k.Run(t, k.Config(2))
		k.AwaitJob(t, long, "RUNNING")
		if got, err := k.Store.Recipe(t.Context(), r.ID); err != nil || got.Counts != (store.Counts{JobsTotal: 2, JobsPending: 1, JobsRunning: 1}) {
			t.Errorf("counts while a job runs: %+v, %v", got.Counts, err)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{JobIDs: []int64{short}}); err != nil {
			t.Fatal(err)
		}
		if got := k.AwaitJob(t, short, "CANCELED"); got.NumExes != 0 {
			t.Errorf("the pending job has %d executions, want none", got.NumExes)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{r.ID}}); err != nil {
			t.Fatal(err)
		}
		r = k.AwaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsCanceled == 2 })
		if want := (store.Counts{JobsTotal: 2, JobsCanceled: 2}); r.Counts != want || r.IsCompleted {
			t.Errorf("recipe = %+v", r)
		}
		// The process is killed with the next heartbeat.
		enginetest.Await(t, func() bool { return k.Executions(t, long)[0] == engine.ExeCanceled },
			func() string { return fmt.Sprintf("the execution is %v", k.Executions(t, long)) })
		k.AwaitJob(t, long, "CANCELED")
	})
}

func TestCancelManyJobs(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := chain(t, k, 0)
		for range engine.JobBatch {
			k.Recipe(t, rt, `{}`)
		}
		if err := k.CancelJobs(t.Context(), store.JobFilter{}); err != nil {
			t.Fatal(err)
		}
		_, n, err := k.Store.Jobs(t.Context(), store.JobFilter{Statuses: []string{"CANCELED"}, Paging: store.Paging{Page: 1, PageSize: 1}})
		if err != nil || n != 2*engine.JobBatch {
			t.Errorf("%d jobs are canceled, %v; want %d", n, err, 2*engine.JobBatch)
		}
	})
}

func TestLostExecutionIsTakenOverAndFencedOff(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := chain(t, k, 0)
		r := k.Recipe(t, rt, `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		cfg := k.Config(1)
		cfg.Lease = enginetest.ShortLease
		silent, err := engine.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := take(t, silent, long) // it never starts: no heartbeat
		k.AwaitJob(t, long, "RUNNING")
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, r.ID)
		if diff := cmp.Diff([]string{engine.ExeLost, engine.ExeCompleted}, k.Executions(t, long)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		fenced, err := silent.FinishCompleted(t.Context(), c)
		if err != nil || !fenced {
			t.Errorf("finish of the lost execution: fenced %v, %v; want it fenced off", fenced, err)
		}
		if diff := cmp.Diff([]string{engine.ExeLost, engine.ExeCompleted}, k.Executions(t, long)); diff != "" {
			t.Errorf("executions after the late finish (-want +got):\n%s", diff)
		}
	})
}

func TestExecutionLostTooOftenFails(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		long := k.Node(t, r.ID, "long").Job
		long.MaxTries = 1
		if err := k.Store.Update(t.Context(), long, "max_tries"); err != nil {
			t.Fatal(err)
		}
		cfg := k.Config(0)
		cfg.Lease = enginetest.ShortLease
		take(t, k.Run(t, cfg), long.ID) // its own reaper finds it
		if got := k.AwaitJob(t, long.ID, "FAILED"); got.ErrorName != engine.ErrNodeLost || got.ErrorCategory != executor.System {
			t.Errorf("job = %+v, want the error %s", got, engine.ErrNodeLost)
		}
		k.AwaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 && r.JobsBlocked == 1 })
	})
}

func TestStopHandsRunningWorkBack(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, time.Hour), `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		cfg := k.Config(2)
		cfg.Lease = time.Hour // only handing back can make it QUEUED in time
		e := k.Run(t, cfg)
		k.AwaitJob(t, long, "RUNNING")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		job, err := k.Store.Job(t.Context(), long)
		if err != nil {
			t.Fatal(err)
		}
		if job.Status != "QUEUED" || job.NumExes != 2 || job.MaxTries != catalog.DefaultMaxTries+1 {
			t.Errorf("job is %s with %d executions and %d tries; want QUEUED, 2, %d", job.Status, job.NumExes, job.MaxTries, catalog.DefaultMaxTries+1)
		}
		if diff := cmp.Diff([]string{engine.ExeLost, engine.ExeQueued}, k.Executions(t, long)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		k.Run(t, k.Config(2))
		k.AwaitJob(t, long, "RUNNING")
	})
}

func TestStopLetsRunningWorkEnd(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, time.Second), `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		e := k.Run(t, k.Config(2))
		k.AwaitJob(t, long, "RUNNING")
		if err := e.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"long": "COMPLETED", "short": "QUEUED"}, k.Statuses(t, r.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTwoEnginesShareTheWorkAndNothingRunsTwice(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		k := enginetest.New(t, storetest.Open(t, dsn))
		rt := diamond(t, k, 20*time.Millisecond)
		f := k.File(t, "a.csv", "x")
		first := k.Config(2)
		second := k.Config(2)
		second.Store = storetest.Open(t, dsn)
		first.WorkerID, second.WorkerID = "first", "second"
		first.Lease, second.Lease = time.Hour, time.Hour // a slow machine must not look like a lost worker
		k.Run(t, first)
		k.Run(t, second)
		var ids []int64
		for range 12 {
			ids = append(ids, k.Recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, f.ID)).ID)
		}
		workers := map[string]int{}
		for _, id := range ids {
			k.AwaitCompleted(t, id)
			rows, err := k.Store.RecipeNodesFull(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				exe, err := k.Store.JobExecution(t.Context(), row.Job.ID, 1)
				if err != nil {
					t.Fatal(err)
				}
				workers[exe.WorkerID]++
				if got := strings.Count(k.Printed(t, row.Job.ID, 1), "simulating"); row.Job.NumExes != 1 || got != 1 {
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
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		// A file where the work folders should be: nothing can run.
		blocker := filepath.Join(k.DataDir, "work")
		if err := os.WriteFile(blocker, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		k.Run(t, k.Config(2))
		job := k.AwaitJob(t, long, "FAILED")
		if job.NumExes != catalog.DefaultMaxTries || job.ErrorName != engine.ErrInfrastructure || job.ErrorCategory != executor.System {
			t.Errorf("job = %+v, want %d executions and the error %s", job, catalog.DefaultMaxTries, engine.ErrInfrastructure)
		}
	})
}

func TestPausedJobTypeWaits(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := chain(t, k, 0)
		yes, no := true, false
		if _, _, err := k.EditJobType(t.Context(), "long", "1.0.0", catalog.JobTypeEdit{IsPaused: &yes}); err != nil {
			t.Fatal(err)
		}
		k.JobType(t, enginetest.JobSpec{Name: "free"})
		free := k.RecipeType(t, "Free", enginetest.Definition(`{}`, map[string]string{"free": enginetest.JobNode("free", nil, nil)}))
		paused := k.Recipe(t, rt, `{}`)
		k.Run(t, k.Config(1))
		k.AwaitCompleted(t, k.Recipe(t, free, `{}`).ID) // it came later, so the paused one was looked at
		got := k.Node(t, paused.ID, "long").Job
		if got.Status != "QUEUED" {
			t.Errorf("job of the paused type is %s, want QUEUED", got.Status)
		}
		if n, err := k.Store.CountDelivered(t.Context(), got.JobTypeID); err != nil || n != 0 {
			t.Errorf("%d jobs of the paused type are fetched again and again, %v; want none", n, err)
		}
		if _, _, err := k.EditJobType(t.Context(), "long", "1.0.0", catalog.JobTypeEdit{IsPaused: &no}); err != nil {
			t.Fatal(err)
		}
		k.AwaitCompleted(t, paused.ID)
	})
}

func TestMaxScheduledLimitsWhatRuns(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := chain(t, k, 100*time.Millisecond)
		one := 1
		if _, _, err := k.EditJobType(t.Context(), "long", "1.0.0", catalog.JobTypeEdit{MaxScheduled: &one}); err != nil {
			t.Fatal(err)
		}
		ids := []int64{k.Recipe(t, rt, `{}`).ID, k.Recipe(t, rt, `{}`).ID, k.Recipe(t, rt, `{}`).ID}
		k.Run(t, k.Config(4))
		var runs []store.JobExecution
		for _, id := range ids {
			k.AwaitCompleted(t, id)
			exe, err := k.Store.JobExecution(t.Context(), k.Node(t, id, "long").Job.ID, 1)
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
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		c := take(t, k.Engine, long)
		sink := k.OpenLog(t.Context(), c)
		out, errs := sink.Stream("stdout"), sink.Stream("stderr")
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
		enginetest.Await(t, func() bool { return k.Printed(t, long, 1) != "" }, func() string { return "nothing is stored while it runs" })
		sink.Close(t.Context())
		if diff := cmp.Diff(want.String(), k.Printed(t, long, 1)); diff != "" {
			t.Errorf("log (-want +got):\n%.2000s", diff)
		}
		stderr, err := k.Store.Log(t.Context(), c.ExeID(), -1, []string{"stderr"})
		if err != nil || len(stderr) != 50 {
			t.Errorf("%d chunks of stderr, %v; want 50", len(stderr), err)
		}
		if _, err := out.Write([]byte("late")); err == nil {
			t.Error("writing to a closed log succeeds, want an error")
		}
	})
}

// TestAnExecutionThatCannotBeEndedKeepsNoOthersWaiting: the reaper goes on with the next.
func TestAnExecutionThatCannotBeEndedKeepsNoOthersWaiting(t *testing.T) {
	t.Parallel()
	k := enginetest.New(t, storetest.Open(t, storetest.SQLite(t))) // one database is enough: it is the reaper's loop
	rt := chain(t, k, 0)
	first, second := k.Recipe(t, rt, `{}`), k.Recipe(t, rt, `{}`)
	stuck, lost := k.Node(t, first.ID, "long").Job.ID, k.Node(t, second.ID, "long").Job.ID
	cfg := k.Config(2)
	cfg.Lease = enginetest.ShortLease
	silent, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	take(t, silent, stuck)
	take(t, silent, lost)
	trigger := fmt.Sprintf(`CREATE TRIGGER stuck BEFORE UPDATE ON job_executions WHEN OLD.job_id = %d
		BEGIN SELECT RAISE(ABORT, 'this one cannot be ended'); END`, stuck)
	if _, err := k.Store.SQLDB().ExecContext(t.Context(), trigger); err != nil {
		t.Fatal(err)
	}
	k.Run(t, k.Config(2))
	k.AwaitCompleted(t, second.ID)
	if job, err := k.Store.Job(t.Context(), stuck); err != nil || job.Status != "RUNNING" {
		t.Errorf("the stuck job is %s, %v", job.Status, err)
	}
}
