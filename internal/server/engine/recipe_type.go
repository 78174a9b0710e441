package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// reprocessWarning says that existing recipes stay with their revision (contract 1.1).
const reprocessWarning recipe.Code = "REPROCESS_WARNING"

// CreateRecipeType adds a recipe type with its first revision. The checks and their
// order are contract 1.1's "Create details"; the problems are warnings.
func (c *Catalog) CreateRecipeType(ctx context.Context, spec RecipeTypeSpec) (store.RecipeType, recipe.Problems, error) {
	var rt store.RecipeType
	if spec.Title == "" {
		return rt, nil, errorf(Invalid, `Missing required parameter: "title"`)
	}
	if err := checkObject("definition", spec.Definition); err != nil {
		return rt, nil, err
	}
	name, err := recipe.RecipeTypeNameOf(spec.Title)
	if err != nil {
		return rt, nil, errorf(Invalid, "%s", err)
	}
	if err := checkTitle(spec.Title, spec.Description); err != nil {
		return rt, nil, err
	}
	var warnings recipe.Problems
	err = c.once(ctx, spec.Key, madeRecipeType, func(ctx context.Context, tx *store.Tx) (made, error) {
		if err := serialize(ctx, tx, lockRecipeTypes); err != nil {
			return made{}, err
		}
		if _, err := tx.RecipeTypeByName(ctx, name); err == nil {
			return made{}, errorf(Invalid, "Existing recipe types found for name %s. Change the title, or edit the existing type with PATCH", name)
		} else if !errors.Is(err, store.ErrNotFound) {
			return made{}, err
		}
		d, t, ps, err := c.checkDefinition(ctx, tx, spec.Definition)
		if err != nil {
			return made{}, err
		}
		if err := refuse(Invalid, "", ps); err != nil {
			return made{}, err
		}
		definition, err := encode(d)
		if err != nil {
			return made{}, err
		}
		now := c.now()
		rt = store.RecipeType{
			Name: name, Title: spec.Title, Description: spec.Description, IsActive: true, RevisionNum: 1,
			Definition: definition, Created: now, LastModified: now,
		}
		if err := tx.Insert(ctx, &rt); err != nil {
			return made{}, err
		}
		warnings = ps
		return made{id: rt.ID, result: ps}, c.storeRevision(ctx, tx, rt, t)
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
	newDefinition := given(edit.Definition) && !isEmptyObject(edit.Definition)
	if newDefinition {
		if err := checkObject("definition", edit.Definition); err != nil {
			return rt, nil, err
		}
	}
	var warnings recipe.Problems
	err := c.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := serialize(ctx, tx, lockRecipeTypes); err != nil {
			return err
		}
		warnings = nil
		var err error
		if rt, err = tx.RecipeTypeByName(ctx, name); err != nil {
			return found(err)
		}
		if err := edit.IfMatch.check(rt.LastModified, "recipe type "+name); err != nil {
			return err
		}
		set(&rt.Title, edit.Title)
		set(&rt.Description, edit.Description)
		if err := checkTitle(rt.Title, rt.Description); err != nil {
			return err
		}
		rt.LastModified = c.nowAfter(rt.LastModified)
		var t types
		if newDefinition {
			if t, warnings, err = c.redefine(ctx, tx, &rt, edit.Definition); err != nil {
				return err
			}
		}
		activate(&rt.IsActive, &rt.Deprecated, edit.IsActive, rt.LastModified)
		if err := tx.Update(ctx, &rt); err != nil {
			return err
		}
		if newDefinition {
			if err := c.storeRevision(ctx, tx, rt, t); err != nil {
				return err
			}
		}
		supers, err := tx.SuperRecipeTypes(ctx, rt.ID)
		if err != nil {
			return err
		}
		if newDefinition && (edit.AutoUpdate == nil || *edit.AutoUpdate) {
			if err := c.autoUpdate(ctx, tx, supers, newest{recipes: map[string]int{rt.Name: rt.RevisionNum}}); err != nil {
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
	})
	return rt, warnings, err
}

// ValidateRecipeType returns everything that is wrong or doubtful with a definition;
// name is the type that it is meant for, or empty. If that type exists and the
// definition can be read and has no circles, the diff is from the type's current one.
// The error is for other failures.
func (c *Catalog) ValidateRecipeType(ctx context.Context, name string, definition json.RawMessage) (recipe.Problems, *recipe.Diff, error) {
	if err := checkObject("definition", definition); err != nil {
		return nil, nil, err
	}
	var ps recipe.Problems
	var diff *recipe.Diff
	err := c.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
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
				Message: fmt.Sprintf("Recipes of type %s cannot be reprocessed with this definition: %s", rt.Name, reasons(diff)),
			})
		}
		return nil
	})
	return ps, diff, err
}

// DiffRecipeType says what changes from one revision of a recipe type to another.
func (c *Catalog) DiffRecipeType(ctx context.Context, name string, from, to int) (*recipe.Diff, error) {
	rt, err := c.store.RecipeTypeByName(ctx, name)
	if err != nil {
		return nil, found(err)
	}
	var definitions [2]*recipe.Definition
	for i, num := range []int{from, to} {
		row, err := c.store.RecipeTypeRevision(ctx, rt.ID, num)
		if err != nil {
			return nil, found(err)
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
func (c *Catalog) redefine(ctx context.Context, tx *store.Tx, rt *store.RecipeType, raw json.RawMessage) (types, recipe.Problems, error) {
	d, t, ps, err := c.checkDefinition(ctx, tx, raw)
	if err != nil {
		return t, nil, err
	}
	if d != nil {
		more, err := c.checkRecursion(ctx, tx, *rt, d)
		if err != nil {
			return t, nil, err
		}
		ps = append(ps, more...)
	}
	if err := refuse(Invalid, "", ps); err != nil {
		return t, nil, err
	}
	if rt.Definition, err = encode(d); err != nil {
		return t, nil, err
	}
	rt.RevisionNum++
	return t, ps, nil
}

// checkDefinition parses and validates. The definition is nil if it could not be read.
func (c *Catalog) checkDefinition(ctx context.Context, tx *store.Tx, raw json.RawMessage) (*recipe.Definition, types, recipe.Problems, error) {
	d, ps := recipe.Parse(raw)
	if d == nil || len(ps.Errors()) > 0 {
		return nil, types{}, ps, nil
	}
	if recipe.IsLegacy(raw) {
		if err := resolveLegacy(ctx, tx, d); err != nil {
			return nil, types{}, nil, err
		}
	}
	t, err := c.types(ctx, tx.Q, d)
	if err != nil {
		return nil, t, nil, err
	}
	return d, t, append(slices.Clone(ps), recipe.Validate(d, t.catalog)...), nil
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

// storeRevision freezes rt's definition and records what it uses.
func (c *Catalog) storeRevision(ctx context.Context, tx *store.Tx, rt store.RecipeType, t types) error {
	err := tx.Insert(ctx, &store.RecipeTypeRevision{
		RecipeTypeID: rt.ID, RevisionNum: rt.RevisionNum, Definition: rt.Definition, Created: rt.LastModified,
	})
	if err != nil {
		return err
	}
	jobs, subs := map[int64]bool{}, map[int64]bool{}
	for _, r := range t.jobs {
		jobs[r.jobTypeID] = true
	}
	for _, r := range t.recipes {
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
			now := c.nowAfter(rt.LastModified)
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
