package batches

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// The recipes of a batch are made in turns. A turn is a transaction, which locks the batch, makes some of its recipes and notes the
// next id: a crash undoes a turn as a whole, and whichever server takes the next one goes on where the last has ended.
const (
	lookEvery = 5 * time.Second
	perTurn   = 25                     // members, or recipes of the batch before
	turnTime  = 100 * time.Millisecond // after which a turn ends early: others wait for it to write
)

// loop takes turns, those of several batches one after the other, until ctx ends. Every server does so; the lock keeps turns apart.
func (m *Maker) loop(ctx context.Context) {
	for ctx.Err() == nil {
		again, err := m.round(ctx)
		if err != nil && ctx.Err() == nil {
			m.Log.WarnContext(ctx, "making the recipes of batches; trying again", slog.Any("error", err))
		}
		if again && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-m.begun:
		case <-time.After(lookEvery):
		}
	}
}

func (m *Maker) wake() {
	select {
	case m.begun <- struct{}{}:
	default:
	}
}

// round is one turn of each open batch. One that fails keeps no other from its turn.
func (m *Maker) round(ctx context.Context) (again bool, err error) {
	if m.engine.IsStopping() {
		return false, nil
	}
	ids, err := m.Store.OpenBatches(ctx)
	for _, id := range ids {
		if ctx.Err() != nil || m.engine.IsStopping() {
			return false, err
		}
		done, turnErr := m.turn(ctx, id)
		if turnErr != nil {
			err = errors.Join(err, fmt.Errorf("batch %d: %w", id, turnErr))
		}
		again = again || turnErr == nil && !done
	}
	return again, err
}

// turn makes the next recipes of a batch. It is done when there are no more.
func (m *Maker) turn(ctx context.Context, id int64) (done bool, err error) {
	err = m.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.LockBatch(ctx, id)
		if done = errors.Is(err, store.ErrNotFound) || err == nil && row.IsCreationDone; done || err != nil {
			if done {
				return nil
			}
			return err
		}
		t := &turn{maker: m, tx: tx, batch: &row, until: time.Now().Add(turnTime)}
		if err := t.run(ctx); err != nil {
			return err
		}
		row.LastModified = m.NowAfter(row.LastModified)
		done = row.IsCreationDone
		return tx.Update(ctx, &row, "next_id", "recipes_skipped", "problem", "is_creation_done", "last_modified")
	})
	return done, err
}

type turn struct {
	maker      *Maker
	tx         *store.Tx
	batch      *store.Batch
	until      time.Time
	rt         store.RecipeType
	rev        store.RecipeTypeRevision
	definition batch.Definition
}

func (t *turn) run(ctx context.Context) (err error) {
	if t.rt, err = t.tx.RecipeType(ctx, t.batch.RecipeTypeID); err != nil {
		return err
	}
	if !t.rt.IsActive {
		t.batch.IsCreationDone = true
		t.tell(fmt.Sprintf("Inactive recipe type: Recipe Type %s is inactive; no more recipes are made", t.rt.Name))
		return nil
	}
	if t.rev, err = t.tx.RecipeTypeRevisionByID(ctx, t.batch.RecipeTypeRevID); err != nil {
		return err
	}
	if err := json.Unmarshal(t.batch.Definition, &t.definition); err != nil {
		return fmt.Errorf("reading definition: %w", err)
	}
	if t.batch.DatasetID != nil {
		return t.members(ctx)
	}
	return t.previous(ctx)
}

// tell keeps the first problem.
func (t *turn) tell(problem string) {
	if t.batch.Problem == "" {
		t.batch.Problem = usecase.Clip(problem)
	}
}

// skip notes a refusal, which trying again would not change; other errors are returned, and the turn is taken again.
func (t *turn) skip(what string, id int64, err error) error {
	refused, isRefusal := errors.AsType[*refusal.Error](err)
	if !isRefusal || refused.Code == refusal.Internal {
		return err
	}
	t.batch.RecipesSkipped++
	t.tell(fmt.Sprintf("%s %d: %s", what, id, refused.Message))
	return nil
}

// step notes that everything from id on is done, and tells whether the turn goes on.
func (t *turn) step(id int64) bool {
	t.batch.NextID = id
	return time.Now().Before(t.until)
}

// previous reprocesses the recipes of the superseded batch: of each the newest of its chain.
func (t *turn) previous(ctx context.Context) error {
	if t.batch.SupersededBatchID == nil {
		t.batch.IsCreationDone = true
		return nil
	}
	rows, err := t.tx.BatchRecipesBelow(ctx, *t.batch.SupersededBatchID, t.batch.NextID, perTurn)
	if err != nil {
		return err
	}
	ids, chains := make([]int64, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		ids[i], chains[i] = r.ID, r.ChainRootID
	}
	if err := engine.LockTrees(ctx, t.tx, ids); err != nil {
		return err
	}
	newest, err := t.tx.NewestOfChains(ctx, chains)
	if err != nil {
		return err
	}
	for _, r := range rows {
		old, exists := newest[r.ChainRootID]
		if exists && (old.BatchID == nil || *old.BatchID != t.batch.ID) { // it may have been done with another recipe of its chain
			next, err := t.reprocess(ctx, old)
			if err != nil {
				return err
			}
			newest[r.ChainRootID] = next
		}
		if !t.step(r.ID) {
			return nil
		}
	}
	t.batch.IsCreationDone = len(rows) < perTurn
	return nil
}

// reprocess makes the successor of a recipe; where that is refused, the recipe stays as it is.
func (t *turn) reprocess(ctx context.Context, old store.Recipe) (store.Recipe, error) {
	p, err := t.maker.engine.PlanReprocess(ctx, t.tx, old, t.definition.ForcedNodes(), t.rev.RevisionNum)
	if err != nil {
		return old, t.skip("Recipe", old.ID, err)
	}
	p.Batch = t.batch
	return t.maker.engine.CarryOut(ctx, t.tx, p, t.batch.Username)
}

// members makes a recipe of each member of the data set or, if the batch supersedes, reprocesses those of its type that are there
// for the member's files.
func (t *turn) members(ctx context.Context) error {
	row, err := t.tx.Dataset(ctx, *t.batch.DatasetID)
	if err != nil {
		return err
	}
	dataset, err := storedDataset(row)
	if err != nil {
		return err
	}
	var c batch.Configuration
	if err := json.Unmarshal(t.batch.Configuration, &c); err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	rev, err := t.maker.catalog.RecipeRevision(ctx, t.tx.Q, t.rev.ID)
	if err != nil {
		return err
	}
	source, inputs := batch.NewSource(dataset, c.InputMap), rev.Definition.Input
	rows, err := t.tx.MembersBelow(ctx, row.ID, t.batch.NextID, perTurn)
	if err != nil {
		return err
	}
	data, files := make([]recipe.Data, len(rows)), make([][]int64, len(rows))
	var all []int64
	for i, member := range rows {
		if err := json.Unmarshal(member.Data, &data[i]); err != nil {
			return fmt.Errorf("reading member %d: %w", member.ID, err)
		}
		files[i] = source.Files(data[i], inputs)
		all = append(all, files[i]...)
	}
	if t.definition.Supersedes {
		if err := t.lockRecipesOf(ctx, all); err != nil {
			return err
		}
	}
	for i, member := range rows {
		if len(files[i]) > 0 {
			if err := t.member(ctx, member.ID, source.Input(data[i]), files[i]); err != nil {
				return err
			}
		}
		if !t.step(member.ID) {
			return nil
		}
	}
	t.batch.IsCreationDone = len(rows) < perTurn
	return nil
}

// lockRecipesOf locks all that a turn may reprocess at once, in the one order that locks have.
func (t *turn) lockRecipesOf(ctx context.Context, files []int64) error {
	there, err := t.tx.RecipesOfFiles(ctx, t.rt.ID, files)
	if err != nil {
		return err
	}
	ids := make([]int64, len(there))
	for i, r := range there {
		ids[i] = r.ID
	}
	return engine.LockTrees(ctx, t.tx, ids)
}

// member makes what one member leads to. What this batch has made anew for other members does not count as there; what it has
// reprocessed does.
func (t *turn) member(ctx context.Context, id int64, input recipe.Data, files []int64) error {
	isThere := false
	if t.definition.Supersedes {
		there, err := t.tx.RecipesOfFiles(ctx, t.rt.ID, files)
		if err != nil {
			return err
		}
		for _, old := range there {
			isOwn := old.BatchID != nil && *old.BatchID == t.batch.ID
			isThere = isThere || !isOwn || old.SupersededRecipeID != nil
			if isOwn {
				continue
			}
			if _, err := t.reprocess(ctx, old); err != nil {
				return err
			}
		}
	}
	if isThere {
		return nil
	}
	r, input, err := t.maker.engine.NewRecipe(ctx, t.tx, t.rt, t.rev.RevisionNum, input, nil, nil)
	if err != nil {
		return t.skip("Member", id, err)
	}
	r.BatchID, r.EventID = &t.batch.ID, t.batch.EventID
	return t.maker.engine.BeginRecipe(ctx, t.tx, &r, input, t.batch.Username, nil)
}
