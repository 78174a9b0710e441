package dkapi

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// kitchenView is a kitchen's record. The members that only its clients know stand beside
// ours; those of the settings are kept under "settings".
func (d *Dialect) kitchenView(ctx context.Context, r *Request, row store.Kitchen) (api.Kitchen, error) {
	out := api.Kitchen{HID: row.HID, Name: row.Name, Description: row.Description, Creator: row.Creator,
		Created: row.Created.UnixMilli(), Staff: []string{}, Roles: map[string]string{},
		Extra: members(row.Extra)}
	open, secret, err := d.Orders.Overrides(row)
	if err != nil {
		return out, err
	}
	if err := d.hideSecrets(ctx, r); err != nil {
		return out, err
	}
	out.Overrides = r.overrides(open)
	if !usecase.IsEmptyObject(secret) {
		vs, _ := order.ParseParameters(secret)
		if out.SecretOverrides, err = encode(vs.Masked(usecase.SortedKeys(vs))); err != nil {
			return out, err
		}
	}
	if out.Parent, err = d.parentName(ctx, row); err != nil {
		return out, err
	}
	if out.Recipes, err = d.recipeNames(ctx, row.ID); err != nil {
		return out, err
	}
	out.Settings.Extra = members(out.Extra["settings"])
	delete(out.Extra, "settings")
	for into, raw := range map[any]store.JSON{&out.Staff: row.Staff, &out.Roles: row.Roles, &out.Settings.Alerts: row.Alerts} {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return out, fmt.Errorf("reading kitchen %d: %w", row.ID, err)
		}
	}
	r.alerts(out.Settings.Alerts)
	return out, nil
}

func (d *Dialect) parentName(ctx context.Context, row store.Kitchen) (string, error) {
	if row.ParentID == nil {
		return "", nil
	}
	parent, err := d.Store.Kitchen(ctx, *row.ParentID)
	return parent.Name, err
}

// members are the members of a stored object; empty if there is none.
func members(raw json.RawMessage) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &out) // we wrote it
	}
	return out
}

// objectOr is a stored object, {} if there is none.
func objectOr(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || string(raw) == "null" {
		return json.RawMessage(`{}`)
	}
	return raw
}
