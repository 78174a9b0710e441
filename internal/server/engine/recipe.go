package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

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
	err := e.once(ctx, spec.Key, madeRecipe, func(ctx context.Context, tx *store.Tx) (made, error) {
		rt, err := tx.RecipeType(ctx, spec.RecipeTypeID)
		if err != nil {
			return made{}, found(err)
		}
		over, err := parseConfiguration("Recipe configuration invalid: ", spec.Configuration)
		if err != nil {
			return made{}, err
		}
		var input recipe.Data
		if r, input, err = e.newRecipe(ctx, tx, rt, spec.RevisionNum, data, over, nil); err != nil {
			return made{}, err
		}
		if err := e.beginRecipe(ctx, tx, &r, input, spec.User, nil); err != nil {
			return made{}, err
		}
		r, err = tx.Recipe(ctx, r.ID)
		return made{id: r.ID}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		r, err = tx.Recipe(ctx, key.ObjectID)
		return err
	})
	return r, err
}

// attachment tells whom a new recipe belongs to, before anything happens to it.
type attachment func(ctx context.Context, tx *store.Tx, r store.Recipe) error

// beginRecipe stores what newRecipe has made, attaches it (nil: to nothing), and takes it
// as far as it goes.
func (e *Engine) beginRecipe(ctx context.Context, tx *store.Tx, r *store.Recipe, input recipe.Data, user string, attach attachment) error {
	if err := e.insertRecipe(ctx, tx, r, input, user); err != nil {
		return err
	}
	if attach != nil {
		if err := attach(ctx, tx, *r); err != nil {
			return err
		}
	}
	return e.advance(ctx, tx, []int64{r.ID})
}

// newRecipe is a recipe of that type, and its input without what the interface does not
// name, after all checks. Revision 0 is the latest one, over nil no configuration; secret
// names settings that are secret beside those of the recipe's own jobs.
func (e *Engine) newRecipe(ctx context.Context, tx *store.Tx, rt store.RecipeType, num int, data recipe.Data,
	over *recipe.Configuration, secret []string) (r store.Recipe, input recipe.Data, err error) {
	row, err := activeRevision(ctx, tx, rt, num)
	if err != nil {
		return r, input, err
	}
	rev, err := e.catalog.recipeRevision(ctx, tx.Q, row.ID)
	if err != nil {
		return r, input, err
	}
	input, ps := rev.definition.Input.CheckData(data)
	if err := refuse(InvalidInput, "Invalid recipe data: ", ps); err != nil {
		return r, input, err
	}
	if err := checkFiles(ctx, tx, input, "Invalid recipe data: "); err != nil {
		return r, input, err
	}
	r = store.Recipe{RecipeTypeID: row.RecipeTypeID, RecipeTypeRevID: row.ID}
	if over != nil {
		r.Configuration, err = e.sealConfiguration(*over, slices.Concat(rev.secretSettings(), secret))
	}
	return r, input, err
}

// activeRevision is a revision of a recipe type that can run; 0 is the latest one.
func activeRevision(ctx context.Context, tx *store.Tx, rt store.RecipeType, num int) (store.RecipeTypeRevision, error) {
	if !rt.IsActive {
		return store.RecipeTypeRevision{}, errorf(Inactive, "Inactive recipe type: Recipe Type %s is inactive", rt.Name)
	}
	if num == 0 {
		num = rt.RevisionNum
	}
	row, err := tx.RecipeTypeRevision(ctx, rt.ID, num)
	return row, found(err)
}

// insertRecipe stores a new recipe of its own with its event and its input. It still
// has to be advanced.
func (e *Engine) insertRecipe(ctx context.Context, tx *store.Tx, r *store.Recipe, input recipe.Data, user string) error {
	now := e.now()
	event, err := insertEvent(ctx, tx, user, now)
	if err != nil {
		return err
	}
	r.EventID, r.Created, r.LastModified = event.ID, now, now
	if err := tx.Insert(ctx, r); err != nil {
		return err
	}
	if err := processInput(ctx, tx, r, input, now); err != nil {
		return err
	}
	return tx.Update(ctx, r)
}

// insertEvent stores that a user asked for something; without a name the user is the
// original's Anonymous.
func insertEvent(ctx context.Context, tx *store.Tx, user string, now store.Time) (store.Event, error) {
	if user == "" {
		user = "Anonymous"
	}
	description, err := encode(map[string]string{"user": user})
	if err != nil {
		return store.Event{}, err
	}
	event := store.Event{Type: "USER", Description: description, Occurred: now}
	return event, tx.Insert(ctx, &event)
}

// parseConfiguration reads a configuration that came with a request; nil for none.
func parseConfiguration(prefix string, raw json.RawMessage) (*recipe.Configuration, error) {
	if !given(raw) || isEmptyObject(raw) {
		return nil, nil //nolint:nilnil // no configuration is an ordinary answer
	}
	if err := checkObject("configuration", raw); err != nil {
		return nil, err
	}
	c, ps := recipe.ParseConfiguration(raw)
	return &c, refuse(Invalid, prefix, ps)
}

// checkFiles refuses files that do not exist or were deleted.
func checkFiles(ctx context.Context, tx *store.Tx, input recipe.Data, prefix string) error {
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
	return refuse(InvalidInput, prefix, ps)
}
