package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// reprocessWarning says that existing recipes stay with their revision (contract 1.1).
const reprocessWarning recipe.Code = "REPROCESS_WARNING"

// CreateRecipeType adds a recipe type with its first revision. The checks and their
// order are contract 1.1's "Create details"; the problems are warnings.
func (c *Catalog) CreateRecipeType(ctx context.Context, spec RecipeTypeSpec) (store.RecipeType, recipe.Problems, error) {
	var rt store.RecipeType
	if spec.Title == "" {
		return rt, nil, refusal.Errorf(refusal.Invalid, `Missing required parameter: "title"`)
	}
	if err := usecase.CheckObject("definition", spec.Definition); err != nil {
		return rt, nil, err
	}
	name, err := spec.Name, error(nil)
	if name == "" {
		name, err = recipe.RecipeTypeNameOf(spec.Title)
	} else {
		err = recipe.CheckRecipeTypeName(name)
	}
	if err != nil {
		return rt, nil, refusal.Errorf(refusal.Invalid, "%s", err)
	}
	if err := checkTitle(spec.Title, spec.Description); err != nil {
		return rt, nil, err
	}
	var warnings recipe.Problems
	err = c.Once(ctx, spec.Key, usecase.MadeRecipeType, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		if err := usecase.Serialize(ctx, tx, usecase.LockRecipeTypes); err != nil {
			return usecase.Made{}, err
		}
		if existing, err := tx.RecipeTypeByName(ctx, name); err == nil {
			if existing.Title == spec.Title || spec.Name != "" {
				if lost, err := spec.Key.TakesOver(ctx, tx, usecase.MadeRecipeType, existing.ID); err != nil || lost {
					rt = existing
					return usecase.Made{ID: rt.ID, Name: rt.Name, Result: warnings}, err
				}
			}
			return usecase.Made{}, refusal.Errorf(refusal.Invalid, "Existing recipe types found for name %s. Change the title or name, or edit the existing type with PATCH", name)
		} else if !errors.Is(err, store.ErrNotFound) {
			return usecase.Made{}, err
		}
		d, t, ps, err := c.checkDefinition(ctx, tx, spec.Definition)
		if err != nil {
			return usecase.Made{}, err
		}
		if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
			return usecase.Made{}, err
		}
		definition, err := usecase.Encode(d)
		if err != nil {
			return usecase.Made{}, err
		}
		now := c.Now()
		rt = store.RecipeType{
			Name: name, Title: spec.Title, Description: spec.Description, IsActive: true, RevisionNum: 1,
			Definition: definition, Created: now, LastModified: now,
		}
		if err := tx.Insert(ctx, &rt); err != nil {
			return usecase.Made{}, err
		}
		warnings = ps
		return usecase.Made{ID: rt.ID, Name: rt.Name, Result: ps}, c.storeRevision(ctx, tx, rt, d, t)
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		if err := json.Unmarshal(key.Result, &warnings); err != nil {
			return fmt.Errorf("reading what key %q made: %w", key.Key, err)
		}
		rt, err = tx.RecipeType(ctx, key.ObjectID)
		return err
	})
	return rt, warnings, err
}

// EditRecipeType changes a recipe type (contract 1.1 "Edit details"). A definition
// makes a new revision, also if it is the same again; {} counts as none. Deactivating
// stamps deprecated (the original never does) and deactivates all containing types.
func (c *Catalog) EditRecipeType(ctx context.Context, name string, edit RecipeTypeEdit) (store.RecipeType, recipe.Problems, error) {
	var rt store.RecipeType
	newDefinition := usecase.Given(edit.Definition) && !usecase.IsEmptyObject(edit.Definition)
	if newDefinition {
		if err := usecase.CheckObject("definition", edit.Definition); err != nil {
			return rt, nil, err
		}
	}
	var warnings recipe.Problems
	wasActive := false
	made := func() usecase.Made { return again(usecase.Made{ID: rt.ID, Name: rt.Name}, wasActive, rt.IsActive) }
	err := c.edited(ctx, edit.Key, usecase.EditedRecipeType, &warnings, made, func(ctx context.Context, tx *store.Tx) error {
		if err := usecase.Serialize(ctx, tx, usecase.LockRecipeTypes); err != nil {
			return err
		}
		warnings = nil
		var err error
		if rt, err = tx.RecipeTypeByName(ctx, name); err != nil {
			return refusal.Found(err)
		}
		if err := edit.IfMatch.Check(rt.LastModified, "recipe type "+name); err != nil {
			return err
		}
		wasActive = rt.IsActive
		usecase.Set(&rt.Title, edit.Title)
		usecase.Set(&rt.Description, edit.Description)
		if err := checkTitle(rt.Title, rt.Description); err != nil {
			return err
		}
		rt.LastModified = c.NowAfter(rt.LastModified)
		var d *recipe.Definition
		var t Types
		if newDefinition {
			if d, t, warnings, err = c.redefine(ctx, tx, &rt, edit.Definition); err != nil {
				return err
			}
		}
		activate(&rt.IsActive, &rt.Deprecated, edit.IsActive, rt.LastModified)
		if err := tx.Update(ctx, &rt); err != nil {
			return err
		}
		if newDefinition {
			if err := c.storeRevision(ctx, tx, rt, d, t); err != nil {
				return err
			}
		}
		supers, err := tx.SuperRecipeTypes(ctx, rt.ID)
		if err != nil {
			return err
		}
		if newDefinition && (edit.AutoUpdate == nil || *edit.AutoUpdate) {
			if err := c.autoUpdate(ctx, tx, supers, newest{recipes: map[string]int{rt.Name: rt.RevisionNum}, spare: edit.Spare}); err != nil {
				return err
			}
		}
		if edit.IsActive == nil || *edit.IsActive {
			return nil
		}
		// They may have changed by now.
		if supers, err = tx.SuperRecipeTypes(ctx, rt.ID); err != nil {
			return err
		}
		w, err := c.deactivateAll(ctx, tx, supers, "recipe type "+rt.Name)
		warnings = append(warnings, w...)
		return err
	}, func(ctx context.Context, tx *store.Tx, id int64) (err error) {
		rt, err = tx.RecipeType(ctx, id)
		return err
	})
	return rt, warnings, err
}

// ValidateRecipeType returns everything that is wrong or doubtful with a definition;
// name is the type that it is meant for, or empty. If that type exists and the
// definition can be read and has no circles, the diff is from the type's current one.
// The error is for other failures.
func (c *Catalog) ValidateRecipeType(ctx context.Context, name string, definition json.RawMessage) (recipe.Problems, *recipe.Diff, error) {
	if err := usecase.CheckObject("definition", definition); err != nil {
		return nil, nil, err
	}
	var ps recipe.Problems
	var diff *recipe.Diff
	err := c.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		d, _, problems, err := c.checkDefinition(ctx, tx, definition)
		ps, diff = problems, nil
		if err != nil || d == nil || name == "" {
			return err
		}
		rt, err := tx.RecipeTypeByName(ctx, name)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		more, err := c.checkRecursion(ctx, tx, rt, d)
		ps = append(ps, more...)
		if err != nil {
			return err
		}
		if _, circles := recipe.NewGraph(d); len(circles.Errors()) > 0 {
			return nil
		}
		current, broken := recipe.Parse(rt.Definition)
		if err := broken.Err(); err != nil {
			return fmt.Errorf("reading stored definition of recipe type %s: %w", rt.Name, err)
		}
		if diff = recipe.Compare(current, d, nil); !diff.CanBeReprocessed {
			ps = append(ps, recipe.Problem{
				Code: reprocessWarning, Warning: true,
				Message: fmt.Sprintf("Recipes of type %s cannot be reprocessed with this definition: %s", rt.Name, Reasons(diff)),
			})
		}
		return nil
	})
	return ps, diff, err
}

// DiffRecipeType says what changes from one revision of a recipe type to another.
func (c *Catalog) DiffRecipeType(ctx context.Context, name string, from, to int) (*recipe.Diff, error) {
	rt, err := c.Store.RecipeTypeByName(ctx, name)
	if err != nil {
		return nil, refusal.Found(err)
	}
	var definitions [2]*recipe.Definition
	for i, num := range []int{from, to} {
		row, err := c.Store.RecipeTypeRevision(ctx, rt.ID, num)
		if err != nil {
			return nil, refusal.Found(err)
		}
		d, ps := recipe.Parse(row.Definition)
		if err := ps.Err(); err != nil {
			return nil, fmt.Errorf("reading stored definition of revision %d of recipe type %s: %w", num, name, err)
		}
		definitions[i] = d
	}
	return recipe.Compare(definitions[0], definitions[1], nil), nil
}

// redefine checks a new definition for rt and puts it into rt.
func (c *Catalog) redefine(ctx context.Context, tx *store.Tx, rt *store.RecipeType, raw json.RawMessage) (*recipe.Definition, Types, recipe.Problems, error) {
	d, t, ps, err := c.checkDefinition(ctx, tx, raw)
	if err != nil {
		return nil, t, nil, err
	}
	if d != nil {
		more, err := c.checkRecursion(ctx, tx, *rt, d)
		if err != nil {
			return nil, t, nil, err
		}
		ps = append(ps, more...)
	}
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return nil, t, nil, err
	}
	if rt.Definition, err = usecase.Encode(d); err != nil {
		return nil, t, nil, err
	}
	rt.RevisionNum++
	return d, t, ps, nil
}

// checkDefinition parses and validates. The definition is nil if it could not be read.
func (c *Catalog) checkDefinition(ctx context.Context, tx *store.Tx, raw json.RawMessage) (*recipe.Definition, Types, recipe.Problems, error) {
	d, ps := recipe.Parse(raw)
	if d == nil || len(ps.Errors()) > 0 {
		return nil, Types{}, ps, nil
	}
	if recipe.IsLegacy(raw) {
		if err := resolveLegacy(ctx, tx, d); err != nil {
			return nil, Types{}, nil, err
		}
	}
	t, err := c.types(ctx, tx.Q, d)
	if err != nil {
		return nil, t, nil, err
	}
	large, err := c.checkExpansion(ctx, tx.Q, d, t)
	return d, t, slices.Concat(ps, recipe.Validate(d, t.Catalog), large), err
}

// resolveLegacy gives the jobs of a definition of version 1.0 their latest revisions.
func resolveLegacy(ctx context.Context, tx *store.Tx, d *recipe.Definition) error {
	var failed error
	d.Resolve(func(name, version string) int {
		jt, err := tx.JobTypeByName(ctx, name, version)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			failed = err
		}
		return jt.RevisionNum // 0, recipe.LatestRevision, if there is none
	})
	return failed
}

// checkRecursion looks for rt within the types that d contains, each taken by its
// current definition.
func (c *Catalog) checkRecursion(ctx context.Context, tx *store.Tx, rt store.RecipeType, d *recipe.Definition) (recipe.Problems, error) {
	current := map[string]*recipe.Definition{rt.Name: nil}
	for left := d.RecipeRefs(); len(left) > 0; {
		ref := left[0]
		left = left[1:]
		if _, seen := current[ref.Name]; seen {
			continue
		}
		current[ref.Name] = nil
		sub, err := tx.RecipeTypeByName(ctx, ref.Name)
		if errors.Is(err, store.ErrNotFound) {
			continue // reported by the validation
		}
		if err != nil {
			return nil, err
		}
		definition, ps := recipe.Parse(sub.Definition)
		if err := ps.Err(); err != nil {
			return nil, fmt.Errorf("reading stored definition of recipe type %s: %w", sub.Name, err)
		}
		current[ref.Name] = definition
		left = append(left, definition.RecipeRefs()...)
	}
	return recipe.Recursion(rt.Name, d, current), nil
}

// storeRevision freezes rt's definition, which is d, and records what it uses.
func (c *Catalog) storeRevision(ctx context.Context, tx *store.Tx, rt store.RecipeType, d *recipe.Definition, t Types) error {
	total, _ := expansion(d, t)
	err := tx.Insert(ctx, &store.RecipeTypeRevision{
		Expansion:    &total,
		RecipeTypeID: rt.ID, RevisionNum: rt.RevisionNum, Definition: rt.Definition, Created: rt.LastModified,
	})
	if err != nil {
		return err
	}
	jobs, subs := map[int64]bool{}, map[int64]bool{}
	for _, r := range t.Jobs {
		jobs[r.JobTypeID] = true
	}
	for _, r := range t.Recipes {
		subs[r.RecipeTypeID] = true
	}
	var links []store.RecipeTypeLink
	for _, id := range slices.Sorted(maps.Keys(jobs)) {
		links = append(links, store.RecipeTypeLink{RecipeTypeID: rt.ID, JobTypeID: &id})
	}
	for _, id := range slices.Sorted(maps.Keys(subs)) {
		links = append(links, store.RecipeTypeLink{RecipeTypeID: rt.ID, SubRecipeTypeID: &id})
	}
	return tx.ReplaceRecipeTypeLinks(ctx, rt.ID, links)
}

// deactivateAll deactivates types that contain something that is deactivated, and
// all that contain them in turn, and warns of it.
func (c *Catalog) deactivateAll(ctx context.Context, tx *store.Tx, users []store.RecipeType, what string) (recipe.Problems, error) {
	if len(users) == 0 {
		return nil, nil
	}
	seen := map[int64]bool{}
	var names []string
	off := false
	for len(users) > 0 {
		rt := users[0]
		users = users[1:]
		if seen[rt.ID] {
			continue
		}
		seen[rt.ID] = true
		names = append(names, rt.Name)
		if rt.IsActive {
			now := c.NowAfter(rt.LastModified)
			activate(&rt.IsActive, &rt.Deprecated, &off, now)
			rt.LastModified = now
			if err := tx.Update(ctx, &rt); err != nil {
				return nil, err
			}
		}
		supers, err := tx.SuperRecipeTypes(ctx, rt.ID)
		if err != nil {
			return nil, err
		}
		users = append(users, supers...)
	}
	slices.Sort(names)
	return recipe.Problems{{
		Path: recipe.Path{"is_active"}, Code: deprecatedRecipes, Warning: true,
		Message: fmt.Sprintf("Deactivating %s deactivated the recipe types that use it: %v", what, names),
	}}, nil
}

// Reasons tells why a recipe cannot be reprocessed, in one text.
func Reasons(d *recipe.Diff) string {
	texts := make([]string, len(d.Reasons))
	for i, r := range d.Reasons {
		texts[i] = r.Description
	}
	return strings.Join(texts, "; ")
}
