package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// Bounds of kitchens.
const (
	maxKitchenDepth = 20   // kitchens inside each other
	maxStaff        = 1000 // names on a staff list, roles, or destinations of one event
)

// CreateKitchen makes a kitchen, whose Admin is who asks for it. Its name differs from that of every other one; the
// parent's staff list, if it has one, says who may.
func (d *Desk) CreateKitchen(ctx context.Context, spec KitchenSpec) (store.Kitchen, error) {
	var k store.Kitchen
	if p := order.CheckName("kitchen", spec.Name); p != nil {
		return k, refusal.Of(refusal.Invalid, "", recipe.Problems{*p})
	}
	roles, err := usecase.Encode(map[string]string{spec.By.Name: order.KitchenAdmin})
	if err != nil {
		return k, err
	}
	err = d.Once(ctx, spec.Key, usecase.MadeKitchen, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		now := d.Now()
		k = store.Kitchen{
			HID: newHID(), Name: spec.Name, Description: spec.Description, Creator: spec.By.Name,
			Overrides: store.JSON("{}"), SecretOverrides: store.JSON("{}"), Staff: store.JSON("[]"), Roles: roles, Alerts: store.JSON("{}"), Extra: store.JSON("{}"),
			Created: now, LastModified: now,
		}
		if spec.Parent != "" {
			parent, err := tx.KitchenByName(ctx, spec.Parent)
			if err != nil {
				return usecase.Made{}, refusal.Found(err)
			}
			if parent, err = tx.LockKitchen(ctx, parent.ID); err != nil {
				return usecase.Made{}, refusal.Found(err)
			}
			if err := spec.By.mayChange(parent); err != nil {
				return usecase.Made{}, err
			}
			line, err := tx.KitchenLine(ctx, parent.ID)
			if err != nil {
				return usecase.Made{}, err
			}
			if len(line) >= maxKitchenDepth {
				return usecase.Made{}, refusal.Errorf(refusal.TooLarge, "Kitchen %q is %d levels deep; at most %d are allowed", parent.Name, len(line), maxKitchenDepth)
			}
			k.ParentID = &parent.ID
		}
		switch existing, err := tx.KitchenByName(ctx, spec.Name); {
		case err == nil:
			if !sameParent(existing.ParentID, k.ParentID) {
				return usecase.Made{}, nameTaken(spec.Name)
			}
			if lost, err := spec.Key.TakesOver(ctx, tx, usecase.MadeKitchen, existing.ID); err != nil || !lost {
				return usecase.Made{}, errors.Join(err, nameTaken(spec.Name))
			}
			k = existing
			return usecase.Made{ID: k.ID, Name: k.Name}, nil
		case !errors.Is(err, store.ErrNotFound):
			return usecase.Made{}, err
		}
		err := tx.Insert(ctx, &k)
		return usecase.Made{ID: k.ID, Name: k.Name}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		k, err = tx.Kitchen(ctx, key.ObjectID)
		return err
	})
	if store.IsUniqueViolation(err) {
		return k, nameTaken(spec.Name)
	}
	return k, err
}

func sameParent(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

func nameTaken(name string) error {
	return refusal.Errorf(refusal.Conflict, "There is a kitchen %q already; choose another name", name)
}

// EditKitchen changes a kitchen.
func (d *Desk) EditKitchen(ctx context.Context, name string, edit KitchenEdit) (store.Kitchen, error) {
	var k store.Kitchen
	alerts, err := edit.check()
	if err != nil {
		return k, err
	}
	err = d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if k, err = lockKitchen(ctx, tx, name, edit.By); err != nil {
			return err
		}
		if err := edit.IfMatch.Check(k.LastModified, "kitchen"); err != nil {
			return err
		}
		usecase.Set(&k.Description, edit.Description)
		if err := d.override(&k, edit); err != nil {
			return err
		}
		for _, m := range []struct {
			dst *store.JSON
			raw json.RawMessage
		}{{&k.Staff, edit.Staff}, {&k.Roles, edit.Roles}, {&k.Alerts, alerts}, {&k.Extra, edit.Extra}} {
			if usecase.Given(m.raw) {
				*m.dst = m.raw
			}
		}
		k.LastModified = d.NowAfter(k.LastModified)
		return tx.Update(ctx, &k)
	})
	return k, err
}

// check reads the documents of an edit; it returns the alerts as they are stored.
func (edit KitchenEdit) check() (store.JSON, error) {
	for name, raw := range map[string]json.RawMessage{"recipeoverrides": edit.Overrides, "secretoverrides": edit.SecretOverrides} {
		overrides, ps := order.ParseParameters(raw)
		if err := refusal.Of(refusal.Invalid, name+": ", ps); err != nil {
			return nil, err
		}
		if len(raw) > usecase.MaxDocument {
			return nil, refusal.Errorf(refusal.TooLarge, "%s has %d bytes with %d variables; at most %d bytes are allowed", name, len(raw), len(overrides), usecase.MaxDocument)
		}
	}
	var staff []string
	if err := readMember("kitchen-staff", "an array of user names", edit.Staff, &staff); err != nil {
		return nil, err
	}
	var roles map[string]string
	if err := readMember("kitchen-roles", "an object of roles by user", edit.Roles, &roles); err != nil {
		return nil, err
	}
	for _, user := range usecase.SortedKeys(roles) {
		if err := order.CheckRole(roles[user]); err != nil {
			return nil, refusal.Errorf(refusal.Invalid, "kitchen-roles: role of %q: %s", recipe.Shorten(user), err)
		}
	}
	var extra map[string]json.RawMessage
	if err := readMember("the kitchen's record", "an object", edit.Extra, &extra); err != nil {
		return nil, err
	}
	if len(staff) > maxStaff || len(roles) > maxStaff {
		return nil, refusal.Errorf(refusal.TooLarge, "kitchen-staff has %d and kitchen-roles %d users; at most %d are allowed", len(staff), len(roles), maxStaff)
	}
	return readAlerts(edit.Alerts)
}

func readMember(name, expected string, raw json.RawMessage, dst any) error {
	if !usecase.Given(raw) {
		return nil
	}
	if len(raw) > usecase.MaxDocument {
		return refusal.Errorf(refusal.TooLarge, "%s has %d bytes; at most %d are allowed", name, len(raw), usecase.MaxDocument)
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		return refusal.Errorf(refusal.Invalid, "%s: expected %s", name, expected)
	}
	return nil
}

// readAlerts checks the destinations of alerts; events without any are left out.
func readAlerts(raw json.RawMessage) (store.JSON, error) {
	var lists map[order.Event][]string
	if err := readMember("settings.alerts", "an object of lists of destinations by event", raw, &lists); err != nil || lists == nil {
		return nil, err
	}
	for _, event := range slices.Sorted(maps.Keys(lists)) {
		list := lists[event]
		switch {
		case !slices.Contains(order.Events(), event):
			return nil, refusal.Errorf(refusal.Invalid, "settings.alerts: there is no event %q; expected one of %q", recipe.Shorten(string(event)), order.Events())
		case len(list) > maxStaff:
			return nil, refusal.Errorf(refusal.TooLarge, "settings.alerts.%s has %d destinations; at most %d are allowed", event, len(list), maxStaff)
		case len(list) == 0:
			delete(lists, event)
		}
		for i, text := range list {
			if p := order.CheckDestination(text); p != nil {
				return nil, refusal.Errorf(refusal.Invalid, "settings.alerts.%s.%d: %s", event, i, p.Message)
			}
		}
	}
	return usecase.Encode(lists)
}

// DeleteKitchen deletes a kitchen, its recipes and the records of its orders. One with
// children, or with orders that are not ended, is a Conflict.
func (d *Desk) DeleteKitchen(ctx context.Context, name string, by Actor) error {
	return d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		k, err := lockKitchen(ctx, tx, name, by)
		if err != nil {
			return err
		}
		children, err := tx.KitchenChildren(ctx, k.ID)
		if err != nil {
			return err
		}
		if len(children) > 0 {
			return refusal.Errorf(refusal.Conflict, "Kitchen %q has the child %q and %d more; delete them first", name, children[0].Name, len(children)-1)
		}
		_, n, err := tx.RecipeOrders(ctx, store.RecipeOrderFilter{
			KitchenIDs: []int64{k.ID}, Statuses: []string{string(order.Active), string(order.Paused)}, Paging: store.Paging{PageSize: 1},
		})
		if err != nil {
			return err
		}
		if n > 0 {
			return refusal.Errorf(refusal.Conflict, "Kitchen %q has %d orders that have not ended; stop them first", name, n)
		}
		if _, n, err = openRuns(ctx, tx, store.OrderRunFilter{KitchenIDs: []int64{k.ID}}); err != nil {
			return err
		}
		if n > 0 { // one that was resumed after its order had ended
			return refusal.Errorf(refusal.Conflict, "Kitchen %q has %d runs that go on; stop them first", name, n)
		}
		return tx.DeleteKitchen(ctx, k.ID)
	})
}

// lockKitchen locks a kitchen for who may change it.
func lockKitchen(ctx context.Context, tx *store.Tx, name string, by Actor) (store.Kitchen, error) {
	k, err := tx.KitchenByName(ctx, name)
	if err != nil {
		return k, refusal.Found(err)
	}
	if k, err = tx.LockKitchen(ctx, k.ID); err != nil {
		return k, refusal.Found(err)
	}
	return k, by.mayChange(k)
}

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
		return usecase.Made{ID: r.ID, Name: k.Name + "/" + r.Name}, d.writeFiles(ctx, tx, &r, edit.Files)
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

// ownRecipe is the recipe to write to: a new one, the kitchen's, or a copy of an inherited one.
func (d *Desk) ownRecipe(ctx context.Context, tx *store.Tx, k store.Kitchen, edit KitchenRecipeEdit) (store.KitchenRecipe, error) {
	r, err := tx.KitchenRecipe(ctx, k.ID, edit.Recipe)
	exists := err == nil
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return r, err
	case exists && edit.Create:
		return r, refusal.Errorf(refusal.Conflict, "Kitchen %q has a recipe %q already, or inherits one; choose another name, or update it", k.Name, edit.Recipe)
	case !exists && !edit.Create:
		return r, refusal.Found(err)
	case exists && r.KitchenID == k.ID:
		r.LastModified = d.NowAfter(r.LastModified)
		return r, tx.Update(ctx, &r)
	}
	now := d.Now()
	own := store.KitchenRecipe{KitchenID: k.ID, Name: edit.Recipe, Created: now, LastModified: now}
	if err := tx.Insert(ctx, &own); err != nil || !exists {
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
