package batches

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Plan is what a batch would be: the first thing that is wrong with it, or what it is made of.
type Plan struct {
	Problems  recipe.Problems // at most one
	Estimated *int64          // recipes; nil if the documents cannot be read
	Type      *store.RecipeType
	Previous  *store.Batch // that it would supersede
	PrevRev   store.RecipeTypeRevision
	Diff      *recipe.Diff // from that one's revision; nil if it was not looked at

	definition    batch.Definition
	configuration batch.Configuration
	rev           store.RecipeTypeRevision // the type's current one
	below         int64                    // where the making begins
}

func (p *Plan) fail(ps recipe.Problems) bool {
	p.Problems = first(ps)
	return len(p.Problems) > 0
}

// Validate looks what a batch would be. Nothing is stored or superseded.
func (m *Maker) Validate(ctx context.Context, spec BatchSpec) (p Plan, err error) {
	if err := usecase.CheckObject("definition", spec.Definition); err != nil {
		return p, err
	}
	err = m.Store.View(ctx, func(ctx context.Context, q store.Q) error {
		p, err = m.plan(ctx, q, spec, false)
		return err
	})
	return p, err
}

// plan makes the checks of the contract in its order; lock is for a batch that is going to be made.
func (m *Maker) plan(ctx context.Context, q store.Q, spec BatchSpec, lock bool) (p Plan, err error) {
	rt, err := q.RecipeType(ctx, spec.RecipeTypeID)
	if errors.Is(err, store.ErrNotFound) {
		return p, refusal.Errorf(refusal.Invalid, "Unknown recipe type: %d", spec.RecipeTypeID)
	}
	if err != nil {
		return p, err
	}
	var ps recipe.Problems
	if p.definition, ps = batch.ParseDefinition(spec.Definition); p.fail(ps) {
		return p, nil
	}
	if usecase.Given(spec.Configuration) {
		if p.configuration, ps = batch.ParseConfiguration(spec.Configuration); p.fail(ps) {
			return p, nil
		}
	}
	p.Type, p.Estimated = &rt, new(int64)
	if p.rev, err = q.RecipeTypeRevision(ctx, rt.ID, rt.RevisionNum); err != nil {
		return p, err
	}
	rev, err := m.catalog.RecipeRevision(ctx, q, p.rev.ID)
	if err != nil {
		return p, err
	}
	switch {
	case p.definition.RootBatchID != nil:
		err = m.planPrevious(ctx, q, &p, rev, lock)
	case p.definition.DatasetID != nil:
		err = m.planDataset(ctx, q, &p, rev)
	}
	if err != nil || len(p.Problems) > 0 {
		return p, err
	}
	if *p.Estimated == 0 {
		p.fail(batch.Fault(batch.NoRecipes, nil, "The batch would make no recipes: %s", whyNone(p)))
	}
	return p, nil
}

func whyNone(p Plan) string {
	switch {
	case p.Previous != nil:
		return fmt.Sprintf("batch %d has none", p.Previous.ID)
	case p.definition.DatasetID != nil:
		return fmt.Sprintf("no member of data set %d has a file for an input of recipe type %s", *p.definition.DatasetID, p.Type.Name)
	}
	return "its definition names neither a dataset nor a previous_batch; name one of them"
}

// planPrevious looks at the batch whose recipes would be reprocessed.
func (m *Maker) planPrevious(ctx context.Context, q store.Q, p *Plan, rev *catalog.RecipeRevision, lock bool) error {
	at := recipe.Path{"previous_batch", "root_batch_id"}
	root := *p.definition.RootBatchID
	previous, err := q.NewestBatch(ctx, root, lock)
	if errors.Is(err, store.ErrNotFound) {
		p.fail(batch.Fault(batch.PreviousNotFound, at, "No batch that is not superseded has the root batch %d; expected the id of the first batch of a chain", root))
		return nil
	}
	if err != nil {
		return err
	}
	p.Previous = &previous
	if p.PrevRev, err = q.RecipeTypeRevisionByID(ctx, previous.RecipeTypeRevID); err != nil {
		return err
	}
	if previous.RecipeTypeID != p.Type.ID {
		other, err := q.RecipeType(ctx, previous.RecipeTypeID)
		if err != nil {
			return err
		}
		p.fail(batch.Fault(batch.MismatchedType, at, "Batch %d is of recipe type %s, not of %s: a batch reprocesses the recipes of its own type", previous.ID, other.Name, p.Type.Name))
		return nil
	}
	if !previous.IsCreationDone {
		p.fail(batch.Fault(batch.PreviousCreating, at, "Batch %d is still making its recipes: wait until is_creation_done, or cancel its jobs", previous.ID))
		return nil
	}
	if err := m.checkForced(ctx, q, p, rev); err != nil || len(p.Problems) > 0 {
		return err
	}
	old, err := m.catalog.RecipeRevision(ctx, q, previous.RecipeTypeRevID)
	if err != nil {
		return err
	}
	forced := p.definition.ForcedNodes()
	p.Diff = recipe.Compare(old.Definition, rev.Definition, &forced)
	if !p.Diff.CanBeReprocessed {
		p.fail(batch.Fault(batch.PreviousNoReprocess, at, "The recipes of batch %d cannot be reprocessed with revision %d of %s: %s",
			previous.ID, p.rev.RevisionNum, p.Type.Name, catalog.Reasons(p.Diff)))
		return nil
	}
	counts, err := q.CountBatches(ctx, []int64{previous.ID})
	if err != nil {
		return err
	}
	*p.Estimated = counts[previous.ID].RecipesTotal
	rows, err := q.BatchRecipesBelow(ctx, previous.ID, math.MaxInt64, 1)
	if len(rows) > 0 {
		p.below = rows[0].ID + 1
	}
	return err
}

// planDataset looks at the data set whose members would be the inputs.
func (m *Maker) planDataset(ctx context.Context, q store.Q, p *Plan, rev *catalog.RecipeRevision) error {
	id := *p.definition.DatasetID
	row, err := q.Dataset(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		p.fail(batch.Fault(batch.InvalidDefinition, recipe.Path{"dataset"}, "dataset: data set %d does not exist", id))
		return nil
	}
	if err != nil {
		return err
	}
	dataset, err := storedDataset(row)
	if err != nil {
		return err
	}
	source, inputs := batch.NewSource(dataset, p.configuration.InputMap), rev.Definition.Input
	mapping := dataset.CheckInputMap(p.configuration.InputMap, inputs)
	if p.fail(source.Check(inputs)) {
		return nil
	}
	if err := m.checkForced(ctx, q, p, rev); err != nil || len(p.Problems) > 0 {
		return err
	}
	members := int64(0)
	for below := int64(math.MaxInt64); ; {
		rows, err := q.MembersBelow(ctx, id, below, 1000)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		p.below = max(p.below, rows[0].ID+1)
		below = rows[len(rows)-1].ID
		for _, row := range rows {
			var data recipe.Data
			if err := json.Unmarshal(row.Data, &data); err != nil {
				return fmt.Errorf("reading member %d of data set %d: %w", row.ID, id, err)
			}
			if len(source.Files(data, inputs)) > 0 {
				members++
			}
		}
	}
	within, err := m.within(ctx, q, rev)
	if err != nil {
		return err
	}
	*p.Estimated = batch.Estimate(members, rev.Definition, p.definition.ForcedNodes(), func(ref recipe.RecipeRef) []string { return within[ref] })
	if members > 0 {
		p.fail(mapping)
	}
	return nil
}

// checkForced refuses forced nodes that the definition, or that of a sub-recipe, does not have.
func (m *Maker) checkForced(ctx context.Context, q store.Q, p *Plan, rev *catalog.RecipeRevision) error {
	var failed error
	ps := p.definition.ForcedNodes().Check(rev.Definition, func(ref recipe.RecipeRef) (*recipe.Definition, bool) {
		sub, err := m.sub(ctx, q, ref)
		if err != nil || sub == nil {
			failed = errors.Join(failed, err)
			return nil, err == nil
		}
		return sub.Definition, true
	})
	if failed != nil {
		return failed
	}
	for _, wrong := range ps.Errors().Below(p.definition.ForcedAt()...) {
		p.fail(batch.Fault(batch.InvalidDefinition, wrong.Path, "%s", wrong.Message))
		break
	}
	return nil
}

// sub is the revision that a sub-recipe runs; nil if there is none.
func (m *Maker) sub(ctx context.Context, q store.Q, ref recipe.RecipeRef) (*catalog.RecipeRevision, error) {
	rows, err := q.RecipeTypeRevisionsFor(ctx, []recipe.RecipeRef{ref})
	row, exists := rows[ref]
	if err != nil || !exists {
		return nil, err
	}
	return m.catalog.RecipeRevision(ctx, q, row.ID)
}

// within is the distinct recipe types inside of each sub-recipe of a revision, at any depth.
func (m *Maker) within(ctx context.Context, q store.Q, rev *catalog.RecipeRevision) (map[recipe.RecipeRef][]string, error) {
	known := map[recipe.RecipeRef]map[string]bool{}
	var look func(ref recipe.RecipeRef) (map[string]bool, error)
	look = func(ref recipe.RecipeRef) (map[string]bool, error) {
		if types, seen := known[ref]; seen {
			return types, nil
		}
		types := map[string]bool{}
		known[ref] = types
		sub, err := m.sub(ctx, q, ref)
		if err != nil || sub == nil {
			return types, err
		}
		for _, inner := range sub.Definition.RecipeRefs() {
			types[inner.Name] = true
			inside, err := look(inner)
			if err != nil {
				return nil, err
			}
			maps.Copy(types, inside)
		}
		return types, nil
	}
	out := map[recipe.RecipeRef][]string{}
	for _, ref := range rev.Definition.RecipeRefs() {
		types, err := look(ref)
		if err != nil {
			return nil, err
		}
		out[ref] = slices.Sorted(maps.Keys(types))
	}
	return out, nil
}
