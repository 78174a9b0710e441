package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	reapBatch   = 100
	forgetPause = time.Hour
	sweepPause  = 6 * time.Hour
	workAge     = time.Hour // of a work folder that may be a leftover
)

// reapLoop looks for executions whose worker is silent, three times in a lease, and
// now and then for idempotency keys that are too old and for what killed servers left behind.
func (e *Engine) reapLoop(ctx context.Context) {
	tick := time.NewTicker(e.lease / 3)
	defer tick.Stop()
	var forgot, swept time.Time
	e.noteWorker(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		e.noteWorker(ctx)
		if err := e.takeBack(ctx); err != nil && ctx.Err() == nil {
			e.Log.WarnContext(ctx, "looking for jobs that go on without a server; trying again", slog.Any("error", err))
		}
		if err := e.reap(ctx); err != nil && ctx.Err() == nil {
			e.Log.WarnContext(ctx, "looking for lost executions; trying again", slog.Any("error", err))
		}
		if time.Since(swept) >= sweepPause {
			if err := errors.Join(e.catalog.Sweep(ctx, swept.IsZero()), e.sweepWork(ctx)); err != nil && ctx.Err() == nil {
				e.Log.WarnContext(ctx, "sweeping what killed servers left behind; trying again later", slog.Any("error", err))
			}
			swept = time.Now()
		}
		if time.Since(forgot) < forgetPause {
			continue
		}
		forgot = time.Now()
		if err := e.ForgetKeys(ctx); err != nil && ctx.Err() == nil {
			e.Log.WarnContext(ctx, "forgetting old idempotency keys; trying again later", slog.Any("error", err))
		}
	}
}

// noteWorker lets others see that this engine takes jobs, for twice a lease.
func (e *Engine) noteWorker(ctx context.Context) {
	if e.workers == 0 || e.stopping.Load() {
		return
	}
	w := store.Worker{ID: e.workerID, Hostname: e.hostname, Slots: e.workers}
	if err := e.Store.NoteWorker(ctx, w, 2*e.lease); err != nil && ctx.Err() == nil {
		e.Log.WarnContext(ctx, "others may not see this worker", slog.Any("error", err))
	}
}

// reap ends the executions whose lease has run out, each with what follows from it
// in a transaction of its own.
func (e *Engine) reap(ctx context.Context) error {
	seen, err := e.Store.Clock(ctx)
	if err != nil {
		return err
	}
	var tried []int64 // one that cannot be ended is tried again the next time, and keeps no others waiting
	for {
		expired, listErr := e.Store.ExpiredExecutions(ctx, reapBatch, tried...)
		if listErr != nil {
			return errors.Join(err, listErr)
		}
		for _, exe := range expired {
			tried = append(tried, exe.ID)
			if reapErr := e.reapOne(ctx, exe, seen); reapErr != nil {
				err = errors.Join(err, fmt.Errorf("ending lost execution %d of job %d: %w", exe.ExeNum, exe.JobID, reapErr))
			}
		}
		if len(expired) < reapBatch || ctx.Err() != nil {
			return err
		}
	}
}

// reapOne looks again under the locks, since another server may be at it and the
// worker may have come back. A worker that comes back after this is fenced off.
func (e *Engine) reapOne(ctx context.Context, exe store.JobExecution, seen store.Time) error {
	lost := false
	err := e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		lost = false
		job, recipes, err := lockJob(ctx, tx, exe.JobID)
		if err != nil {
			return err
		}
		exe, err := tx.JobExecution(ctx, exe.JobID, exe.ExeNum)
		if err != nil {
			return err
		}
		if exe.Status != exeRunning || exe.LeaseExpires == nil || exe.LeaseExpires.After(seen.Time) {
			return nil
		}
		now := e.Now()
		exe.Status, exe.Ended = exeCanceled, nil // by the database's clock, as its start
		if !wasStopped(job, exe) {
			exe.Status = ExeLost
			exe.ErrorName, exe.ErrorTitle, exe.ErrorCategory = errNodeLost, "Node lost", executor.System
			exe.ErrorDescription = fmt.Sprintf("Worker %s on %s was not heard of until its lease ended", exe.WorkerID, exe.Hostname)
		}
		if lost, err = tx.FinishExecution(ctx, exe); err != nil || !lost {
			return err
		}
		return e.follow(ctx, tx, job, recipes, exe, retry{worthwhile: true}, now)
	})
	if err != nil || !lost {
		return err
	}
	e.meter.LeaseLost()
	e.Log.WarnContext(ctx, "execution was lost with its worker", slog.Int64("job", exe.JobID), slog.Int("exe_num", exe.ExeNum),
		slog.String("worker", exe.WorkerID), slog.String("host", exe.Hostname))
	_ = os.RemoveAll(e.workDir(exe.JobID, exe.ExeNum)) // what a killed worker left behind, if it lies on this machine
	return nil
}

// sweepWork removes the work folders of executions that nobody works.
func (e *Engine) sweepWork(ctx context.Context) error {
	entries, err := os.ReadDir(filepath.Join(e.dataDir, "work"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		var job int64
		var num int
		if _, scanErr := fmt.Sscanf(entry.Name(), "%d-%d", &job, &num); scanErr != nil || e.workDir(job, num) != filepath.Join(e.dataDir, "work", entry.Name()) {
			continue // it is not ours
		}
		info, infoErr := entry.Info()
		if infoErr != nil || e.Clock().Sub(info.ModTime()) < workAge {
			continue
		}
		exe, exeErr := e.Store.JobExecution(ctx, job, num)
		if exeErr == nil && exe.Status == exeRunning {
			continue
		}
		if exeErr != nil && !errors.Is(exeErr, store.ErrNotFound) {
			return errors.Join(err, exeErr)
		}
		err = errors.Join(err, os.RemoveAll(e.workDir(job, num)))
	}
	return err
}
