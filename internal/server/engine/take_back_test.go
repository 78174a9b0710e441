package engine_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// A keeper's first execution outlives its server; it ends when the second server goes on with it.
type keeper struct {
	executor.Simulate
	begun chan struct{} // one has begun

	mu      sync.Mutex
	left    []*executor.Left
	removed []int64 // jobs
}

func (k *keeper) Run(ctx context.Context, t executor.Task) (executor.Result, error) {
	if _, err := io.WriteString(t.Stdout, "begin\n"); err != nil {
		return executor.Result{}, err
	}
	if t.Left == nil {
		close(k.begun)
		<-ctx.Done()
		k.mu.Lock()
		defer k.mu.Unlock()
		k.left = append(k.left, &executor.Left{JobID: t.JobID, ExeNum: t.ExeNum, Alive: true})
		return executor.Result{}, executor.ErrKept
	}
	_, err := io.WriteString(t.Stdout, "end\n")
	return executor.Result{Image: executor.Image{Name: "job:1", Digest: "job@sha256:1"}}, err
}

func (k *keeper) Left(context.Context) ([]*executor.Left, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	left := k.left
	k.left = nil
	return left, nil
}

func (k *keeper) Remove(_ context.Context, l *executor.Left) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.removed = append(k.removed, l.JobID)
	return nil
}

func TestWhatOutlivesAServerIsTakenBack(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		keeper := &keeper{begun: make(chan struct{})}
		cfg := k.Config(2)
		cfg.Executor = keeper
		first, err := engine.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.JobType(t, enginetest.JobSpec{Name: "long"})
		r := k.Recipe(t, k.RecipeType(t, "long", enginetest.Definition(`{}`, map[string]string{"n": enginetest.JobNode("long", nil, nil)})), `{}`)
		<-keeper.begun
		stopped, cancel := context.WithCancel(t.Context())
		cancel() // it waits for nothing
		if err := first.Stop(stopped); err != nil {
			t.Fatal(err)
		}
		job := k.Node(t, r.ID, "n").Job
		if job.Status != string(recipe.Running) {
			t.Fatalf("after the stop the job is %s, want it to go on", job.Status)
		}
		keeper.left = append(keeper.left, &executor.Left{JobID: job.ID, ExeNum: 7, Alive: true}, &executor.Left{JobID: 1 << 40, ExeNum: 1}) // nobody's
		k.Run(t, cfg)
		k.AwaitCompleted(t, r.ID)
		if got, want := k.Executions(t, job.ID), []string{"COMPLETED"}; !slices.Equal(got, want) {
			t.Errorf("got the executions %v, want %v", got, want)
		}
		if got := k.Printed(t, job.ID, 1); got != "begin\nend\n" {
			t.Errorf("got the log %q, want each line once", got)
		}
		exe, err := k.Store.JobExecution(t.Context(), job.ID, 1)
		if err != nil || exe.Image != "job:1" || exe.ImageDigest != "job@sha256:1" {
			t.Errorf("got the image %q (%s), %v", exe.Image, exe.ImageDigest, err)
		}
		keeper.mu.Lock()
		defer keeper.mu.Unlock()
		if want := []int64{job.ID, 1 << 40}; !slices.Equal(keeper.removed, want) {
			t.Errorf("removed what is of the jobs %v, want %v", keeper.removed, want)
		}
	})
}
