package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// Kitchen is the kitchen with that id.
func (q Q) Kitchen(ctx context.Context, id int64) (Kitchen, error) {
	return byID[Kitchen](ctx, q, id, "kitchen with id")
}

// LockKitchen is Kitchen, and no other transaction changes it, or orders in it, until
// this one has ended.
func (q Q) LockKitchen(ctx context.Context, id int64) (Kitchen, error) {
	return lockedByID[Kitchen](ctx, q, id, "kitchen with id")
}

// KitchenByName is the kitchen with that name.
func (q Q) KitchenByName(ctx context.Context, name string) (Kitchen, error) {
	var row Kitchen
	return one(ctx, q.selects(&row).Where("k.name = ?", name), &row, "kitchen %q", name)
}

// KitchenInPlace is the kitchen with that name, which nobody deletes or changes until the
// transaction ends.
func (q Q) KitchenInPlace(ctx context.Context, name string) (Kitchen, error) {
	var row Kitchen
	s := q.selects(&row).Where("k.name = ?", name)
	if q.dialect == Postgres {
		s = s.For("SHARE")
	}
	return one(ctx, s, &row, "kitchen %q", name)
}

// Kitchens is all kitchens by name.
func (q Q) Kitchens(ctx context.Context) ([]Kitchen, error) {
	var rows []Kitchen
	out, _, err := lists(ctx, q, q.selects(&rows), &rows, Paging{}, []Order{{Field: "name"}}, nil)
	return out, err
}

// KitchenChildren is the kitchens right below the one with that id, by name.
func (q Q) KitchenChildren(ctx context.Context, id int64) ([]Kitchen, error) {
	var rows []Kitchen
	out, _, err := lists(ctx, q, q.selects(&rows).Where("k.parent_id = ?", id), &rows, Paging{}, []Order{{Field: "name"}}, nil)
	return out, err
}

// KitchenLine is the kitchen with that id and all that it is in, the outermost first.
func (q Q) KitchenLine(ctx context.Context, id int64) ([]Kitchen, error) {
	var line []Kitchen
	for next := &id; next != nil; {
		k, err := q.Kitchen(ctx, *next)
		if err != nil {
			return nil, err
		}
		line = append(line, k)
		next = k.ParentID
	}
	slices.Reverse(line)
	return line, nil
}

// DeleteKitchen removes a kitchen with its recipes and the records of its orders.
func (q Q) DeleteKitchen(ctx context.Context, id int64) error {
	if _, err := q.exec(ctx, "DELETE FROM orders WHERE kitchen_id = ?", id); err != nil {
		return fmt.Errorf("deleting the orders of kitchen %d: %w", id, err)
	}
	return q.deleteByID(ctx, "kitchens", id)
}

// deleteByID removes a row, and what hangs on it.
func (q Q) deleteByID(ctx context.Context, table string, id int64) error {
	n, err := q.exec(ctx, "DELETE FROM ? WHERE id = ?", bun.Ident(table), id)
	if err != nil {
		return fmt.Errorf("deleting from %s: %w", table, err)
	}
	if n == 0 {
		return missing("row %d of %s", id, table)
	}
	return nil
}

// KitchenRecipe is the recipe of that name that a kitchen sees: its own, or that of the
// nearest kitchen that it is in.
func (q Q) KitchenRecipe(ctx context.Context, kitchenID int64, name string) (KitchenRecipe, error) {
	rows, err := q.KitchenRecipes(ctx, kitchenID)
	if err != nil {
		return KitchenRecipe{}, err
	}
	i := slices.IndexFunc(rows, func(r KitchenRecipe) bool { return r.Name == name })
	if i < 0 {
		return KitchenRecipe{}, missing("recipe %q in the kitchen", name)
	}
	return rows[i], nil
}

// KitchenRecipes is all recipes that a kitchen sees, by name: of two with the same name
// that of the nearer kitchen.
func (q Q) KitchenRecipes(ctx context.Context, kitchenID int64) ([]KitchenRecipe, error) {
	line, err := q.KitchenLine(ctx, kitchenID)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(line))
	for i, k := range line {
		ids[i] = k.ID
	}
	var rows []KitchenRecipe
	if _, err := all(ctx, q, q.selects(&rows).Where("kr.kitchen_id IN (?)", bun.List(ids)), &rows); err != nil {
		return nil, err
	}
	distance := func(r KitchenRecipe) int { return len(ids) - slices.Index(ids, r.KitchenID) }
	slices.SortFunc(rows, func(a, b KitchenRecipe) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return distance(a) - distance(b)
	})
	return slices.CompactFunc(rows, func(a, b KitchenRecipe) bool { return a.Name == b.Name }), nil
}

// DeleteKitchenRecipe removes a recipe with its files.
func (q Q) DeleteKitchenRecipe(ctx context.Context, id int64) error {
	return q.deleteByID(ctx, "kitchen_recipes", id)
}

// KitchenRecipeFiles is the files of a recipe, by path.
func (q Q) KitchenRecipeFiles(ctx context.Context, recipeID int64) ([]KitchenRecipeFile, error) {
	var rows []KitchenRecipeFile
	s := q.selects(&rows).Where("krf.kitchen_recipe_id = ?", recipeID).OrderExpr(q.bytewise("krf.path"))
	return all(ctx, q, s, &rows)
}

// KitchenRecipeFile is a file of a recipe; nil if it has none of that path.
func (q Q) KitchenRecipeFile(ctx context.Context, recipeID int64, path string) (*KitchenRecipeFile, error) {
	var row KitchenRecipeFile
	s := q.selects(&row).Where("krf.kitchen_recipe_id = ? AND krf.path = ?", recipeID, path)
	switch _, err := one(ctx, s, &row, "file %q of the recipe", path); {
	case errors.Is(err, ErrNotFound):
		return nil, nil //nolint:nilnil // many recipes lack one of the files
	case err != nil:
		return nil, err
	}
	return &row, nil
}

// KitchenFilesAt is the files of that path in all recipes of all kitchens.
func (q Q) KitchenFilesAt(ctx context.Context, path string) ([]KitchenRecipeFile, error) {
	var rows []KitchenRecipeFile
	return all(ctx, q, q.selects(&rows).Where("krf.path = ?", path).Order("krf.kitchen_recipe_id"), &rows)
}

// ReplaceKitchenRecipeFiles makes files all files of a recipe.
func (q Q) ReplaceKitchenRecipeFiles(ctx context.Context, recipeID int64, files []KitchenRecipeFile) error {
	if _, err := q.exec(ctx, "DELETE FROM kitchen_recipe_files WHERE kitchen_recipe_id = ?", recipeID); err != nil {
		return fmt.Errorf("replacing the files of recipe %d: %w", recipeID, err)
	}
	for i := range files {
		files[i].KitchenRecipeID = recipeID
	}
	return q.Insert(ctx, &files)
}

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
