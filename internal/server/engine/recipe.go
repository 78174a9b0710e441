package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const maxInputFiles = 10_000 // file ids in one input

// CreateRecipe queues a recipe. The checks and their order are contract 1.2's; in
// addition every file of the input must exist. The row is as the transaction left
// it: the first nodes are created and may be queued (the original does that later).
func (e *Engine) CreateRecipe(ctx context.Context, spec RecipeSpec) (store.Recipe, error) {
	var r store.Recipe
	raw := spec.Input
	if !usecase.Given(raw) {
		raw = json.RawMessage("{}")
	}
	if err := usecase.CheckObject("input", raw); err != nil {
		return r, err
	}
	data, ps := recipe.ParseData(raw)
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return r, err
	}
	err := e.Once(ctx, spec.Key, usecase.MadeRecipe, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		rt, err := tx.RecipeType(ctx, spec.RecipeTypeID)
		if err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		over, err := parseConfiguration("Recipe configuration invalid: ", spec.Configuration, recipe.ParseConfiguration)
		if err != nil {
			return usecase.Made{}, err
		}
		var input recipe.Data
		if r, input, err = e.NewRecipe(ctx, tx, rt, spec.RevisionNum, data, over, nil); err != nil {
			return usecase.Made{}, err
		}
		if over != nil {
			rev, err := e.catalog.RecipeRevision(ctx, tx.Q, r.RecipeTypeRevID)
			if err != nil {
				return usecase.Made{}, err
			}
			if err := refusal.Of(refusal.Invalid, "Recipe configuration invalid: ", e.catalog.Folders().CheckMounts(*over, rev.Mounts(), spec.IsEditor)); err != nil {
				return usecase.Made{}, err
			}
		}
		same, err := e.Fingerprint(r.RecipeTypeRevID, spec.Input, spec.Configuration)
		if err != nil {
			return usecase.Made{}, err
		}
		lost, err := spec.Key.FindLost(ctx, tx, usecase.MadeRecipe, same, func(id int64) (err error) {
			r, err = tx.Recipe(ctx, id)
			return err
		})
		if err == nil && !lost {
			err = e.BeginRecipe(ctx, tx, &r, input, spec.User, nil)
		}
		if err != nil {
			return usecase.Made{}, err
		}
		r, err = tx.Recipe(ctx, r.ID)
		return usecase.Made{ID: r.ID, Name: strconv.FormatInt(r.ID, 10), Fingerprint: same}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		r, err = tx.Recipe(ctx, key.ObjectID)
		return err
	})
	return r, err
}

// Attachment tells whom a new recipe belongs to, before anything happens to it.
type Attachment func(ctx context.Context, tx *store.Tx, r store.Recipe) error

// BeginRecipe stores what NewRecipe has made, attaches it (nil: to nothing), and takes it
// as far as it goes.
func (e *Engine) BeginRecipe(ctx context.Context, tx *store.Tx, r *store.Recipe, input recipe.Data, user string, attach Attachment) error {
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

// NewRecipe is a recipe of that type, and its input without what the interface does not
// name, after all checks. Revision 0 is the latest one, over nil no configuration; secret
// names settings that are secret beside those of the recipe's own jobs.
func (e *Engine) NewRecipe(ctx context.Context, tx *store.Tx, rt store.RecipeType, num int, data recipe.Data,
	over *recipe.Configuration, secret []string) (r store.Recipe, input recipe.Data, err error) {
	row, err := catalog.ActiveRevision(ctx, tx, rt, num)
	if err != nil {
		return r, input, err
	}
	if err := e.catalog.CheckSize(row); err != nil {
		return r, input, err
	}
	rev, err := e.catalog.RecipeRevision(ctx, tx.Q, row.ID)
	if err != nil {
		return r, input, err
	}
	input, ps := rev.Definition.Input.CheckData(data)
	if err := refusal.Of(refusal.InvalidInput, "Invalid recipe data: ", ps); err != nil {
		return r, input, err
	}
	if err := checkFiles(ctx, tx, input, "Invalid recipe data: "); err != nil {
		return r, input, err
	}
	r = store.Recipe{RecipeTypeID: row.RecipeTypeID, RecipeTypeRevID: row.ID}
	if over != nil {
		r.Configuration, err = e.SealConfiguration(*over, slices.Concat(rev.SecretSettings(), secret))
	}
	return r, input, err
}

// insertRecipe stores a new recipe of its own with its input and, unless it has one, its event. It still
// has to be advanced.
func (e *Engine) insertRecipe(ctx context.Context, tx *store.Tx, r *store.Recipe, input recipe.Data, user string) error {
	now := e.Now()
	if r.EventID == 0 {
		event, err := InsertEvent(ctx, tx, user, now)
		if err != nil {
			return err
		}
		r.EventID = event.ID
	}
	r.Created, r.LastModified = now, now
	if err := tx.Insert(ctx, r); err != nil {
		return err
	}
	if err := processInput(ctx, tx, r, input, now); err != nil {
		return err
	}
	return tx.Update(ctx, r)
}

// InsertEvent stores that a user asked for something; without a name the user is the
// original's Anonymous.
func InsertEvent(ctx context.Context, tx *store.Tx, user string, now store.Time) (store.Event, error) {
	if user == "" {
		user = "Anonymous"
	}
	description, err := usecase.Encode(map[string]string{"user": user})
	if err != nil {
		return store.Event{}, err
	}
	event := store.Event{Type: "USER", Description: description, Occurred: now}
	return event, tx.Insert(ctx, &event)
}

// parseConfiguration reads a configuration that came with a request; nil for none. Parse is
// that of the domain for this kind of configuration.
func parseConfiguration(prefix string, raw json.RawMessage, parse func([]byte) (recipe.Configuration, recipe.Problems)) (*recipe.Configuration, error) {
	if !usecase.Given(raw) || usecase.IsEmptyObject(raw) {
		return nil, nil //nolint:nilnil // no configuration is an ordinary answer
	}
	if err := usecase.CheckObject("configuration", raw); err != nil {
		return nil, err
	}
	c, ps := parse(raw)
	return &c, refusal.Of(refusal.Invalid, prefix, ps)
}

// checkFiles refuses files that do not exist or were deleted.
func checkFiles(ctx context.Context, tx *store.Tx, input recipe.Data, prefix string) error {
	ids := fileIDs(input)
	if len(ids) > maxInputFiles {
		return refusal.Errorf(refusal.TooLarge, "The input has %d files; at most %d are allowed", len(ids), maxInputFiles)
	}
	files, err := tx.FilesByID(ctx, ids)
	if err != nil {
		return err
	}
	var ps recipe.Problems
	for _, name := range usecase.SortedKeys(input.Files) {
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
	return refusal.Of(refusal.InvalidInput, prefix, ps)
}
