package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// EditKitchenRecipe creates a kitchen's recipe or writes files of one. What the kitchen
// only inherits is copied into it first. The files that mean something to orders must be
// readable (order.CheckFile); to delete a file that is not there is nothing to do.
func (d *Desk) EditKitchenRecipe(ctx context.Context, edit KitchenRecipeEdit) (store.KitchenRecipe, error) {
	var r store.KitchenRecipe
	if err := edit.check(); err != nil {
		return r, err
	}
	kind := usecase.EditedKitchenRecipe
	if edit.Create {
		kind = usecase.MadeKitchenRecipe
	}
	err := d.Once(ctx, edit.Key, kind, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		edit := edit // a try that is repeated begins anew
		k, err := lockKitchen(ctx, tx, edit.Kitchen, edit.By)
		if err != nil {
			return usecase.Made{}, err
		}
		if edit.Create {
			if edit, err = retaken(ctx, tx, k, edit); err != nil {
				return usecase.Made{}, err
			}
		}
		r, err = d.ownRecipe(ctx, tx, k, edit)
		if err != nil {
			return usecase.Made{}, err
		}
		if err := d.writeFiles(ctx, tx, &r, edit.Files); err != nil {
			return usecase.Made{}, err
		}
		return usecase.Made{ID: r.ID, Name: k.Name + "/" + r.Name}, d.checkGraphs(ctx, tx, k, edit)
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		k, err := tx.KitchenByName(ctx, edit.Kitchen)
		if err != nil {
			return refusal.Found(err)
		}
		r, err = tx.KitchenRecipe(ctx, k.ID, edit.Recipe)
		return refusal.Found(err)
	})
	return r, err
}

// retaken makes an edit of a create that finds what an earlier one has made and lost.
func retaken(ctx context.Context, tx *store.Tx, k store.Kitchen, edit KitchenRecipeEdit) (KitchenRecipeEdit, error) {
	existing, err := tx.KitchenRecipe(ctx, k.ID, edit.Recipe)
	if errors.Is(err, store.ErrNotFound) || err == nil && existing.KitchenID != k.ID {
		return edit, nil
	}
	if err != nil {
		return edit, err
	}
	lost, err := edit.Key.TakesOver(ctx, tx, usecase.MadeKitchenRecipe, existing.ID)
	edit.Create = !lost
	return edit, err
}

func (edit KitchenRecipeEdit) check() error {
	if p := order.CheckName("recipe", edit.Recipe); p != nil && edit.Create {
		return refusal.Of(refusal.Invalid, "", recipe.Problems{*p})
	}
	for _, path := range usecase.SortedKeys(edit.Files) {
		if err := workspace.CheckFilePath(path); err != nil {
			return refusal.Errorf(refusal.Invalid, "Recipe %q: %s", edit.Recipe, err)
		}
		contents := edit.Files[path]
		if contents == nil {
			continue
		}
		if len(*contents) > usecase.MaxDocument {
			return refusal.Errorf(refusal.TooLarge, "File %q has %d bytes; at most %d are allowed", path, len(*contents), usecase.MaxDocument)
		}
		if !utf8.ValidString(*contents) || strings.ContainsRune(*contents, 0) {
			return refusal.Errorf(refusal.Invalid, "File %q is no text: it has bytes that are not UTF-8, or NUL", path)
		}
		if err := refusal.Of(refusal.Invalid, path+": ", order.CheckFile(path, []byte(*contents))); err != nil {
			return err
		}
	}
	return nil
}

// ownRecipe is the recipe to write to: a new one, which may hide an inherited one, the kitchen's,
// or a copy of an inherited one.
func (d *Desk) ownRecipe(ctx context.Context, tx *store.Tx, k store.Kitchen, edit KitchenRecipeEdit) (store.KitchenRecipe, error) {
	r, err := tx.KitchenRecipe(ctx, k.ID, edit.Recipe)
	exists := err == nil
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return r, err
	case exists && edit.Create && r.KitchenID == k.ID:
		return r, refusal.Errorf(refusal.Conflict, "Kitchen %q has a recipe %q already; choose another name, or update it", k.Name, edit.Recipe)
	case !exists && !edit.Create:
		return r, refusal.Found(err)
	case exists && r.KitchenID == k.ID:
		r.LastModified = d.NowAfter(r.LastModified)
		return r, tx.Update(ctx, &r)
	}
	now := d.Now()
	own := store.KitchenRecipe{KitchenID: k.ID, Name: edit.Recipe, Created: now, LastModified: now}
	if err := tx.Insert(ctx, &own); err != nil || !exists || edit.Create {
		return own, err
	}
	files, err := tx.KitchenRecipeFiles(ctx, r.ID)
	if err != nil {
		return own, err
	}
	return own, tx.ReplaceKitchenRecipeFiles(ctx, own.ID, files)
}

const maxRecipeFiles = 100

func (d *Desk) writeFiles(ctx context.Context, tx *store.Tx, r *store.KitchenRecipe, changes map[string]*string) error {
	rows, err := tx.KitchenRecipeFiles(ctx, r.ID)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(row store.KitchenRecipeFile) bool {
		_, changed := changes[row.Path]
		return changed
	})
	for _, path := range usecase.SortedKeys(changes) {
		if contents := changes[path]; contents != nil {
			rows = append(rows, store.KitchenRecipeFile{Path: path, Contents: *contents, SHA: hashOf(*contents), LastModified: r.LastModified})
		}
	}
	if len(rows) > maxRecipeFiles {
		return refusal.Errorf(refusal.TooLarge, "Recipe %q would have %d files; at most %d are allowed", r.Name, len(rows), maxRecipeFiles)
	}
	return tx.ReplaceKitchenRecipeFiles(ctx, r.ID, rows)
}

func hashOf(contents string) string {
	sum := sha256.Sum256([]byte(contents))
	return hex.EncodeToString(sum[:])
}

// DeleteKitchenRecipe deletes a recipe that the kitchen has itself. Orders of it that
// have not ended fail at their next run, unless the kitchen inherits one of that name.
func (d *Desk) DeleteKitchenRecipe(ctx context.Context, kitchen, name string, by Actor) error {
	return d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		k, err := lockKitchen(ctx, tx, kitchen, by)
		if err != nil {
			return err
		}
		r, err := tx.KitchenRecipe(ctx, k.ID, name)
		if err != nil {
			return refusal.Found(err)
		}
		if r.KitchenID != k.ID {
			owner, err := tx.Kitchen(ctx, r.KitchenID)
			if err != nil {
				return err
			}
			return refusal.Errorf(refusal.Conflict, "Kitchen %q inherits recipe %q from kitchen %q; delete it there", kitchen, name, owner.Name)
		}
		if err := tx.DeleteKitchenRecipe(ctx, r.ID); err != nil {
			return fmt.Errorf("deleting recipe %q: %w", name, err)
		}
		return nil
	})
}
