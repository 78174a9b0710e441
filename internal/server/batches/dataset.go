package batches

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// DatasetSpec is a new data set. With DryRun nothing is stored, and the members are given back.
type DatasetSpec struct {
	Title       *string
	Description *string
	Definition  json.RawMessage
	Members     MembersSpec
	DryRun      bool
	Key         *usecase.IdempotencyKey
}

// Added is what came of adding members.
type Added struct {
	Members []store.DatasetMember // stored
	DryRun  []recipe.Data         // that would be
	Nothing bool                  // there was nothing to make members of
}

// CreateDataset stores a data set with its first members: all of it or, with a refusal, after a dry run or without any member that
// was asked for, nothing. The original leaves an empty data set behind.
func (m *Maker) CreateDataset(ctx context.Context, spec DatasetSpec) (row store.Dataset, added Added, err error) {
	definition, err := parseDataset(spec.Definition)
	if err != nil {
		return row, added, err
	}
	if err := checkNames("Unable to create new dataset: ", spec.Title, spec.Description); err != nil {
		return row, added, err
	}
	var members []recipe.Data
	if !spec.Members.IsEmpty() {
		if members, err = m.build(ctx, spec.Members); err != nil {
			return row, added, err
		}
		if len(members) == 0 {
			return row, Added{Nothing: true}, nil
		}
		if members, err = m.fit(ctx, definition, members, spec.Members.Files.Kitchens); err != nil || spec.DryRun {
			return row, Added{DryRun: members}, err
		}
	}
	raw, err := usecase.Encode(definition)
	if err != nil {
		return row, added, err
	}
	err = m.Once(ctx, spec.Key, usecase.MadeDataset, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		row = store.Dataset{Title: spec.Title, Description: spec.Description, Definition: raw, Created: m.Now()}
		if err := tx.Insert(ctx, &row); err != nil {
			return usecase.Made{}, err
		}
		added.Members, err = m.insert(ctx, tx, row, members)
		return usecase.Made{ID: row.ID, Name: strconv.FormatInt(row.ID, 10)}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		row, err = tx.Dataset(ctx, key.ObjectID)
		return err
	})
	return row, added, err
}

func parseDataset(raw json.RawMessage) (batch.Dataset, error) {
	if err := usecase.CheckObject("definition", raw); err != nil {
		return batch.Dataset{}, err
	}
	d, ps := batch.ParseDataset(raw)
	return d, refusal.Of(refusal.Invalid, "DataSet definition is invalid: ", ps)
}

// ValidateDataset says what is wrong with a definition: the first thing, as the original does.
func (m *Maker) ValidateDataset(raw json.RawMessage) (recipe.Problems, error) {
	if err := usecase.CheckObject("definition", raw); err != nil {
		return nil, err
	}
	_, ps := batch.ParseDataset(raw)
	return first(ps), nil
}

func first(ps recipe.Problems) recipe.Problems {
	if errs := ps.Errors(); len(errs) > 0 {
		return errs[:1]
	}
	return nil
}

// AddMembers adds members to a data set.
func (m *Maker) AddMembers(ctx context.Context, id int64, spec MembersSpec, dryRun bool, key *usecase.IdempotencyKey) (added Added, err error) {
	members, err := m.build(ctx, spec)
	if err != nil || len(members) == 0 {
		return Added{Nothing: true}, err
	}
	row, err := m.Store.Dataset(ctx, id)
	if err != nil {
		return added, refusal.Found(err)
	}
	definition, err := storedDataset(row)
	if err != nil {
		return added, err
	}
	if members, err = m.fit(ctx, definition, members, spec.Files.Kitchens); err != nil || dryRun {
		return Added{DryRun: members}, err
	}
	err = m.Once(ctx, key, usecase.MadeMembers, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		if row, err = tx.LockDataset(ctx, id); err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if added.Members, err = m.insert(ctx, tx, row, members); err != nil {
			return usecase.Made{}, err
		}
		ids := make([]int64, len(added.Members))
		for i, member := range added.Members {
			ids[i] = member.ID
		}
		return usecase.Made{ID: id, Result: ids}, nil
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) error {
		var ids []int64
		if err := json.Unmarshal(key.Result, &ids); err != nil {
			return fmt.Errorf("reading what key %q added: %w", key.Key, err)
		}
		rows, err := tx.DatasetMembersByID(ctx, ids)
		added.Members = nil
		for _, id := range ids {
			added.Members = append(added.Members, rows[id])
		}
		return err
	})
	return added, err
}

func storedDataset(row store.Dataset) (batch.Dataset, error) {
	var d batch.Dataset
	if err := json.Unmarshal(row.Definition, &d); err != nil {
		return d, fmt.Errorf("reading the definition of data set %d: %w", row.ID, err)
	}
	return d, nil
}
