package orders

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Bounds of kitchens.
const (
	maxKitchenDepth = 20   // kitchens inside each other
	maxStaff        = 1000 // names on a staff list, or roles
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
		case len(list) > order.MaxDestinations:
			return nil, refusal.Errorf(refusal.TooLarge, "settings.alerts.%s has %d destinations; at most %d are allowed", event, len(list), order.MaxDestinations)
		case len(list) == 0:
			delete(lists, event)
		}
		for i, text := range list {
			to, p := order.ReadDestination(text)
			if p == nil {
				p = to.Format.CheckEvent(text, event)
			}
			if p != nil {
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
