package engine

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Reprocess makes the successor of a recipe (contract 1.2, 7.6): with the revision
// that is asked for and the old input, taking over every node that has neither
// changed nor is forced, and superseding and canceling the others. All of it, or,
// with a refusal, nothing of it: what the original finds out after it has
// superseded the recipe is checked first here, and refused.
//
// Products of nodes that the new revision does not have are unpublished; those of
// nodes that run again are superseded when the new job has made its own.
func (e *Engine) Reprocess(ctx context.Context, spec ReprocessSpec) (store.Recipe, error) {
	var r store.Recipe
	if err := usecase.CheckObject("forced_nodes", spec.ForcedNodes); err != nil {
		return r, err
	}
	forced, ps := recipe.ParseForcedNodes(spec.ForcedNodes)
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return r, err
	}
	err := e.Once(ctx, spec.Key, usecase.MadeReprocess, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		old, err := tx.Recipe(ctx, spec.RecipeID)
		if err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if err := LockTrees(ctx, tx, []int64{old.ID}); err != nil {
			return usecase.Made{}, err
		}
		if old, err = tx.Recipe(ctx, spec.RecipeID); err != nil {
			return usecase.Made{}, err
		}
		p, err := e.PlanReprocess(ctx, tx, old, forced, spec.RevisionNum)
		if err != nil {
			return usecase.Made{}, err
		}
		p.Attach = func(ctx context.Context, tx *store.Tx, next store.Recipe) error {
			return e.hook.Superseded(ctx, tx, old.ID, next)
		}
		r, err = e.CarryOut(ctx, tx, p, spec.User)
		return usecase.Made{ID: r.ID}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		r, err = tx.Recipe(ctx, key.ObjectID)
		return err
	})
	return r, err
}

// Reprocessing is all that is known of a reprocess before it changes anything.
type Reprocessing struct {
	old           store.Recipe
	rev           store.RecipeTypeRevision
	forced        recipe.ForcedNodes
	diff          *recipe.Diff
	Input         recipe.Data
	Configuration store.JSON
	Attach        Attachment   // of the new recipe; nil: to nothing
	Batch         *store.Batch // that the new recipe is made for; nil: for none
}

// PlanReprocess makes all checks: first those of contract 1.2, in that order.
func (e *Engine) PlanReprocess(ctx context.Context, tx *store.Tx, old store.Recipe, forced recipe.ForcedNodes, num int) (Reprocessing, error) {
	p := Reprocessing{old: old, forced: forced, Configuration: old.Configuration}
	rt, err := tx.RecipeType(ctx, old.RecipeTypeID)
	if err != nil {
		return p, err
	}
	if num == 0 {
		num = rt.RevisionNum
	}
	if p.rev, err = tx.RecipeTypeRevision(ctx, rt.ID, num); err != nil {
		return p, refusal.Found(err)
	}
	if old.IsSuperseded {
		return p, refusal.Errorf(refusal.Invalid, "Cannot reprocess a superseded recipe")
	}
	rev, err := e.catalog.RecipeRevision(ctx, tx.Q, p.rev.ID)
	if err != nil {
		return p, err
	}
	part, err := rev.Part(old)
	if err != nil {
		return p, err
	}
	chosen, err := old.PartNodes()
	if err != nil {
		return p, err
	}
	for _, name := range chosen { // to run fewer of them would look as if all had run
		if _, there := part.Definition.Nodes[name]; !there {
			return p, refusal.Errorf(refusal.Invalid, "Recipe %d runs only some nodes, and revision %d of %s has no node %q of them; order anew, or reprocess it with a revision that has it",
				old.ID, num, rt.Name, name)
		}
	}
	rev = part
	if err := e.checkForced(ctx, tx, rev.Definition, forced); err != nil {
		return p, err
	}
	if old.ParentID != nil {
		return p, refusal.Errorf(refusal.Invalid, "Recipe %d is a sub-recipe of recipe %d; reprocess recipe %d, and name the node in forced_nodes", old.ID, *old.ParentID, old.RootID)
	}
	if !rt.IsActive {
		return p, refusal.Errorf(refusal.Invalid, "Inactive recipe type: Recipe Type %s is inactive", rt.Name)
	}
	if p.diff, err = e.compare(ctx, tx, &old, rev.Definition, forced); err != nil {
		return p, err
	}
	if !p.diff.CanBeReprocessed {
		return p, refusal.Errorf(refusal.Invalid, "Recipe %d cannot be reprocessed with revision %d of %s: %s", old.ID, num, rt.Name, catalog.Reasons(p.diff))
	}
	input, err := decodeData(old.Input)
	if err != nil {
		return p, err
	}
	if input == nil {
		return p, refusal.Errorf(refusal.Conflict, "Recipe %d has no input yet: try again", old.ID)
	}
	var ps recipe.Problems
	p.Input, ps = rev.Definition.Input.CheckData(*input)
	return p, refusal.Of(refusal.Invalid, "The input of the recipe does not fit the new revision: ", ps)
}

// checkForced holds forced nodes against a definition, and what is forced inside of
// sub-recipes against theirs.
func (e *Engine) checkForced(ctx context.Context, tx *store.Tx, d *recipe.Definition, forced recipe.ForcedNodes) error {
	var failed error
	ps := forced.Check(d, func(ref recipe.RecipeRef) (*recipe.Definition, bool) {
		if failed != nil {
			return nil, false
		}
		rows, err := tx.RecipeTypeRevisionsFor(ctx, []recipe.RecipeRef{ref})
		if err != nil {
			failed = err
			return nil, false
		}
		row, exists := rows[ref]
		if !exists {
			return nil, true
		}
		rev, err := e.catalog.RecipeRevision(ctx, tx.Q, row.ID)
		if err != nil {
			failed = err
			return nil, false
		}
		return rev.Definition, true
	})
	if failed != nil {
		return failed
	}
	errs := ps.Errors()
	if len(errs) == 0 {
		return nil
	}
	texts := make([]string, len(errs))
	for i, p := range errs {
		texts[i] = p.Message
	}
	return &refusal.Error{
		Code: refusal.Invalid, Problems: ps,
		Message: "Unable to reprocess recipe. Errors in validating forced_nodes: [" + strings.Join(texts, ", ") + "]",
	}
}

// CarryOut does what is planned.
func (e *Engine) CarryOut(ctx context.Context, tx *store.Tx, p Reprocessing, user string) (store.Recipe, error) {
	forced, err := usecase.Encode(p.forced)
	if err != nil {
		return store.Recipe{}, err
	}
	r := store.Recipe{
		RecipeTypeID: p.rev.RecipeTypeID, RecipeTypeRevID: p.rev.ID, Configuration: p.Configuration,
		SupersededRecipeID: &p.old.ID, ChainRootID: p.old.ChainRootID, ForcedNodes: forced,
		Part: p.old.Part, Simulated: p.old.Simulated,
	}
	if p.Batch != nil {
		r.BatchID, r.EventID = &p.Batch.ID, p.Batch.EventID
	}
	if err := e.insertRecipe(ctx, tx, &r, p.Input, user); err != nil {
		return r, err
	}
	if p.Attach != nil {
		if err := p.Attach(ctx, tx, r); err != nil {
			return r, err
		}
	}
	copied, err := nodesNamed(ctx, tx, p.old.ID, p.diff.Copy())
	if err != nil {
		return r, err
	}
	a := &advancer{engine: e, tx: tx, now: r.Created}
	if err := a.takeOver(ctx, &r, copied); err != nil {
		return r, err
	}
	s := &superseding{engine: e, tx: tx, now: r.Created}
	if err := s.recipe(ctx, &p.old, p.diff, false); err != nil {
		return r, err
	}
	touched, err := s.finish(ctx)
	if err != nil {
		return r, err
	}
	if err := tx.LiftStop(ctx, []int64{r.ID}); err != nil { // what it has taken over goes on with it
		return r, err
	}
	if err := e.advance(ctx, tx, append(touched, r.ID)); err != nil {
		return r, err
	}
	return tx.Recipe(ctx, r.ID)
}

// decodeForcedNodes reads forced nodes that were stored; nothing is forced by none.
func decodeForcedNodes(raw store.JSON) (recipe.ForcedNodes, error) {
	var forced recipe.ForcedNodes
	if usecase.Given(raw) {
		if err := json.Unmarshal(raw, &forced); err != nil {
			return forced, err
		}
	}
	return forced, nil
}
