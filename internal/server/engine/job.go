package engine

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// CreateJob queues a job of its own, outside of any recipe (contract 1.4), with the
// latest revision of its type. Beyond the contract every file of the input must exist,
// a configuration is merged into the job type's as in a recipe and must fit, and an
// inactive job type is refused.
func (e *Engine) CreateJob(ctx context.Context, spec JobSpec) (store.Job, error) {
	var job store.Job
	raw := spec.Input
	if !usecase.Given(raw) {
		raw = json.RawMessage("{}")
	}
	if err := usecase.CheckObject("input", raw); err != nil {
		return job, err
	}
	data, ps := recipe.ParseData(raw)
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return job, err
	}
	err := e.Once(ctx, spec.Key, usecase.MadeJob, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		jt, err := tx.JobType(ctx, spec.JobTypeID)
		if err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		over, err := parseConfiguration("Job configuration invalid: ", spec.Configuration, recipe.ParseJobConfiguration)
		if err != nil {
			return usecase.Made{}, err
		}
		if jt.IsSystem {
			return usecase.Made{}, refusal.Errorf(refusal.Invalid, "Job type %s %s is the system's own: strikes and scans start its jobs", jt.Name, jt.Version)
		}
		if !jt.IsActive {
			return usecase.Made{}, refusal.Errorf(refusal.Inactive, "Inactive job type: Job Type %s %s is inactive", jt.Name, jt.Version)
		}
		row, err := tx.JobTypeRevision(ctx, jt.ID, jt.RevisionNum)
		if err != nil {
			return usecase.Made{}, err
		}
		rev, err := e.catalog.JobRevision(row)
		if err != nil {
			return usecase.Made{}, err
		}
		input, ps := rev.Manifest.Interface().Input.CheckData(data)
		if err := refusal.Of(refusal.InvalidInput, "Invalid job data: ", ps); err != nil {
			return usecase.Made{}, err
		}
		if err := checkFiles(ctx, tx, input, "Invalid job data: "); err != nil {
			return usecase.Made{}, err
		}
		var stored *seal.StoredConfiguration
		if over != nil {
			stored = &seal.StoredConfiguration{Configuration: *over}
		}
		now := e.Now()
		created, ps, err := e.newJob(ctx, tx, jt, rev, stored, spec.IsEditor, now)
		if err != nil {
			return usecase.Made{}, err
		}
		if err := refusal.Of(refusal.Invalid, "Job configuration invalid: ", ps); err != nil {
			return usecase.Made{}, err
		}
		job = *created
		err = e.queueNewJob(ctx, tx, &job, rev, input, spec.User)
		return usecase.Made{ID: job.ID}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		job, err = tx.Job(ctx, key.ObjectID)
		return err
	})
	return job, err
}

// newJob is a PENDING job of a type. With a configuration over that of the type it
// gets the merged one, and the problems are what does not fit in that; with names they say
// which folders can be mounted.
func (e *Engine) newJob(ctx context.Context, tx *store.Tx, jt store.JobType, rev catalog.JobRevision, over *seal.StoredConfiguration, names bool, now store.Time) (*store.Job, recipe.Problems, error) {
	own, err := e.OpenConfiguration(jt.Configuration)
	if err != nil {
		return nil, nil, err
	}
	if own == nil {
		own = &seal.StoredConfiguration{}
	}
	job := &store.Job{
		JobTypeID: jt.ID, JobTypeRevID: rev.ID, Status: string(recipe.Pending), Priority: own.EffectivePriority(),
		MaxTries: jt.MaxTries, Created: now, LastStatusChange: &now, LastModified: now,
	}
	if over == nil {
		return job, nil, nil
	}
	merged := own.Merge(over.Configuration)
	job.Priority = merged.EffectivePriority()
	if job.Configuration, err = e.SealConfiguration(merged, slices.Concat(own.Secret, over.Secret, rev.Manifest.Configurable().SecretSettings)); err != nil {
		return nil, nil, err
	}
	ps, err := e.catalog.CheckConfigured(ctx, tx, merged, rev.Manifest, names)
	return job, ps, err
}

// queueNewJob stores a job that is not part of a recipe, with its input and its first
// execution.
func (e *Engine) queueNewJob(ctx context.Context, tx *store.Tx, job *store.Job, rev catalog.JobRevision, input recipe.Data, user string) error {
	event, err := InsertEvent(ctx, tx, user, job.Created)
	if err != nil {
		return err
	}
	files, err := tx.FilesByID(ctx, fileIDs(input))
	if err != nil {
		return err
	}
	size, sources := rollUp(files)
	job.EventID, job.InputFileSize, job.Sources = event.ID, &size, sources
	if job.Input, err = usecase.Encode(input); err != nil {
		return err
	}
	if err := tx.Insert(ctx, job); err != nil {
		return err
	}
	d, err := queueExecution(ctx, tx, job, rev.Manifest.Job.Timeout, job.Created)
	if err != nil {
		return err
	}
	return e.queue.insert(ctx, tx, []delivery{d})
}
