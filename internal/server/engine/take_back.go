package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// takeBack goes on with the executions that servers of this data folder have left running
// when they ended, and removes those that nobody waits for any more.
func (e *Engine) takeBack(ctx context.Context) error {
	keeper, ok := e.executor.(executor.Keeper)
	if !ok || e.stopping.Load() {
		return nil
	}
	left, err := keeper.Left(ctx)
	for _, l := range left {
		c, ours, claimErr := e.claimLeft(ctx, l)
		if claimErr == nil && !ours {
			claimErr = keeper.Remove(ctx, l)
		}
		if claimErr != nil {
			err = errors.Join(err, fmt.Errorf("execution %d of job %d: %w", l.ExeNum, l.JobID, errors.Join(claimErr, l.Close())))
		}
		if ours {
			e.Log.InfoContext(ctx, "execution goes on that another server began", slog.Int64("job", l.JobID), slog.Int("exe_num", l.ExeNum))
			e.takenBack.Go(func() { e.work(c) })
		}
	}
	return err
}

// claimLeft makes an execution ours whose worker has ended, unless it was given up meanwhile.
func (e *Engine) claimLeft(ctx context.Context, l *executor.Left) (c claimed, ours bool, err error) {
	if !l.Alive {
		return c, false, nil
	}
	err = e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, ours = claimed{at: time.Now(), left: l}, false
		job, _, err := lockJob(ctx, tx, l.JobID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		exe, err := tx.JobExecution(ctx, l.JobID, l.ExeNum)
		if errors.Is(err, store.ErrNotFound) || err == nil && exe.Status != exeRunning {
			return nil
		}
		if err != nil {
			return err
		}
		jt, err := tx.JobType(ctx, job.JobTypeID)
		if err != nil {
			return err
		}
		row, err := tx.JobTypeRevisionByID(ctx, job.JobTypeRevID)
		if err != nil {
			return err
		}
		if err := e.readTypes(&c, jt, row); err != nil {
			return err
		}
		if ours, err = tx.TakeOverExecution(ctx, exe, e.workerID, e.hostname, e.lease); err != nil || !ours {
			return err
		}
		c.exe, err = tx.JobExecution(ctx, l.JobID, l.ExeNum)
		c.job = job
		return err
	})
	return c, ours && err == nil, err
}
