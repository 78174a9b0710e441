package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// Environment of a test binary that is to be a worker: TestMain.
const (
	workerDSN    = "GALLEY_ENGINE_TEST_DSN"
	workerData   = "GALLEY_ENGINE_TEST_DATA"
	workerShared = "GALLEY_ENGINE_TEST_SHARED"
)

func TestMain(m *testing.M) {
	executor.MaybeSandbox()
	if dsn := os.Getenv(workerDSN); dsn != "" {
		if err := beWorker(context.Background(), dsn, os.Getenv(workerData), os.Getenv(workerShared)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func newProcess() (*executor.Process, error) {
	return executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed})
}

// beWorker works the queue until it is killed. It says when it has started.
func beWorker(ctx context.Context, dsn, dataDir, shared string) error {
	s, err := store.Open(ctx, store.Config{DSN: dsn})
	if err != nil {
		return err
	}
	p, err := newProcess()
	if err != nil {
		return err
	}
	e, err := engine.New(engine.Config{
		Store: s, Executor: p, Workers: 2, Lease: 2 * enginetest.ShortLease, DataDir: dataDir, Sealer: enginetest.Sealer(), WorkerID: "child",
		Folders: enginetest.Folders(shared),
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	if err := e.Start(ctx); err != nil {
		return err
	}
	fmt.Println("started")
	select {}
}

// TestKilledWorkerIsReplaced kills a worker process with SIGKILL in the middle of a
// job, and sees another worker finish the recipe.
func TestKilledWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		k := enginetest.New(t, storetest.Open(t, dsn))
		// The first execution hangs, every other one ends.
		k.JobType(t, enginetest.JobSpec{
			Name: "once", FilesOut: []string{"result"}, Mounts: []string{"state"}, Timeout: 3600,
			Command: `if mkdir "$STATE/marker" 2>/dev/null; then echo first; sleep 3600; fi; echo second; echo done > "$OUTPUT_DIR/result.txt"`,
		})
		k.JobType(t, enginetest.JobSpec{Name: "after", FilesIn: []string{"in"}, Command: `cat "$IN"`})
		rt := k.RecipeType(t, "Crash", enginetest.Definition(`{}`, map[string]string{
			"once": enginetest.JobNode("once", nil, nil), "after": enginetest.JobNode("after", enginetest.Deps{"once": "true"}, enginetest.Deps{"in": "once:result"})}))
		r := k.Recipe(t, rt, `{}`)
		once, after := k.Node(t, r.ID, "once").Job.ID, k.Node(t, r.ID, "after").Job.ID

		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), workerDSN+"="+dsn, workerData+"="+k.DataDir, workerShared+"="+k.Shared)
		var stderr strings.Builder
		child.Stderr = &stderr
		stdout, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = child.Process.Kill() }) // if the test ends early
		if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
			_ = child.Wait()
			t.Fatalf("the worker did not start: %q, %v\n%s", line, err, stderr.String())
		}
		k.AwaitJob(t, once, "RUNNING")
		enginetest.Await(t, func() bool { return k.Printed(t, once, 1) == "first\n" },
			func() string { return "the job has printed " + k.Printed(t, once, 1) })

		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		killed := time.Now()
		cfg := k.Config(2)
		if cfg.Executor, err = newProcess(); err != nil {
			t.Fatal(err)
		}
		k.Run(t, cfg)
		k.AwaitCompleted(t, r.ID)
		t.Logf("taken over and completed %s after the kill, with a lease of %s", time.Since(killed).Round(time.Millisecond), 2*enginetest.ShortLease)
		if diff := cmp.Diff([]string{engine.ExeLost, engine.ExeCompleted}, k.Executions(t, once)); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		got := []string{k.Printed(t, once, 1), k.Printed(t, once, 2), k.Printed(t, after, 1)}
		if diff := cmp.Diff([]string{"first\n", "second\n", "done\n"}, got); diff != "" {
			t.Errorf("logs of both executions and of the job after (-want +got):\n%s", diff)
		}
	})
}

// TestWorkFoldersOfDeadWorkersAreSwept leaves folders behind: of an execution that goes on, of
// one that has ended, of none, and something of nobody's.
func TestWorkFoldersOfDeadWorkersAreSwept(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "quick"})
		rt := k.RecipeType(t, "Quick", enginetest.Definition(`{}`, map[string]string{"quick": enginetest.JobNode("quick", nil, nil)}))
		job := k.Node(t, k.Recipe(t, rt, `{}`).ID, "quick").Job.ID
		if _, err := k.Claim(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		running := fmt.Sprintf("%d-1", job)
		for _, name := range []string{running, "77-1", "77-x", "mine"} {
			at := filepath.Join(k.DataDir, "work", name)
			if err := os.MkdirAll(at, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(at, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		young := filepath.Join(k.DataDir, "work", "78-1")
		if err := os.Mkdir(young, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := k.SweepWork(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(filepath.Join(k.DataDir, "work", "*"))
		for i := range left {
			left[i] = filepath.Base(left[i])
		}
		if diff := cmp.Diff([]string{running, "77-x", "78-1", "mine"}, left); err != nil || diff != "" {
			t.Errorf("left: %v (-want +got):\n%s", err, diff)
		}
	})
}
