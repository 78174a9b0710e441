package catalog

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// expansion is how many nodes a recipe of d has with those of its sub-recipes, and which
// node has the most.
func expansion(d *recipe.Definition, t Types) (total int64, heaviest string) {
	return d.Expansion(func(ref recipe.RecipeRef) int64 { return t.Recipes[ref].Nodes() })
}

// checkExpansion refuses a definition whose recipes would have too many nodes, and says
// by way of which sub-recipes.
func (c *Catalog) checkExpansion(ctx context.Context, q store.Q, d *recipe.Definition, t Types) (recipe.Problems, error) {
	total, node := expansion(d, t)
	if ps := recipe.CheckExpansion(total, c.maxNodes, nil); len(ps) == 0 {
		return nil, nil
	}
	var way []recipe.Growth
	for current := d; node != ""; {
		ref := *current.Nodes[node].Recipe
		row, exists := t.Recipes[ref]
		if !exists {
			break // reported by the validation
		}
		way = append(way, recipe.Growth{Node: node, Type: ref.Name, Size: row.Nodes()})
		var ps recipe.Problems
		if current, ps = recipe.Parse(row.Definition); current == nil {
			return nil, fmt.Errorf("reading stored definition of recipe type revision %d: %w", row.ID, ps.Err())
		}
		var err error
		if t.Recipes, err = q.RecipeTypeRevisionsFor(ctx, current.RecipeRefs()); err != nil {
			return nil, err
		}
		_, node = expansion(current, t)
	}
	return recipe.CheckExpansion(total, c.maxNodes, way), nil
}

// CheckSize refuses a revision whose recipes have too many nodes: one that is older than
// the limit.
func (c *Catalog) CheckSize(row store.RecipeTypeRevision) error {
	return refusal.Of(refusal.Invalid, "", recipe.CheckExpansion(row.Nodes(), c.maxNodes, nil))
}
