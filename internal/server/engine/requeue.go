package engine

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// RequeueJobs runs jobs again that the filter finds (contract 1.4): those that ran
// before, have not COMPLETED and are not superseded are QUEUED, with as many more
// tries as their job type allows; what they may be running is stopped first. Those that
// ended before they ever ran are PENDING again, and a recipe that was stopped goes on. Priority nil leaves each job its own;
// lower is sooner. Many jobs are requeued in several transactions.
func (e *Engine) RequeueJobs(ctx context.Context, filter store.JobFilter, priority *int) error {
	statuses := append(cancelable(), string(recipe.Canceled))
	lift := func(ctx context.Context, tx *store.Tx, recipes []int64) error { return tx.LiftStop(ctx, recipes) }
	return e.changeJobs(ctx, filter, statuses, lift, func(ctx context.Context, tx *store.Tx, job *store.Job) ([]delivery, bool, error) {
		ended := job.Status == string(recipe.Canceled) || job.Status == string(recipe.Failed)
		switch {
		case job.IsSuperseded:
			return nil, false, nil
		case job.NumExes > 0 && job.Input != nil:
			d, err := e.requeueJob(ctx, tx, job, priority)
			return []delivery{d}, true, err
		case job.NumExes == 0 && ended:
			now := e.Now()
			clearEnd(job, priority)
			job.Status, job.LastStatusChange, job.LastModified = string(recipe.Pending), &now, now
			return nil, true, tx.Update(ctx, job)
		}
		return nil, false, nil
	})
}

func (e *Engine) requeueJob(ctx context.Context, tx *store.Tx, job *store.Job, priority *int) (delivery, error) {
	jt, err := tx.JobType(ctx, job.JobTypeID)
	if err != nil {
		return delivery{}, err
	}
	row, err := tx.JobTypeRevisionByID(ctx, job.JobTypeRevID)
	if err != nil {
		return delivery{}, err
	}
	rev, err := e.catalog.JobRevision(row)
	if err != nil {
		return delivery{}, err
	}
	node, err := e.nodeOf(ctx, tx, *job)
	if err != nil {
		return delivery{}, err
	}
	now := e.Now()
	if err := e.endExecution(ctx, tx, job, now); err != nil {
		return delivery{}, err
	}
	if priority == nil {
		if err := prioritize(ctx, tx, job); err != nil {
			return delivery{}, err
		}
	}
	clearEnd(job, priority)
	b := e.builtins.of(jt)
	if !b.isEndless() {
		job.MaxTries = job.NumExes + jt.MaxTries
	}
	d, err := queueExecution(ctx, tx, job, node.TimeoutOf(rev.Manifest.Job.Timeout), now)
	d.queue = b.queueName()
	return d, err
}

// clearEnd forgets how a job ended.
func clearEnd(job *store.Job, priority *int) {
	job.Ended, job.Output, job.Failures = nil, nil, 0
	job.ErrorName, job.ErrorTitle, job.ErrorDescription, job.ErrorCategory = "", "", "", ""
	usecase.Set(&job.Priority, priority)
}
