package orders

import (
	"context"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// checkGraphs refuses, when files of a recipe are saved, graphs of variations that would not be run. A recipe
// type that is still to come is looked at with the first order.
func (d *Desk) checkGraphs(ctx context.Context, tx *store.Tx, k store.Kitchen, edit KitchenRecipeEdit) error {
	if edit.Files[order.VariationsFile] == nil && edit.Files[order.DescriptionFile] == nil {
		return nil
	}
	r, err := readRecipe(ctx, tx.Q, k.ID, edit.Recipe)
	if refusal.CodeOf(err) != "" {
		return nil // another file is broken, which its own edit mends
	}
	if err != nil || len(r.variations.Graphs) == 0 || r.description.RecipeType == "" {
		return err
	}
	rt, err := tx.RecipeTypeByName(ctx, r.description.RecipeType)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	revision, err := catalog.ActiveRevision(ctx, tx, rt, r.description.RecipeTypeRevision)
	if refusal.CodeOf(err) != "" {
		return nil
	}
	if err != nil {
		return err
	}
	rev, err := d.catalog.RecipeRevision(ctx, tx.Q, revision.ID)
	if err != nil {
		return err
	}
	return refusal.Of(refusal.Invalid, order.VariationsFile+": ", r.variations.CheckGraphs(rev.Definition))
}
