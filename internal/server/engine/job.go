package engine

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// CreateJob queues a job of its own, outside of any recipe (contract 1.4), with the
// latest revision of its type. Beyond the contract every file of the input must exist,
// a configuration is merged into the job type's as in a recipe and must fit, and an
// inactive job type is refused.
func (e *Engine) CreateJob(ctx context.Context, spec JobSpec) (store.Job, error) {
	var job store.Job
	raw := spec.Input
	if !given(raw) {
		raw = json.RawMessage("{}")
	}
	if err := checkObject("input", raw); err != nil {
		return job, err
	}
	data, ps := recipe.ParseData(raw)
	if err := refuse(Invalid, "", ps); err != nil {
		return job, err
	}
	err := e.once(ctx, spec.Key, madeJob, func(ctx context.Context, tx *store.Tx) (made, error) {
		jt, err := tx.JobType(ctx, spec.JobTypeID)
		if err != nil {
			return made{}, found(err)
		}
		over, err := parseConfiguration("Job configuration invalid: ", spec.Configuration)
		if err != nil {
			return made{}, err
		}
		if !jt.IsActive {
			return made{}, errorf(Inactive, "Inactive job type: Job Type %s %s is inactive", jt.Name, jt.Version)
		}
		row, err := tx.JobTypeRevision(ctx, jt.ID, jt.RevisionNum)
		if err != nil {
			return made{}, err
		}
		rev, err := e.catalog.jobRevision(row)
		if err != nil {
			return made{}, err
		}
		input, ps := rev.manifest.Interface().Input.CheckData(data)
		if err := refuse(InvalidInput, "Invalid job data: ", ps); err != nil {
			return made{}, err
		}
		if err := checkFiles(ctx, tx, input, "Invalid job data: "); err != nil {
			return made{}, err
		}
		var stored *StoredConfiguration
		if over != nil {
			stored = &StoredConfiguration{Configuration: *over}
		}
		now := e.now()
		created, ps, err := e.newJob(ctx, tx, jt, rev, stored, now)
		if err != nil {
			return made{}, err
		}
		if err := refuse(Invalid, "Job configuration invalid: ", ps); err != nil {
			return made{}, err
		}
		job = *created
		err = e.queueNewJob(ctx, tx, &job, rev, input, spec.User)
		return made{id: job.ID}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		job, err = tx.Job(ctx, key.ObjectID)
		return err
	})
	return job, err
}

// newJob is a PENDING job of a type. With a configuration over that of the type it
// gets the merged one, and the problems are what does not fit in that.
func (e *Engine) newJob(ctx context.Context, tx *store.Tx, jt store.JobType, rev jobRevision, over *StoredConfiguration, now store.Time) (*store.Job, recipe.Problems, error) {
	own, err := e.OpenConfiguration(jt.Configuration)
	if err != nil {
		return nil, nil, err
	}
	if own == nil {
		own = &StoredConfiguration{}
	}
	job := &store.Job{
		JobTypeID: jt.ID, JobTypeRevID: rev.id, Status: string(recipe.Pending), Priority: own.EffectivePriority(),
		MaxTries: jt.MaxTries, Created: now, LastStatusChange: &now, LastModified: now,
	}
	if over == nil {
		return job, nil, nil
	}
	merged := own.Merge(over.Configuration)
	job.Priority = merged.EffectivePriority()
	if job.Configuration, err = e.sealConfiguration(merged, slices.Concat(own.Secret, over.Secret, rev.manifest.Configurable().SecretSettings)); err != nil {
		return nil, nil, err
	}
	ps, err := e.catalog.checkConfigured(ctx, tx, merged, rev.manifest)
	return job, ps, err
}

// queueNewJob stores a job that is not part of a recipe, with its input and its first
// execution.
func (e *Engine) queueNewJob(ctx context.Context, tx *store.Tx, job *store.Job, rev jobRevision, input recipe.Data, user string) error {
	event, err := insertEvent(ctx, tx, user, job.Created)
	if err != nil {
		return err
	}
	files, err := tx.FilesByID(ctx, fileIDs(input))
	if err != nil {
		return err
	}
	size, sources := rollUp(files)
	job.EventID, job.InputFileSize, job.Sources = event.ID, &size, sources
	if job.Input, err = encode(input); err != nil {
		return err
	}
	if err := tx.Insert(ctx, job); err != nil {
		return err
	}
	d, err := queueExecution(ctx, tx, job, rev.manifest.Job.Timeout, job.Created)
	if err != nil {
		return err
	}
	return e.queue.insert(ctx, tx, []delivery{d})
}
