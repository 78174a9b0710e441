package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// finishUntilDone records the outcome, again and again as long as the lease may be
// ours: the result of a long job must not die with one lost connection.
func (e *Engine) finishUntilDone(l *lease, c claimed, o outcome, log *slog.Logger) {
	defer func() { o.discard() }()
	fenced := false
	err := usecase.RetryWhile(l.lost, func(ctx context.Context) (err error) {
		fenced, err = e.finish(ctx, c, &o)
		if errors.Is(err, catalog.ErrMoved) { // its products lie in the old place
			o.discard()
			o = failed(infrastructure(err))
			fenced, err = e.finish(ctx, c, &o)
		}
		if store.IsPermanent(err) { // it would fail again for ever
			log.Error("the result cannot be stored", slog.Any("error", err))
			o.discard()
			o = failed(unstorable(err))
			fenced, err = e.finish(ctx, c, &o)
		}
		return err
	}, func(err error) { log.Warn("recording result; trying again", slog.Any("error", err)) })
	switch {
	case err != nil:
		log.Error("result lost: it could not be recorded within the lease", slog.Any("error", err))
	case fenced:
		log.Info("result dropped: the execution was not this worker's any more")
	}
}

// unstorable is the failure of a job whose result the database does not take.
func unstorable(err error) *executor.JobError {
	return &executor.JobError{
		Name: executor.ErrInvalidOutput, Title: "Invalid output", Category: executor.Data,
		Description: usecase.Clip(strings.ToValidUTF8(strings.ReplaceAll("What the job came to cannot be stored: "+err.Error(), "\x00", "�"), "�")),
	}
}

// finish records the outcome of an execution, and everything that follows from it,
// in one transaction. It reports whether the execution was not ours any more, in
// which case nothing is recorded.
func (e *Engine) finish(ctx context.Context, c claimed, o *outcome) (fenced bool, err error) {
	err = e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		fenced = false
		job, recipes, err := lockJob(ctx, tx, c.job.ID)
		if err != nil {
			return err
		}
		exe, err := tx.JobExecution(ctx, c.job.ID, c.exe.ExeNum)
		if err != nil {
			return err
		}
		exe.WorkerID, exe.Status, exe.ExitCode = c.exe.WorkerID, o.status, o.exitCode
		exe.Image, exe.ImageDigest = o.image.Name, o.image.Digest
		now := e.Now()
		exe.Ended = nil // by the database's clock, as its start
		if wasStopped(job, exe) {
			exe.Status = exeCanceled
		}
		var output store.JSON
		if exe.Status == exeCompleted {
			data, err := e.storeProducts(ctx, tx, o, now)
			if err != nil {
				return err
			}
			if output, err = usecase.Encode(data); err != nil {
				return err
			}
			if err := supersedeProducts(ctx, tx, job, now); err != nil {
				return err
			}
		}
		exe.Output = output
		if o.fault != nil && exe.Status != exeCanceled {
			exe.ErrorName, exe.ErrorTitle, exe.ErrorCategory = o.fault.Name, o.fault.Title, o.fault.Category
			exe.ErrorDescription = usecase.Clip(o.fault.Description)
		}
		ours, err := tx.FinishExecution(ctx, exe)
		if err != nil {
			return err
		}
		if !ours {
			fenced = true
			return errFenced
		}
		if e.pretends && len(recipes) > 0 {
			if err := tx.MarkSimulated(ctx, recipes); err != nil {
				return err
			}
		}
		if err := e.follow(ctx, tx, job, recipes, exe, retry{o.fault != nil && o.fault.Retry, o.requeue}, now); err != nil {
			return err
		}
		if exe.Status == exeCompleted {
			for _, p := range o.products {
				p.staged.Keep()
			}
		}
		return nil
	})
	if fenced {
		return true, nil
	}
	if err == nil {
		e.showProducts(ctx, o)
		e.lookForFree()
	}
	return false, err
}

// wasStopped tells whether an execution was to stop while it ended: its job was canceled, or
// queued again.
func wasStopped(job store.Job, exe store.JobExecution) bool {
	return exe.CancelRequested || job.Status == string(recipe.Canceled) || job.NumExes != exe.ExeNum
}

// follow records what follows for a job and its recipes from an execution that has ended.
func (e *Engine) follow(ctx context.Context, tx *store.Tx, job store.Job, recipes []int64, exe store.JobExecution, r retry, now store.Time) error {
	if job.NumExes != exe.ExeNum {
		changed, err := afterStop(ctx, tx, &job, now)
		if err != nil || !changed {
			return err
		}
		return e.advance(ctx, tx, recipes)
	}
	if job.Status != string(recipe.Running) {
		return nil
	}
	job.Output = exe.Output
	ds, err := e.endJob(ctx, tx, &job, exe, r, now)
	if err != nil {
		return err
	}
	return e.advance(ctx, tx, recipes, ds...)
}

// retry says what may follow a failed or lost execution.
type retry struct {
	worthwhile bool // another try may succeed
	free       bool // and does not count as one: the server was stopped, or met a fault that passes
}

// endJob gives a RUNNING job the status that follows from how its execution ended: a
// new execution if that is worth it and max_tries allow, or if it has failed itself and is to
// be tried again, else the end.
func (e *Engine) endJob(ctx context.Context, tx *store.Tx, job *store.Job, exe store.JobExecution, r retry, now store.Time) ([]delivery, error) {
	job.ErrorName, job.ErrorTitle, job.ErrorCategory = exe.ErrorName, exe.ErrorTitle, exe.ErrorCategory
	job.ErrorDescription = exe.ErrorDescription
	b, err := e.builtins.ofJob(ctx, tx, *job)
	if err != nil {
		return nil, err
	}
	if r.free {
		if !b.isEndless() {
			job.MaxTries++
		}
		if exe.ErrorName != errInfrastructure { // which people should see while the job waits
			job.ErrorName, job.ErrorTitle, job.ErrorCategory, job.ErrorDescription = "", "", "", ""
		}
	}
	again, pause := r.free || r.worthwhile && (job.NumExes < job.MaxTries || b.isEndless()), time.Duration(0)
	if r.free && exe.ErrorName == errInfrastructure {
		pause = passingPause(job.NumExes)
		again = job.NumExes < mostPassing || b.isEndless()
	}
	if exe.Status == exeFailed && !r.worthwhile {
		if pause, again, err = e.failedItself(ctx, tx, job, exe.ErrorName); err != nil {
			return nil, err
		}
	}
	if b.isEndless() && exe.Status == exeFailed {
		pause = passingPause(job.NumExes)
	}
	if again && exe.Status != exeCompleted && exe.Status != exeCanceled && !job.IsSuperseded {
		d, err := queueExecution(ctx, tx, job, exe.Timeout, now)
		if err != nil {
			return nil, fmt.Errorf("queueing job %d again: %w", job.ID, err)
		}
		d.pause, d.queue = pause, b.queueName()
		return []delivery{d}, nil
	}
	job.Status = map[string]string{
		exeCompleted: string(recipe.Completed),
		exeCanceled:  string(recipe.Canceled),
	}[exe.Status]
	if job.Status == "" {
		job.Status = string(recipe.Failed)
	}
	job.Ended, job.LastStatusChange, job.LastModified = &now, &now, now
	return nil, tx.Update(ctx, job)
}

// errFenced rolls a transaction back whose execution is not ours any more.
var errFenced = errors.New("the execution is not this worker's any more")
