package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"
)

// RecipeFilter is what GET /recipes/ can ask for (contract 1.2).
type RecipeFilter struct {
	Started, Ended  *Time // last modified, inclusive
	RecipeIDs       []int64
	RecipeTypeIDs   []int64
	RecipeTypeNames []string
	BatchIDs        []int64
	RootRecipeIDs   []int64 // these outermost recipes and everything inside of them (contract 7.1)
	IsSuperseded    *bool
	IsCompleted     *bool
	Kitchens        KitchenFilter
	SourceFilter
	Paging // by last_modified
}

// Recipe is the recipe with that id.
func (q Q) Recipe(ctx context.Context, id int64) (Recipe, error) {
	return byID[Recipe](ctx, q, id, "recipe")
}

// PartNodes are the names of the nodes that a recipe is restricted to; nil: all run.
func (r Recipe) PartNodes() (names []string, err error) {
	if len(r.Part) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(r.Part, &names); err != nil {
		return nil, fmt.Errorf("reading the nodes that recipe %d runs: %w", r.ID, err)
	}
	return names, nil
}

// MarkSimulated notes that jobs of recipes, and so of those that contain them, were only simulated.
func (q Q) MarkSimulated(ctx context.Context, ids []int64) error {
	_, err := q.exec(ctx, "UPDATE recipes SET simulated = ?1 WHERE NOT simulated AND "+
		"(id IN (?0) OR id IN (SELECT r.root_id FROM recipes AS r WHERE r.id IN (?0)))", bun.List(ids), true)
	if err != nil {
		return fmt.Errorf("noting that jobs were simulated: %w", err)
	}
	return nil
}

// LockRecipe is Recipe, and no other transaction changes it until this one has ended.
func (q Q) LockRecipe(ctx context.Context, id int64) (Recipe, error) {
	return lockedByID[Recipe](ctx, q, id, "recipe")
}

// RecipesByID is the recipes with those ids.
func (q Q) RecipesByID(ctx context.Context, ids []int64) (map[int64]Recipe, error) {
	return mapByID(ctx, q, ids, func(r *Recipe) int64 { return r.ID })
}

// SupersededBy is the recipe that replaced the one with that id; nil if there is none.
func (q Q) SupersededBy(ctx context.Context, recipeID int64) (*Recipe, error) {
	var row Recipe
	_, err := one(ctx, q.selects(&row).Where("r.superseded_recipe_id = ?", recipeID), &row,
		"recipe that superseded recipe %d", recipeID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// Recipes is a page of the recipes that f keeps, sub-recipes too, and how many there are.
func (q Q) Recipes(ctx context.Context, f RecipeFilter) ([]Recipe, int, error) {
	var rows []Recipe
	s := whereIn(q.selects(&rows), "r.id", f.RecipeIDs)
	s = whereBetween(s, "r.last_modified", "r.last_modified", f.Started, f.Ended)
	s = whereIn(s, "r.recipe_type_id", f.RecipeTypeIDs)
	s = whereIs(s, "r.is_superseded", f.IsSuperseded)
	s = whereIs(s, "r.is_completed", f.IsCompleted)
	s = f.Kitchens.where(s, "r.id")
	s = f.SourceFilter.where(s, "r")
	if len(f.RecipeTypeNames) > 0 {
		s = s.Where("r.recipe_type_id IN (SELECT id FROM recipe_types WHERE name IN (?))", bun.List(f.RecipeTypeNames))
	}
	s = whereIn(s, "r.batch_id", f.BatchIDs)
	if len(f.RootRecipeIDs) > 0 {
		s = s.Where("r.root_id IN (?)", bun.List(f.RootRecipeIDs))
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "last_modified"}}, q.withRelations(map[string]string{
		"recipe_type": "r.recipe_type_id", "recipe_type_rev": "r.recipe_type_rev_id", "event": "r.event_id", "batch": "r.batch_id",
		"recipe": "r.parent_id", "root_recipe": "r.root_id", "superseded_recipe": "r.superseded_recipe_id",
	}, recipeTypeRelation("r.recipe_type_id"), revisionRelation("recipe_type_rev", "recipe_type_revisions", "r.recipe_type_rev_id"),
		eventRelation("r.event_id")))
}

// RecipeFamily is the ids of an outermost recipe and of all that is inside of it, ascending:
// those too that it has taken over from the recipes that it superseded.
func (q Q) RecipeFamily(ctx context.Context, rootID int64) ([]int64, error) {
	var ids []int64
	err := q.scan(ctx, &ids, `SELECT id FROM recipes WHERE root_id = ?0 OR NOT is_superseded AND root_id IN (
		SELECT before.id FROM recipes AS before JOIN recipes AS root ON root.chain_root_id = before.chain_root_id WHERE root.id = ?0)
		ORDER BY id`, rootID)
	if err != nil {
		return nil, fmt.Errorf("reading what is inside of recipe %d: %w", rootID, err)
	}
	return ids, nil
}

// StopRecipes has nothing new begin in recipes from that time on.
func (q Q) StopRecipes(ctx context.Context, ids []int64, at Time) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := q.exec(ctx, "UPDATE recipes SET stopped = ? WHERE stopped IS NULL AND id IN (?)", at, bun.List(ids)); err != nil {
		return fmt.Errorf("stopping %d recipes: %w", len(ids), err)
	}
	return nil
}

// LiftStop lets the outermost recipes go on that those belong to, and all that is inside of
// them and of those that they superseded.
func (q Q) LiftStop(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := q.exec(ctx, `UPDATE recipes SET stopped = NULL WHERE stopped IS NOT NULL AND root_id IN (
		SELECT before.id FROM recipes AS before JOIN recipes AS root ON root.chain_root_id = before.chain_root_id
		JOIN recipes AS inside ON inside.root_id = root.id WHERE inside.id IN (?))`, bun.List(ids))
	if err != nil {
		return fmt.Errorf("letting %d recipes go on: %w", len(ids), err)
	}
	return nil
}

// insertRootRecipe inserts a recipe that is its own root, or the first of its chain: rows
// that refer to themselves, so the id has to be known before.
func (q Q) insertRootRecipe(ctx context.Context, r *Recipe) error {
	id := "(SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'recipes')"
	if q.dialect == Postgres {
		var next int64
		err := q.bun.NewRaw("SELECT nextval(pg_get_serial_sequence('recipes', 'id'))").Conn(q.write).Scan(ctx, &next)
		if err != nil {
			return fmt.Errorf("inserting into recipes: %w", err)
		}
		id = strconv.FormatInt(next, 10)
	}
	s := q.bun.NewInsert().Conn(q.write).Model(r).Value("id", id).Returning("id, root_id, chain_root_id")
	if r.RootID == 0 {
		s = s.Value("root_id", id)
	}
	if r.ChainRootID == 0 {
		s = s.Value("chain_root_id", id)
	}
	if _, err := s.Exec(ctx); err != nil {
		return fmt.Errorf("inserting into recipes: %w", err)
	}
	return nil
}

// EventsByID is the events with those ids.
func (q Q) EventsByID(ctx context.Context, ids []int64) (map[int64]Event, error) {
	return mapByID(ctx, q, ids, func(e *Event) int64 { return e.ID })
}
