package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/attribute"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/tracing"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Statuses of executions.
const (
	exeQueued    = "QUEUED"
	exeRunning   = "RUNNING"
	exeCompleted = "COMPLETED"
	exeFailed    = "FAILED"
	exeCanceled  = "CANCELED"
	ExeLost      = "LOST" // with its worker; the wire says FAILED
)

// notYet is how long a delivery waits that may not run now, as another try of the job is still
// being stopped. Asking again is cheap, and needs nobody to remember what to deliver when that
// changes.
const notYet = time.Second

// worker takes River's deliveries.
type worker struct {
	river.WorkerDefaults[delivery]
	engine *Engine
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[delivery]) error {
	e := w.engine
	if e.stopping.Load() {
		return river.JobSnooze(0) // another server may take it
	}
	if e.Unfit() != "" {
		return river.JobSnooze(notYet)
	}
	c, err := e.claim(ctx, job.Args, func(ctx context.Context, tx *store.Tx) error {
		return e.queue.complete(ctx, tx, job)
	})
	if err != nil {
		e.Log.WarnContext(ctx, "claiming execution; it will be tried again",
			slog.Int64("job", job.Args.JobID), slog.Int("exe_num", job.Args.ExeNum), slog.Any("error", err))
		return fmt.Errorf("claiming execution %d of job %d: %w", job.Args.ExeNum, job.Args.JobID, err)
	}
	switch {
	case c.later:
		return river.JobSnooze(notYet)
	case c.exe.ID != 0:
		// River's context ends with the delivery's timeout, the execution must not.
		e.work(c)
	}
	return nil
}

// claimed is an execution that is ours to run.
type claimed struct {
	exe     store.JobExecution
	job     store.Job
	rev     catalog.JobRevision
	own     *seal.StoredConfiguration // of the job type
	image   string                    // of the job type
	left    *executor.Left            // it runs already
	builtin *Builtin                  // that runs it; nil: the executor does
	at      time.Time                 // the lease surely lasts for its length from here
	later   bool                      // nothing was claimed, but it may be later
}

// claim makes the delivered execution ours, in one transaction with done, which ends
// the delivery. Nothing is claimed (the execution has no id) if it is not QUEUED any
// more.
func (e *Engine) claim(ctx context.Context, d delivery, done func(context.Context, *store.Tx) error) (claimed, error) {
	var c claimed
	err := e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		c = claimed{at: time.Now()}
		job, recipes, err := lockJob(ctx, tx, d.JobID)
		if errors.Is(err, store.ErrNotFound) {
			return done(ctx, tx)
		}
		if err != nil {
			return err
		}
		if job.NumExes != d.ExeNum || job.Status != string(recipe.Queued) {
			return done(ctx, tx)
		}
		if c.later, err = followsRunning(ctx, tx, job); err != nil || c.later {
			return err
		}
		jt, err := tx.JobType(ctx, job.JobTypeID)
		if err != nil {
			return err
		}
		wait, err := mustWait(ctx, tx, jt)
		if err != nil {
			return err
		}
		if wait {
			if err := tx.ParkExecution(ctx, job.ID, job.NumExes); err != nil {
				return err
			}
			return done(ctx, tx) // see unpark
		}
		row, err := tx.JobTypeRevisionByID(ctx, job.JobTypeRevID)
		if err != nil {
			return err
		}
		if err := e.readTypes(&c, jt, row); err != nil {
			return err
		}
		ok, err := tx.ClaimExecution(ctx, job.ID, job.NumExes, e.workerID, e.hostname, e.lease)
		if err != nil {
			return err
		}
		if err := done(ctx, tx); err != nil || !ok {
			return err
		}
		if c.exe, err = tx.JobExecution(ctx, job.ID, job.NumExes); err != nil {
			return err
		}
		now := e.Now()
		job.Status, job.Started, job.Ended, job.NodeName = string(recipe.Running), &now, nil, e.hostname
		job.LastStatusChange, job.LastModified = &now, now
		if err := tx.Update(ctx, &job); err != nil {
			return err
		}
		c.job = job
		a := &advancer{engine: e, tx: tx, now: now}
		return a.move(ctx, recipes, recipe.Queued, recipe.Running)
	})
	return c, err
}

// readTypes reads what a job type and its revision say of a claimed execution.
func (e *Engine) readTypes(c *claimed, jt store.JobType, row store.JobTypeRevision) (err error) {
	if c.rev, err = e.catalog.JobRevision(row); err != nil {
		return err
	}
	if c.image = row.DockerImage; row.RevisionNum == jt.RevisionNum {
		c.image = jt.DockerImage // which may change without a revision
	}
	c.builtin = e.builtins.of(jt)
	c.own, err = e.OpenConfiguration(jt.Configuration)
	return err
}

// followsRunning reports whether what a job takes the place of has not stopped yet: its try
// before, or the job that it supersedes.
func followsRunning(ctx context.Context, tx *store.Tx, job store.Job) (bool, error) {
	for {
		runs, err := tx.HasRunningExecution(ctx, job.ID)
		if err != nil || runs || job.SupersededJobID == nil {
			return runs, err
		}
		if job, err = tx.Job(ctx, *job.SupersededJobID); err != nil {
			return false, err
		}
	}
}

// mustWait reports whether a job type may not start another job now.
func mustWait(ctx context.Context, tx *store.Tx, jt store.JobType) (bool, error) {
	if jt.IsPaused {
		return true, nil
	}
	if jt.MaxScheduled == nil {
		return false, nil
	}
	// Two servers must not both count one less than allowed.
	if err := usecase.Serialize(ctx, tx, usecase.LockRunning+jt.ID<<16); err != nil {
		return false, err
	}
	n, err := tx.CountRunning(ctx, jt.ID)
	return n >= *jt.MaxScheduled, err
}

// work runs a claimed execution to its end, whatever that is.
func (e *Engine) work(c claimed) {
	log := e.Log.With(slog.Int64("job", c.job.ID), slog.Int("exe_num", c.exe.ExeNum))
	started, jobType := time.Now(), c.rev.Manifest.Job.Name+"/"+c.rev.Manifest.Job.JobVersion
	ctx, span := e.tracer.Start(context.Background(), "job "+jobType, oteltrace.WithSpanKind(oteltrace.SpanKindConsumer), oteltrace.WithAttributes(
		attribute.Int64("galley.job.id", c.job.ID), attribute.Int("galley.execution", c.exe.ExeNum), attribute.String("galley.job.type", jobType)))
	defer span.End()
	if c.job.RecipeID != nil {
		span.SetAttributes(attribute.Int64("galley.recipe.id", *c.job.RecipeID), attribute.String("galley.recipe.node", c.job.RecipeNode))
	}
	lease := e.holdLease(ctx, c, log)
	defer lease.release()
	defer e.working.remove(c.exe.ID)
	if c.left == nil {
		e.meter.Claimed(jobType, e.Clock().Sub(c.exe.Queued.Time))
	}
	outcome := e.run(lease, c, log)
	switch cause := context.Cause(lease.ctx); {
	case outcome.kept:
		log.Info("execution goes on without this server; the next one on this machine takes it back")
		return
	case errors.Is(cause, errLeaseLost):
		outcome.discard()
		log.Warn("execution lost: its lease ended while this worker could not extend it")
		return
	case errors.Is(cause, errCancelRequested):
		outcome.cancel()
	case errors.Is(cause, errDrain) && outcome.interrupted():
		outcome.handBack()
	}
	e.finishUntilDone(lease, c, outcome, log)
	took := time.Since(started)
	span.SetAttributes(attribute.String("galley.status", outcome.status))
	if fault := outcome.fault; fault != nil {
		tracing.Fail(span, fault.Name)
	}
	e.meter.Ended(jobType, outcome.status, took)
	log.Debug("execution ended", slog.String("status", outcome.status), slog.Duration("took", took))
}
