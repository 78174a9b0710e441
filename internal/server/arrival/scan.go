package arrival

import (
	"context"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// launched refuses what a scan does not allow any more.
func launched(row store.Scan) error {
	if row.JobID == nil {
		return nil
	}
	return refusal.Errorf(refusal.Conflict, "Ingest Scan already launched")
}

// CreateScan adds a scan. Nothing runs until it is processed.
func (d *Desk) CreateScan(ctx context.Context, spec Spec) (store.Scan, error) {
	var row store.Scan
	name, err := nameOf(spec.Title, spec.Description)
	if err != nil {
		return row, err
	}
	c, err := d.parse(ingest.Scan, spec.Configuration)
	if err != nil {
		return row, err
	}
	err = d.Once(ctx, spec.Key, usecase.MadeScan, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		existing, err := tx.ScanByName(ctx, name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return usecase.Made{}, err
		}
		taken := err == nil
		if taken && existing.Title == spec.Title {
			if lost, err := spec.Key.TakesOver(ctx, tx, usecase.MadeScan, existing.ID); err != nil || lost {
				row = existing
				return made(row.ID), err
			}
		}
		if err := d.check(ctx, tx, c); err != nil {
			return usecase.Made{}, err
		}
		now := d.Now()
		row = store.Scan{Name: name, Title: spec.Title, Description: spec.Description, Created: now, LastModified: now}
		if taken {
			row.Name = catalog.BesideName(name)
		}
		if row.Configuration, err = d.stored(c); err != nil {
			return usecase.Made{}, err
		}
		err = tx.Insert(ctx, &row)
		return made(row.ID), err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Scan(ctx, key.ObjectID)
		return err
	})
	if store.IsUniqueViolation(err) {
		return row, refusal.Errorf(refusal.Conflict, "A scan named %q was created at the same moment: try again", name)
	}
	return row, err
}

// EditScan changes a scan that has not begun to ingest.
func (d *Desk) EditScan(ctx context.Context, id int64, edit Edit) (store.Scan, error) {
	edit.clean()
	var row store.Scan
	var c ingest.Configuration
	if edit.Configuration != nil {
		var err error
		if c, err = d.parse(ingest.Scan, edit.Configuration); err != nil {
			return row, err
		}
	}
	err := d.Once(ctx, edit.Key, usecase.EditedScan, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		var err error
		if row, err = tx.LockScan(ctx, id); err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if err := launched(row); err != nil {
			return usecase.Made{}, err
		}
		if err := edit.IfMatch.Check(row.LastModified, "scan "+row.Name); err != nil {
			return usecase.Made{}, err
		}
		usecase.Set(&row.Title, edit.Title)
		usecase.Set(&row.Description, edit.Description)
		if err := catalog.CheckTitle(row.Title, row.Description); err != nil {
			return usecase.Made{}, err
		}
		if edit.Configuration != nil {
			before, err := d.Configuration(ingest.Scan, row.Configuration)
			if err != nil {
				return usecase.Made{}, err
			}
			if err := d.check(ctx, tx, c); err != nil {
				return usecase.Made{}, err
			}
			if row.Configuration, err = d.stored(c.Unmasked(before)); err != nil {
				return usecase.Made{}, err
			}
		}
		row.LastModified = d.NowAfter(row.LastModified)
		return made(row.ID), tx.Update(ctx, &row)
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Scan(ctx, key.ObjectID)
		return err
	})
	return row, err
}

// ProcessScan queues the job of a scan: one that ingests, of which a scan has one for ever, or else one that only counts.
func (d *Desk) ProcessScan(ctx context.Context, id int64, ingests bool, key *usecase.IdempotencyKey) (store.Scan, error) {
	var row store.Scan
	err := d.Once(ctx, key, usecase.MadeScanProcess, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		var err error
		if row, err = tx.LockScan(ctx, id); err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if err := launched(row); err != nil {
			return usecase.Made{}, err
		}
		event := "DRY_RUN_SCAN_CREATED"
		if ingests {
			event = "SCAN_CREATED"
		}
		job, err := d.queue(ctx, tx, scanType, event, map[string]any{"scan_id": row.ID}, map[string]any{"SCAN_ID": row.ID, "DRY_RUN": !ingests})
		if err != nil {
			return usecase.Made{}, err
		}
		if ingests {
			row.JobID = &job.ID
		} else {
			row.DryRunJobID = &job.ID
		}
		row.LastModified = d.NowAfter(row.LastModified)
		return usecase.Made{ID: row.ID}, tx.Update(ctx, &row)
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Scan(ctx, key.ObjectID)
		return err
	})
	return row, err
}

// CancelScan cancels the jobs of a scan's ingests, and then that of the scan, where they have not ended, and says which.
// What runs only to count goes on, and so do the recipes that have begun. A scan without a job has nothing to cancel.
func (d *Desk) CancelScan(ctx context.Context, id int64) ([]int64, error) {
	row, err := d.Store.Scan(ctx, id)
	if err != nil {
		return nil, refusal.Found(err)
	}
	canceled := []int64{}
	if row.JobID == nil {
		return canceled, nil
	}
	// The scan first, so that it queues no more; the original's order is that of the answer.
	job, err := d.Store.Job(ctx, *row.JobID)
	if err != nil {
		return nil, err
	}
	open := []string{"RUNNING", "PENDING", "QUEUED"}
	runs := store.JobFilter{JobIDs: []int64{job.ID}, Statuses: open}
	if err := d.engine.CancelJobs(ctx, runs); err != nil {
		return nil, err
	}
	if canceled, err = d.Store.IngestJobs(ctx, id); err != nil {
		return nil, err
	}
	if len(canceled) > 0 {
		if err := d.engine.CancelJobs(ctx, store.JobFilter{JobIDs: canceled, Statuses: open}); err != nil {
			return nil, err
		}
	}
	for _, status := range open {
		if job.Status == status {
			canceled = append(canceled, job.ID)
		}
	}
	return canceled, nil
}
