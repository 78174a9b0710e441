package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	// deliverPause is after how long an execution is delivered at the latest whose job type may
	// start a job again; whether a delivery was lost is looked at every other time.
	deliverPause = time.Second
	// unparkBatch is how many executions of a job type without a limit are delivered at once.
	unparkBatch = 500
)

// deliverLoop delivers what is parked as soon as its job type may start it, and what somebody
// has fetched who died.
func (e *Engine) deliverLoop(ctx context.Context) {
	tick := time.NewTicker(deliverPause)
	defer tick.Stop()
	for ticks := 0; ; {
		rescue := false
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			ticks++
			rescue = ticks%2 == 0
		case <-e.freed:
		}
		err := e.unpark(ctx)
		if rescue {
			err = errors.Join(err, e.rescue(ctx))
		}
		if err != nil && ctx.Err() == nil {
			e.Log.WarnContext(ctx, "delivering what waits; trying again", slog.Any("error", err))
		}
	}
}

// rescue has deliveries come again that were fetched a lease ago and not taken.
func (e *Engine) rescue(ctx context.Context) error {
	now, err := e.Store.Clock(ctx)
	if err != nil {
		return err
	}
	n, err := e.Store.RescueDeliveries(ctx, deliveryKind, store.At(now.Add(-e.claimTimeout())))
	if n > 0 {
		e.Log.WarnContext(ctx, "jobs that a dead server had fetched are delivered again", slog.Int64("jobs", n))
	}
	return err
}

// unpark delivers executions that had to wait: all of a job type that was paused, of another one
// as many as it may run. What is delivered too much by two servers is parked again.
func (e *Engine) unpark(ctx context.Context) error {
	types, err := e.Store.ParkedJobTypes(ctx)
	for _, jt := range types {
		err = errors.Join(err, e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := usecase.Serialize(ctx, tx, usecase.LockRunning+jt.ID<<16); err != nil {
				return err
			}
			free, err := freeFor(ctx, tx, jt)
			if err != nil || free <= 0 {
				return err
			}
			jobs, err := tx.UnparkExecutions(ctx, jt.ID, free)
			if err != nil {
				return err
			}
			deliveries := make([]delivery, len(jobs))
			for i, job := range jobs {
				deliveries[i] = delivery{JobID: job.ID, ExeNum: job.NumExes, priority: job.Priority, queue: e.builtins.of(jt).queueName()}
			}
			return e.queue.insert(ctx, tx, deliveries)
		}))
	}
	return err
}

// freeFor is how many more executions of a job type are worth being delivered.
func freeFor(ctx context.Context, tx *store.Tx, jt store.JobType) (int, error) {
	if jt.MaxScheduled == nil {
		return unparkBatch, nil
	}
	running, err := tx.CountRunning(ctx, jt.ID)
	if err != nil {
		return 0, err
	}
	delivered, err := tx.CountDelivered(ctx, jt.ID)
	return min(*jt.MaxScheduled-running-delivered, unparkBatch), err
}

// lookForFree has the loop look at once whether something that waits may start.
func (e *Engine) lookForFree() {
	select {
	case e.freed <- struct{}{}:
	default: // it will
	}
}
