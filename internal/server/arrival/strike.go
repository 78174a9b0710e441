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

// CreateStrike adds a strike, whose watch begins at once. The name is the slug of the title; if that is taken, 19
// random hexadecimal digits follow.
func (d *Desk) CreateStrike(ctx context.Context, spec Spec) (store.Strike, error) {
	var row store.Strike
	name, err := nameOf(spec.Title, spec.Description)
	if err != nil {
		return row, err
	}
	c, err := d.parse(ingest.Strike, spec.Configuration)
	if err != nil {
		return row, err
	}
	err = d.Once(ctx, spec.Key, usecase.MadeStrike, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		existing, err := tx.StrikeByName(ctx, name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return usecase.Made{}, err
		}
		taken := err == nil
		if taken && existing.Title == spec.Title {
			if lost, err := spec.Key.TakesOver(ctx, tx, usecase.MadeStrike, existing.ID); err != nil || lost {
				row = existing
				return made(row.ID), err
			}
		}
		if err := d.check(ctx, tx, c); err != nil {
			return usecase.Made{}, err
		}
		now := d.Now()
		row = store.Strike{Name: name, Title: spec.Title, Description: spec.Description, Created: now, LastModified: now}
		if taken {
			row.Name = catalog.BesideName(name)
		}
		if row.Configuration, err = d.stored(c); err != nil {
			return usecase.Made{}, err
		}
		if err := tx.Insert(ctx, &row); err != nil {
			return usecase.Made{}, err
		}
		job, err := d.queue(ctx, tx, strikeType, "STRIKE_CREATED", map[string]any{"strike_id": row.ID}, map[string]any{"STRIKE_ID": row.ID})
		if err != nil {
			return usecase.Made{}, err
		}
		row.JobID = &job.ID
		return made(row.ID), tx.Update(ctx, &row, "job_id")
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Strike(ctx, key.ObjectID)
		return err
	})
	if store.IsUniqueViolation(err) {
		return row, refusal.Errorf(refusal.Conflict, "A strike named %q was created at the same moment: try again", name)
	}
	return row, err
}

// EditStrike changes a strike. Its watch goes on with the new configuration; of another workspace it begins anew, also if
// it was stopped.
func (d *Desk) EditStrike(ctx context.Context, id int64, edit Edit) (store.Strike, error) {
	edit.clean()
	var row store.Strike
	var c ingest.Configuration
	if edit.Configuration != nil {
		var err error
		if c, err = d.parse(ingest.Strike, edit.Configuration); err != nil {
			return row, err
		}
	}
	err := d.Once(ctx, edit.Key, usecase.EditedStrike, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		var err error
		if row, err = tx.LockStrike(ctx, id); err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if err := edit.IfMatch.Check(row.LastModified, "strike "+row.Name); err != nil {
			return usecase.Made{}, err
		}
		usecase.Set(&row.Title, edit.Title)
		usecase.Set(&row.Description, edit.Description)
		if err := catalog.CheckTitle(row.Title, row.Description); err != nil {
			return usecase.Made{}, err
		}
		if edit.Configuration != nil {
			before, err := d.Configuration(ingest.Strike, row.Configuration)
			if err != nil {
				return usecase.Made{}, err
			}
			if err := d.check(ctx, tx, c); err != nil {
				return usecase.Made{}, err
			}
			if row.Configuration, err = d.stored(c.Unmasked(before)); err != nil {
				return usecase.Made{}, err
			}
			if c.Workspace != before.Workspace && row.JobID != nil {
				if err := d.engine.RestartBuiltin(ctx, tx, *row.JobID); err != nil {
					return usecase.Made{}, err
				}
			}
		}
		row.LastModified = d.NowAfter(row.LastModified)
		return made(row.ID), tx.Update(ctx, &row)
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Strike(ctx, key.ObjectID)
		return err
	})
	return row, err
}
