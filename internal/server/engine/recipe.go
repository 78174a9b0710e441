package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// CreateRecipe queues a recipe. The checks and their order are contract 1.2's; in
// addition every file of the input must exist. The row is as the transaction left
// it: the first nodes are created and may be queued (the original does that later).
func (e *Engine) CreateRecipe(ctx context.Context, spec RecipeSpec) (store.Recipe, error) {
	var r store.Recipe
	raw := spec.Input
	if !given(raw) {
		raw = json.RawMessage("{}")
	}
	if err := checkObject("input", raw); err != nil {
		return r, err
	}
	data, ps := recipe.ParseData(raw)
	if err := refuse(Invalid, "", ps); err != nil {
		return r, err
	}
	err := e.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		rt, err := tx.RecipeType(ctx, spec.RecipeTypeID)
		if err != nil {
			return found(err)
		}
		configuration, err := parseRecipeConfiguration(spec.Configuration)
		if err != nil {
			return err
		}
		if !rt.IsActive {
			return errorf(Inactive, "Inactive recipe type: Recipe Type %s is inactive", rt.Name)
		}
		num := rt.RevisionNum
		if spec.RevisionNum != 0 {
			num = spec.RevisionNum
		}
		row, err := tx.RecipeTypeRevision(ctx, rt.ID, num)
		if err != nil {
			return found(err)
		}
		rev, err := e.recipeRevision(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		input, ps := rev.definition.Input.CheckData(data)
		if err := refuse(InvalidInput, "Invalid recipe data: ", ps); err != nil {
			return err
		}
		if err := checkFiles(ctx, tx, input); err != nil {
			return err
		}
		r, err = e.insertRecipe(ctx, tx, row, configuration, input, spec.User)
		return err
	})
	return r, err
}

func (e *Engine) insertRecipe(ctx context.Context, tx *store.Tx, rev store.RecipeTypeRevision, configuration store.JSON, input recipe.Data, user string) (store.Recipe, error) {
	now := e.now()
	if user == "" {
		user = "Anonymous"
	}
	description, err := encode(map[string]string{"user": user})
	if err != nil {
		return store.Recipe{}, err
	}
	event := store.Event{Type: "USER", Description: description, Occurred: now}
	if err := tx.Insert(ctx, &event); err != nil {
		return store.Recipe{}, err
	}
	r := store.Recipe{
		RecipeTypeID: rev.RecipeTypeID, RecipeTypeRevID: rev.ID, EventID: event.ID,
		Configuration: configuration, Created: now, LastModified: now,
	}
	if err := tx.Insert(ctx, &r); err != nil {
		return r, err
	}
	if err := processInput(ctx, tx, &r, input, now); err != nil {
		return r, err
	}
	if err := tx.Update(ctx, &r); err != nil {
		return r, err
	}
	if err := e.advance(ctx, tx, []int64{r.ID}); err != nil {
		return r, err
	}
	return tx.Recipe(ctx, r.ID)
}

func parseRecipeConfiguration(raw json.RawMessage) (store.JSON, error) {
	if !given(raw) || isEmptyObject(raw) {
		return nil, nil
	}
	if err := checkObject("configuration", raw); err != nil {
		return nil, err
	}
	c, ps := recipe.ParseConfiguration(raw)
	if err := refuse(Invalid, "Recipe configuration invalid: ", ps); err != nil {
		return nil, err
	}
	return encode(c)
}

// checkFiles refuses files that do not exist or were deleted.
func checkFiles(ctx context.Context, tx *store.Tx, input recipe.Data) error {
	ids := fileIDs(input)
	if len(ids) > maxInputFiles {
		return errorf(TooLarge, "The input has %d files; at most %d are allowed", len(ids), maxInputFiles)
	}
	files, err := tx.FilesByID(ctx, ids)
	if err != nil {
		return err
	}
	var ps recipe.Problems
	for _, name := range sortedKeys(input.Files) {
		for i, id := range input.Files[name] {
			f, exists := files[id]
			if exists && !f.IsDeleted {
				continue
			}
			state := "does not exist"
			if exists {
				state = "was deleted"
			}
			ps = append(ps, recipe.Problem{
				Path: recipe.Path{"files", name, fmt.Sprint(i)}, Code: recipe.InvalidData,
				Message: fmt.Sprintf("Input '%s': file %d %s", name, id, state),
			})
		}
	}
	return refuse(InvalidInput, "Invalid recipe data: ", ps)
}
