package batches

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// BatchSpec is a new batch, or one to validate.
type BatchSpec struct {
	Title         *string
	Description   *string
	RecipeTypeID  int64
	Definition    json.RawMessage
	Configuration json.RawMessage
	User          string
	Key           *usecase.IdempotencyKey
}

// CreateBatch stores a batch and has its recipes made. The batch before it is superseded in the same transaction.
func (m *Maker) CreateBatch(ctx context.Context, spec BatchSpec) (row store.Batch, err error) {
	if err := usecase.CheckObject("definition", spec.Definition); err != nil {
		return row, err
	}
	if err := checkNames("", spec.Title, spec.Description); err != nil {
		return row, err
	}
	err = m.Once(ctx, spec.Key, usecase.MadeBatch, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		p, err := m.plan(ctx, tx.Q, spec, true)
		if err != nil {
			return usecase.Made{}, err
		}
		if err := refusal.Of(refusal.Invalid, "", p.Problems); err != nil {
			return usecase.Made{}, err
		}
		row, err = m.begin(ctx, tx, spec, p)
		return usecase.Made{ID: row.ID, Name: strconv.FormatInt(row.ID, 10)}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Batch(ctx, key.ObjectID)
		return err
	})
	return row, err
}

// begin stores what is planned.
func (m *Maker) begin(ctx context.Context, tx *store.Tx, spec BatchSpec, p Plan) (store.Batch, error) {
	now := m.Now()
	row := store.Batch{
		Title: spec.Title, Description: spec.Description, RecipeTypeID: p.Type.ID, RecipeTypeRevID: p.rev.ID, Username: spec.User,
		RecipesEstimated: *p.Estimated, NextID: p.below, Created: now, LastModified: now,
	}
	if previous := p.Previous; previous != nil {
		previous.IsSuperseded, previous.Superseded, previous.LastModified = true, &now, m.NowAfter(previous.LastModified)
		if err := tx.Update(ctx, previous, "is_superseded", "superseded", "last_modified"); err != nil {
			return row, err
		}
		row.RootBatchID, row.SupersededBatchID = previous.RootBatchID, &previous.ID
	} else {
		row.DatasetID = p.definition.DatasetID
	}
	event, err := engine.InsertEvent(ctx, tx, spec.User, now)
	if err != nil {
		return row, err
	}
	row.EventID = event.ID
	if row.Definition, err = usecase.Encode(p.definition); err != nil {
		return row, err
	}
	if row.Configuration, err = usecase.Encode(p.configuration); err != nil {
		return row, err
	}
	tx.AfterCommit(m.wake)
	return row, tx.InsertBatch(ctx, &row)
}

// BatchEdit changes what is not nil, an empty text too. A configuration replaces the whole one; it reaches what is queued after it.
type BatchEdit struct {
	Title         *string
	Description   *string
	Configuration json.RawMessage // nil or {}: not given
	Key           *usecase.IdempotencyKey
}

// EditBatch changes a batch. Its last_modified does not move, as in the original.
func (m *Maker) EditBatch(ctx context.Context, id int64, edit BatchEdit) (row store.Batch, err error) {
	if err := checkNames("", edit.Title, edit.Description); err != nil {
		return row, err
	}
	err = m.Once(ctx, edit.Key, usecase.EditedBatch, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		if row, err = tx.LockBatch(ctx, id); err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if edit.Title != nil {
			row.Title = edit.Title
		}
		if edit.Description != nil {
			row.Description = edit.Description
		}
		if usecase.Given(edit.Configuration) && !usecase.IsEmptyObject(edit.Configuration) {
			c, ps := batch.ParseConfiguration(edit.Configuration)
			if len(ps) == 0 {
				if ps, err = m.checkInputMap(ctx, tx.Q, row, c); err != nil {
					return usecase.Made{}, err
				}
			}
			if err := refusal.Of(refusal.Invalid, "Batch configuration invalid: ", ps); err != nil {
				return usecase.Made{}, err
			}
			if row.Configuration, err = usecase.Encode(c); err != nil {
				return usecase.Made{}, err
			}
		}
		err := tx.Update(ctx, &row, "title", "description", "configuration")
		return usecase.Made{ID: row.ID, Name: strconv.FormatInt(row.ID, 10)}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Batch(ctx, key.ObjectID)
		return err
	})
	return row, err
}

// checkInputMap holds a new input map against the data set of a batch: recipes that are still to be made go by it. When all are
// made it does not matter any more.
func (m *Maker) checkInputMap(ctx context.Context, q store.Q, row store.Batch, c batch.Configuration) (recipe.Problems, error) {
	if row.DatasetID == nil || row.IsCreationDone {
		return nil, nil
	}
	stored, err := q.Dataset(ctx, *row.DatasetID)
	if err != nil {
		return nil, err
	}
	dataset, err := storedDataset(stored)
	if err != nil {
		return nil, err
	}
	rev, err := m.catalog.RecipeRevision(ctx, q, row.RecipeTypeRevID)
	if err != nil {
		return nil, err
	}
	inputs := rev.Definition.Input
	if ps := dataset.CheckInputMap(c.InputMap, inputs); len(ps) > 0 {
		return ps, nil
	}
	return batch.NewSource(dataset, c.InputMap).Check(inputs), nil
}
