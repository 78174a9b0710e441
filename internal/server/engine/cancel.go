package engine

import (
	"context"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const cancelBatch = 50

// CancelJobs cancels every job that the filter finds and that is neither COMPLETED
// nor CANCELED (contract 7.4). The rows change at once; a running process is killed
// with its worker's next heartbeat, and what it may still bring is refused. Many jobs
// are canceled in several transactions.
func (e *Engine) CancelJobs(ctx context.Context, filter store.JobFilter) error {
	cancelable := []string{
		string(recipe.Pending), string(recipe.Blocked), string(recipe.Queued), string(recipe.Running), string(recipe.Failed),
	}
	if len(filter.Statuses) > 0 {
		cancelable = slices.DeleteFunc(cancelable, func(s string) bool { return !slices.Contains(filter.Statuses, s) })
		if len(cancelable) == 0 {
			return nil
		}
	}
	filter.Statuses = cancelable
	// Jobs leave the filter as they are canceled, so the first page is always the next.
	filter.Paging = store.Paging{Page: 1, PageSize: cancelBatch, Order: []store.Order{{Field: "id"}}}
	for {
		jobs, _, err := e.store.Jobs(ctx, filter)
		if err != nil {
			return err
		}
		ids := make([]int64, len(jobs))
		for i, j := range jobs {
			ids[i] = j.ID
		}
		canceled, err := e.cancelBatch(ctx, ids, filter.Statuses)
		if err != nil {
			return err
		}
		if len(jobs) < cancelBatch || canceled == 0 {
			return nil
		}
	}
}

func (e *Engine) cancelBatch(ctx context.Context, ids []int64, statuses []string) (canceled int, err error) {
	slices.Sort(ids)
	err = e.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		canceled = 0
		touched := map[int64]bool{}
		var all []int64
		for _, id := range ids {
			recipes, err := tx.RecipesOfJob(ctx, id)
			if err != nil {
				return err
			}
			for _, r := range recipes {
				if !touched[r] {
					touched[r] = true
					all = append(all, r)
				}
			}
		}
		if err := lockTrees(ctx, tx, all); err != nil {
			return err
		}
		for _, id := range ids {
			done, err := e.cancelOne(ctx, tx, id, statuses)
			if err != nil {
				return err
			}
			if done {
				canceled++
			}
		}
		if canceled == 0 {
			return nil
		}
		return e.advance(ctx, tx, all)
	})
	return canceled, err
}

// cancelOne cancels a job if it still has one of the statuses.
func (e *Engine) cancelOne(ctx context.Context, tx *store.Tx, id int64, statuses []string) (bool, error) {
	job, err := tx.LockJob(ctx, id)
	if err != nil {
		return false, err
	}
	if !slices.Contains(statuses, job.Status) {
		return false, nil
	}
	now := e.now()
	switch recipe.JobStatus(job.Status) {
	case recipe.Running:
		if err := tx.RequestCancel(ctx, id); err != nil {
			return false, err
		}
	case recipe.Queued:
		exe, err := tx.JobExecution(ctx, id, job.NumExes)
		if err != nil {
			return false, err
		}
		exe.Status, exe.Ended = exeCanceled, &now
		if err := tx.Update(ctx, &exe); err != nil {
			return false, err
		}
	}
	job.Status, job.Ended, job.LastStatusChange, job.LastModified = string(recipe.Canceled), &now, &now, now
	return true, tx.Update(ctx, &job)
}
