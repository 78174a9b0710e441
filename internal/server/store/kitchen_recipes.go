package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// ofKitchens is the recipes that were run for orders of some kitchens: the recipe of a run,
// all that it took the place of or was replaced by, and everything inside of those.
const ofKitchens = `FROM recipes kr JOIN recipes kt ON kt.id = kr.root_id
	JOIN recipes kc ON kc.chain_root_id = kt.chain_root_id JOIN order_runs ku ON ku.recipe_id = kc.id
	JOIN orders ko ON ko.id = ku.order_id WHERE ko.kitchen_id IN (?1)`

// KitchenFilter keeps rows by the kitchen that their recipe was run for. Those of no
// kitchen stay unless In is given.
type KitchenFilter struct {
	In    []int64 // empty: any
	NotIn []int64
}

func (f KitchenFilter) where(s *bun.SelectQuery, column string) *bun.SelectQuery {
	if len(f.In) > 0 {
		s = s.Where("?0 IN (SELECT kr.id "+ofKitchens+")", bun.Safe(column), bun.List(f.In))
	}
	if len(f.NotIn) > 0 {
		s = s.Where("(?0 IS NULL OR ?0 NOT IN (SELECT kr.id "+ofKitchens+"))", bun.Safe(column), bun.List(f.NotIn))
	}
	return s
}

// KitchensOfRecipe is which of the kitchens a recipe was run for.
func (q Q) KitchensOfRecipe(ctx context.Context, recipeID int64, kitchens []int64) ([]int64, error) {
	if len(kitchens) == 0 {
		return nil, nil
	}
	var out []int64
	err := q.scan(ctx, &out, "SELECT DISTINCT ko.kitchen_id "+ofKitchens+" AND kr.id = ?0", recipeID, bun.List(kitchens))
	if err != nil {
		return nil, fmt.Errorf("reading the kitchens of recipe %d: %w", recipeID, err)
	}
	return out, nil
}
