package store

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/uptrace/bun"
)

// RecipeTypeFilter is what GET /recipe-types/ can ask for (contract 1.1). No recipe type
// is a system one, so IsSystem true keeps none.
type RecipeTypeFilter struct {
	Keywords []string // part of name, title or description, regardless of ASCII case
	IsActive *bool
	IsSystem *bool
	Paging   // by name
}

// RecipeType is the recipe type with that id.
func (q Q) RecipeType(ctx context.Context, id int64) (RecipeType, error) {
	return byID[RecipeType](ctx, q, id, "recipe type")
}

// RecipeTypeByName is the recipe type with that name.
func (q Q) RecipeTypeByName(ctx context.Context, name string) (RecipeType, error) {
	var row RecipeType
	return one(ctx, q.selects(&row).Where("rt.name = ?", name), &row, "recipe type %q", name)
}

// RecipeTypes is a page of the recipe types that f keeps, and how many there are.
func (q Q) RecipeTypes(ctx context.Context, f RecipeTypeFilter) ([]RecipeType, int, error) {
	var rows []RecipeType
	s := q.whereKeywords(q.selects(&rows), f.Keywords, "rt.name", "rt.title", "rt.description")
	s = whereIs(s, "rt.is_active", f.IsActive)
	if f.IsSystem != nil && *f.IsSystem {
		s = s.Where("1 = 0")
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "name"}}, nil)
}

// RecipeTypesByID is the recipe types with those ids.
func (q Q) RecipeTypesByID(ctx context.Context, ids []int64) (map[int64]RecipeType, error) {
	return mapByID(ctx, q, ids, func(t *RecipeType) int64 { return t.ID })
}

// RecipeTypeLinks is what the latest revisions of those recipe types use.
func (q Q) RecipeTypeLinks(ctx context.Context, recipeTypeIDs []int64) ([]RecipeTypeLink, error) {
	if len(recipeTypeIDs) == 0 {
		return nil, nil
	}
	var rows []RecipeTypeLink
	s := q.selects(&rows).Where("rtl.recipe_type_id IN (?)", bun.List(recipeTypeIDs)).
		OrderExpr("rtl.recipe_type_id, rtl.id")
	return all(ctx, q, s, &rows)
}

// SuperRecipeTypes is the recipe types whose latest revision contains the one with that id, by name.
func (q Q) SuperRecipeTypes(ctx context.Context, id int64) ([]RecipeType, error) {
	var rows []RecipeType
	s := q.selects(&rows).
		Where("rt.id IN (SELECT recipe_type_id FROM recipe_type_links WHERE sub_recipe_type_id = ?)", id)
	types, _, err := lists(ctx, q, s, &rows, Paging{}, []Order{{Field: "name"}}, nil)
	return types, err
}

// RecipeTypesOfJobType is the recipe types whose latest revision uses that job type, by name.
func (q Q) RecipeTypesOfJobType(ctx context.Context, jobTypeID int64) ([]RecipeType, error) {
	var rows []RecipeType
	s := q.selects(&rows).
		Where("rt.id IN (SELECT recipe_type_id FROM recipe_type_links WHERE job_type_id = ?)", jobTypeID)
	types, _, err := lists(ctx, q, s, &rows, Paging{}, []Order{{Field: "name"}}, nil)
	return types, err
}

// ReplaceRecipeTypeLinks makes links all that the recipe type uses; it sets their ids.
func (q Q) ReplaceRecipeTypeLinks(ctx context.Context, recipeTypeID int64, links []RecipeTypeLink) error {
	if _, err := q.exec(ctx, "DELETE FROM recipe_type_links WHERE recipe_type_id = ?", recipeTypeID); err != nil {
		return fmt.Errorf("replacing the links of recipe type %d: %w", recipeTypeID, err)
	}
	for i := range links {
		links[i].ID, links[i].RecipeTypeID = 0, recipeTypeID
	}
	return q.Insert(ctx, &links)
}

// RecipeTypeRevision is revision num of a recipe type.
func (q Q) RecipeTypeRevision(ctx context.Context, recipeTypeID int64, num int) (RecipeTypeRevision, error) {
	var row RecipeTypeRevision
	s := q.selects(&row).Where("rtr.recipe_type_id = ? AND rtr.revision_num = ?", recipeTypeID, num)
	return one(ctx, s, &row, "revision %d of recipe type %d", num, recipeTypeID)
}

// RecipeTypeRevisionByID is the revision with that id, whatever its recipe type.
func (q Q) RecipeTypeRevisionByID(ctx context.Context, id int64) (RecipeTypeRevision, error) {
	return byID[RecipeTypeRevision](ctx, q, id, "recipe type revision with id")
}

// RecipeTypeRevisionsByID is the revisions with those ids.
func (q Q) RecipeTypeRevisionsByID(ctx context.Context, ids []int64) (map[int64]RecipeTypeRevision, error) {
	return mapByID(ctx, q, ids, func(r *RecipeTypeRevision) int64 { return r.ID })
}

// RecipeTypeRevisions is a page of a recipe type's revisions, newest first, and how many there are.
func (q Q) RecipeTypeRevisions(ctx context.Context, recipeTypeID int64, p Paging) ([]RecipeTypeRevision, int, error) {
	var rows []RecipeTypeRevision
	s := q.selects(&rows).Where("rtr.recipe_type_id = ?", recipeTypeID)
	return lists(ctx, q, s, &rows, p, []Order{{Field: "revision_num", Desc: true}}, nil)
}

// RecipeTypeRevisionsFor is the revisions that refs name; those that don't exist are not in it.
func (q Q) RecipeTypeRevisionsFor(ctx context.Context, refs []recipe.RecipeRef) (
	map[recipe.RecipeRef]RecipeTypeRevision, error) {
	found := make(map[recipe.RecipeRef]RecipeTypeRevision, len(refs))
	if len(refs) == 0 {
		return found, nil
	}
	var rows []struct {
		RecipeTypeRevision `bun:",extend"`
		Name               string
	}
	s := q.selects(&rows).ExcludeColumn("name").ColumnExpr("rt.name").
		Join("JOIN recipe_types AS rt ON rt.id = rtr.recipe_type_id").
		WhereGroup(" AND ", func(s *bun.SelectQuery) *bun.SelectQuery {
			for _, ref := range refs {
				s = s.WhereOr("(rt.name = ? AND rtr.revision_num = ?)", ref.Name, ref.Revision)
			}
			return s
		})
	if _, err := all(ctx, q, s, &rows); err != nil {
		return nil, err
	}
	for _, row := range rows {
		found[recipe.RecipeRef{Name: row.Name, Revision: row.RevisionNum}] = row.RecipeTypeRevision
	}
	return found, nil
}
