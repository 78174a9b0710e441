//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// A stubborn job notes its processes, one of which does not end when it is told to, and
// that it started while another try of it was there. Its second try ends at once.
const stubborn = `
	for f in "$STATE"/*.pid; do
		pid=$(cat "$f" 2>/dev/null)
		if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && ! grep -qs ') Z ' "/proc/$pid/stat"; then touch "$STATE/overlap"; fi
	done
	if [ -e "$STATE/leader.pid" ]; then echo again; exit; fi
	(trap '' TERM; sleep 600 & echo $! >"$STATE/child.pid"; wait) &
	trap '' TERM; echo $$ >"$STATE/leader.tmp"; mv "$STATE/leader.tmp" "$STATE/leader.pid"; wait; sleep 600`

// patient is the configuration of an engine whose leases are of no help: it has to be told.
func patient(t *testing.T, k *enginetest.Kitchen) engine.Config {
	t.Helper()
	cfg := k.Config(2)
	p, err := executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed, Grace: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Executor, cfg.Lease = p, time.Hour
	return cfg
}

// startStubborn runs a stubborn job and returns it with its processes.
func startStubborn(t *testing.T, k *enginetest.Kitchen) (recipeID, jobID int64, pids []int) {
	t.Helper()
	k.JobType(t, enginetest.JobSpec{Name: "stubborn", Mounts: []string{"state"}, Timeout: 3600, Command: stubborn})
	rt := k.RecipeType(t, "Stubborn", enginetest.Definition(`{}`, map[string]string{"stubborn": enginetest.JobNode("stubborn", nil, nil)}))
	r := k.Recipe(t, rt, `{}`)
	for _, name := range []string{"leader.pid", "child.pid"} {
		enginetest.Await(t, func() bool {
			raw, err := os.ReadFile(filepath.Join(k.Shared, "state", name))
			pid, numErr := strconv.Atoi(strings.TrimSpace(string(raw)))
			if err == nil && numErr == nil {
				pids = append(pids, pid)
				return true
			}
			return false
		}, func() string { return "the job has not written " + name })
	}
	return r.ID, k.Node(t, r.ID, "stubborn").Job.ID, pids
}

// mustBeGone checks that none of the processes runs; one that only waits for its parent is gone.
func mustBeGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("process %d still runs: %s", pid, stat)
		}
	}
}

// TestCanceledJobsHaveStopped cancels on the server that runs the job, which has to tell
// itself, and on another one.
func TestCanceledJobsHaveStopped(t *testing.T) {
	t.Parallel()
	for name, same := range map[string]bool{"one server": true, "two servers": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachDSN(t, func(t *testing.T, dsn string) {
				k := enginetest.New(t, storetest.Open(t, dsn))
				e, err := engine.New(patient(t, k))
				if err != nil {
					t.Fatal(err)
				}
				by := k.Engine
				if same {
					e.OnlyTold()
					by = e
				}
				enginetest.Start(t, e)
				recipeID, job, pids := startStubborn(t, k)
				if err := by.CancelJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{recipeID}}); err != nil {
					t.Fatal(err)
				}
				got := k.AwaitJob(t, job, "CANCELED")
				mustBeGone(t, pids)
				if got.ErrorName != "" || got.Ended == nil || got.NumExes != 1 {
					t.Errorf("the job = %+v", got)
				}
				if diff := cmp.Diff([]string{engine.ExeCanceled}, k.Executions(t, job)); diff != "" {
					t.Errorf("executions (-want +got):\n%s", diff)
				}
				r := k.AwaitRecipe(t, recipeID, func(r store.Recipe) bool { return r.JobsCanceled == 1 })
				if want := (store.Counts{JobsTotal: 1, JobsCanceled: 1}); r.Counts != want {
					t.Errorf("counts = %+v", r.Counts)
				}
			})
		})
	}
}

// TestRequeueWaitsForTheTryBefore requeues a job that runs: the next try begins when nothing of it is left.
func TestRequeueWaitsForTheTryBefore(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.Run(t, patient(t, k))
		k.Run(t, patient(t, k)) // which is free to take it
		recipeID, job, pids := startStubborn(t, k)
		requeue(t, k, store.JobFilter{JobIDs: []int64{job}}, nil)
		k.AwaitCompleted(t, recipeID)
		mustBeGone(t, pids)
		if _, err := os.Stat(filepath.Join(k.Shared, "state", "overlap")); err == nil {
			t.Error("the second try found processes of the first")
		}
		if diff := cmp.Diff([]string{engine.ExeCanceled, engine.ExeCompleted}, k.Executions(t, job)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		if got := k.Printed(t, job, 2); got != "again\n" {
			t.Errorf("the second try printed %q", got)
		}
		checkCounts(t, k, recipeID)
	})
}

// TestCancelOfARequeuedJob cancels a job whose first try is still being stopped for a second one.
func TestCancelOfARequeuedJob(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		long := k.Node(t, r.ID, "long").Job.ID
		silent, err := engine.New(k.Config(1))
		if err != nil {
			t.Fatal(err)
		}
		c := take(t, silent, long)
		requeue(t, k, store.JobFilter{JobIDs: []int64{long}}, nil)
		if err := k.CancelJobs(t.Context(), store.JobFilter{JobIDs: []int64{long}}); err != nil {
			t.Fatal(err)
		}
		if again, err := silent.ClaimExecution(t.Context(), long, 2); err != nil || again.ExeID() != 0 {
			t.Errorf("the second try was claimed beside the first: %+v, %v", again, err)
		}
		if got, err := k.Store.Job(t.Context(), long); err != nil || got.Status != "QUEUED" {
			t.Errorf("while the first try runs the job is %s, %v", got.Status, err)
		}
		if fenced, err := silent.FinishCompleted(t.Context(), c); err != nil || fenced {
			t.Errorf("finishing the first execution: fenced %v, %v", fenced, err)
		}
		k.AwaitJob(t, long, "CANCELED")
		if diff := cmp.Diff([]string{engine.ExeCanceled, engine.ExeCanceled}, k.Executions(t, long)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		checkCounts(t, k, r.ID)
		// Its next try is one of its own.
		requeue(t, k, store.JobFilter{JobIDs: []int64{long}}, nil)
		k.Run(t, k.Config(2))
		k.AwaitJob(t, long, "COMPLETED")
	})
}

// TestSuccessorWaitsForTheJobBefore reprocesses a job that runs.
func TestSuccessorWaitsForTheJobBefore(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		old := k.Recipe(t, chain(t, k, 0), `{}`)
		silent, err := engine.New(k.Config(1))
		if err != nil {
			t.Fatal(err)
		}
		c := take(t, silent, k.Node(t, old.ID, "long").Job.ID)
		next := k.Node(t, reprocess(t, k, old.ID, `{"all":true}`).ID, "long").Job.ID
		if early, err := silent.ClaimExecution(t.Context(), next, 1); err != nil || early.ExeID() != 0 {
			t.Errorf("the successor was claimed beside the job before: %+v, %v", early, err)
		}
		if fenced, err := silent.FinishCompleted(t.Context(), c); err != nil || fenced {
			t.Errorf("finishing the job before: fenced %v, %v", fenced, err)
		}
		take(t, silent, next)
	})
}

// TestResultOfACanceledJobIsDropped ends a job well after it was canceled, and hands one back.
func TestResultOfACanceledJobIsDropped(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := chain(t, k, 0)
		silent, err := engine.New(k.Config(1))
		if err != nil {
			t.Fatal(err)
		}
		for name, finish := range map[string]func(context.Context, engine.Claimed) (bool, error){
			"completed": silent.FinishCompleted, "handed back": silent.HandBack,
		} {
			r := k.Recipe(t, rt, `{}`)
			long := k.Node(t, r.ID, "long").Job.ID
			c := take(t, silent, long)
			if err := k.CancelJobs(t.Context(), store.JobFilter{JobIDs: []int64{long}}); err != nil {
				t.Fatal(err)
			}
			if got, err := k.Store.Job(t.Context(), long); err != nil || got.Status != "RUNNING" {
				t.Errorf("%s: while it runs the job is %s, %v", name, got.Status, err)
			}
			if fenced, err := finish(t.Context(), c); err != nil || fenced {
				t.Errorf("%s: fenced %v, %v", name, fenced, err)
			}
			got := k.AwaitJob(t, long, "CANCELED")
			if got.ErrorName != "" || got.Output != nil {
				t.Errorf("%s: the job = %+v", name, got)
			}
			if diff := cmp.Diff([]string{engine.ExeCanceled}, k.Executions(t, long)); diff != "" {
				t.Errorf("%s: executions (-want +got):\n%s", name, diff)
			}
		}
	})
}
