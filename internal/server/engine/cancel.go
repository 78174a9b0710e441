package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const jobBatch = 50

// cancelable is the statuses that a job can be canceled from (contract 7.4).
func cancelable() []string {
	return []string{
		string(recipe.Pending), string(recipe.Blocked), string(recipe.Queued), string(recipe.Running), string(recipe.Failed),
	}
}

// CancelJobs cancels every job that the filter finds and that is neither COMPLETED
// nor CANCELED (contract 7.4). One that runs is CANCELED when its process has ended,
// which its worker is told at once; what it may still bring is refused. Many jobs are
// canceled in several transactions. Who cancels all jobs of recipes stops these: nothing new
// begins in them, until a job of theirs is requeued or they are reprocessed. Who cancels all jobs of
// batches stops their recipes, and no more are made.
func (e *Engine) CancelJobs(ctx context.Context, filter store.JobFilter) error {
	if filter.OnlyBatches() {
		if err := e.stopBatches(ctx, filter.BatchIDs); err != nil {
			return err
		}
	}
	if ids := filter.RecipeIDs; filter.OnlyRecipes() {
		err := e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := LockTrees(ctx, tx, ids); err != nil {
				return err
			}
			return tx.StopRecipes(ctx, ids, e.Now())
		})
		if err != nil {
			return err
		}
	}
	return e.changeJobs(ctx, filter, cancelable(), nil, func(ctx context.Context, tx *store.Tx, job *store.Job) ([]delivery, bool, error) {
		return nil, true, e.cancelJob(ctx, tx, job, e.Now())
	})
}

// stopBatches has no more recipes made of batches, and nothing new begin in those that there are.
func (e *Engine) stopBatches(ctx context.Context, batchIDs []int64) error {
	for _, id := range batchIDs {
		err := e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			b, err := tx.LockBatch(ctx, id)
			if errors.Is(err, store.ErrNotFound) || err == nil && b.IsCreationDone {
				return nil
			}
			if err != nil {
				return err
			}
			now := e.Now()
			b.IsCreationDone, b.Canceled, b.LastModified = true, &now, now
			return tx.Update(ctx, &b, "is_creation_done", "canceled", "last_modified")
		})
		if err != nil {
			return err
		}
	}
	for above := int64(0); ; {
		ids, err := e.Store.OpenBatchRecipes(ctx, batchIDs, above, jobBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		above = ids[len(ids)-1]
		err = e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := LockTrees(ctx, tx, ids); err != nil {
				return err
			}
			return tx.StopRecipes(ctx, ids, e.Now())
		})
		if err != nil {
			return err
		}
	}
}

// changeJobs locks the jobs that the filter finds and that have one of the statuses,
// batch by batch, and lets change change them. Change reports whether it did, and what
// has to be delivered; the recipes are then advanced, after before (nil: nothing) has been
// called with them.
func (e *Engine) changeJobs(ctx context.Context, filter store.JobFilter, statuses []string,
	before func(context.Context, *store.Tx, []int64) error,
	change func(context.Context, *store.Tx, *store.Job) ([]delivery, bool, error)) error {
	if len(filter.Statuses) > 0 {
		statuses = slices.DeleteFunc(statuses, func(s string) bool { return !slices.Contains(filter.Statuses, s) })
		if len(statuses) == 0 {
			return nil
		}
	}
	filter.Statuses = statuses
	ids, err := e.Store.JobIDs(ctx, filter)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(ids, jobBatch) {
		err := e.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			// Twice, as a reprocess may come in before the locks.
			recipes, err := tx.RecipesOfJobs(ctx, batch)
			if err != nil {
				return err
			}
			if err := LockTrees(ctx, tx, recipes); err != nil {
				return err
			}
			if recipes, err = tx.RecipesOfJobs(ctx, batch); err != nil {
				return err
			}
			var deliveries []delivery
			changed := false
			for _, id := range batch {
				job, err := tx.LockJob(ctx, id)
				if err != nil {
					return err
				}
				if !slices.Contains(statuses, job.Status) || filter.IsSuperseded != nil && *filter.IsSuperseded != job.IsSuperseded {
					continue // it went on since
				}
				ds, done, err := change(ctx, tx, &job)
				if err != nil {
					return err
				}
				changed = changed || done
				deliveries = append(deliveries, ds...)
			}
			if !changed {
				return nil
			}
			if before != nil {
				if err := before(ctx, tx, recipes); err != nil {
					return err
				}
			}
			return e.advance(ctx, tx, recipes, deliveries...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// cancelJob cancels a job that has one of the cancelable statuses. Its recipes have
// to be advanced. As long as an execution of it runs, the job is only told to stop.
func (e *Engine) cancelJob(ctx context.Context, tx *store.Tx, job *store.Job, now store.Time) error {
	runs, err := tx.HasRunningExecution(ctx, job.ID)
	if err != nil {
		return err
	}
	if runs && (job.Status == string(recipe.Running) || job.Status == string(recipe.Queued)) {
		return e.tellToStop(ctx, tx, job)
	}
	if err := e.endExecution(ctx, tx, job, now); err != nil {
		return err
	}
	return canceled(ctx, tx, job, now)
}

func canceled(ctx context.Context, tx *store.Tx, job *store.Job, now store.Time) error {
	job.Status, job.Ended, job.LastStatusChange, job.LastModified = string(recipe.Canceled), &now, &now, now
	return tx.Update(ctx, job)
}

// tellToStop tells whoever works executions of a job: this process when tx is committed,
// another one when it looks.
func (e *Engine) tellToStop(ctx context.Context, tx *store.Tx, job *store.Job) error {
	tx.AfterCommit(e.working.look)
	return tx.RequestCancel(ctx, job.ID)
}

// endExecution withdraws the execution of a job that is QUEUED, or has the one stopped of
// one that is RUNNING.
func (e *Engine) endExecution(ctx context.Context, tx *store.Tx, job *store.Job, now store.Time) error {
	switch recipe.JobStatus(job.Status) {
	case recipe.Running:
		return e.tellToStop(ctx, tx, job)
	case recipe.Queued:
		exe, err := tx.JobExecution(ctx, job.ID, job.NumExes)
		if err != nil {
			return err
		}
		exe.Status, exe.Ended = exeCanceled, &now
		return tx.Update(ctx, &exe)
	}
	return nil
}

// afterStop is what follows for a job that was queued again before the execution that has
// ended now: it is CANCELED if it was canceled since. It reports whether that changed it.
func afterStop(ctx context.Context, tx *store.Tx, job *store.Job, now store.Time) (bool, error) {
	if job.Status != string(recipe.Queued) {
		return false, nil
	}
	next, err := tx.JobExecution(ctx, job.ID, job.NumExes)
	if err != nil || !next.CancelRequested {
		return false, err
	}
	next.Status, next.Ended = exeCanceled, &now
	if err := tx.Update(ctx, &next); err != nil {
		return false, err
	}
	return true, canceled(ctx, tx, job, now)
}
