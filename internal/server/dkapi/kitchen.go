package dkapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Kitchens: contract 1.3.

// hidden is the kitchens that the sender may not see, by id.
func (d *Dialect) hidden(ctx context.Context, r *Request) ([]int64, error) {
	if !d.StaffOnly {
		return nil, nil
	}
	return d.Orders.ClosedTo(ctx, r.by())
}

// checkSees answers a kitchen that the sender may not see as if it were not there.
func (d *Dialect) checkSees(ctx context.Context, r *Request, name string) error {
	hidden, err := d.hidden(ctx, r)
	if err != nil || len(hidden) == 0 || name == "" {
		return err
	}
	row, err := d.Store.KitchenByName(ctx, name)
	if err == nil && slices.Contains(hidden, row.ID) {
		return notExist("kitchen %q", name)
	}
	return err
}

func (d *Dialect) listKitchens(ctx context.Context, r *Request) (*Answer, error) {
	rows, err := d.Store.Kitchens(ctx)
	if err != nil {
		return nil, err
	}
	hidden, err := d.hidden(ctx, r)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(k store.Kitchen) bool { return slices.Contains(hidden, k.ID) })
	out := api.Kitchens{Kitchens: make([]api.Kitchen, len(rows))}
	for i, row := range rows {
		if out.Kitchens[i], err = d.kitchenView(ctx, r, row); err != nil {
			return nil, err
		}
	}
	return ok(out)
}

func (d *Dialect) getKitchen(ctx context.Context, r *Request) (*Answer, error) {
	row, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	if err != nil {
		return nil, err
	}
	return d.kitchenAnswer(ctx, r, row)
}

// getKitchenSettings is the bare record.
func (d *Dialect) getKitchenSettings(ctx context.Context, r *Request) (*Answer, error) {
	row, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	if err != nil {
		return nil, err
	}
	k, err := d.kitchenView(ctx, r, row)
	return &Answer{Body: k, LastModified: &row.LastModified}, err
}

func (d *Dialect) kitchenAnswer(ctx context.Context, r *Request, row store.Kitchen) (*Answer, error) {
	k, err := d.kitchenView(ctx, r, row)
	return &Answer{Body: api.KitchenDetail{Kitchen: k}, LastModified: &row.LastModified}, err
}

func (d *Dialect) createKitchen(ctx context.Context, r *Request) (*Answer, error) {
	var body api.KitchenCreate
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	spec := orders.KitchenSpec{Name: r.Path("kitchen"), Parent: r.Path("parent"), Description: body.Description,
		By: r.by(), Key: r.Key}
	if spec.Parent == none {
		spec.Parent = ""
	}
	row, err := d.Orders.CreateKitchen(ctx, spec)
	if err != nil {
		return nil, err
	}
	a, err := d.kitchenAnswer(ctx, r, row)
	if err != nil {
		return nil, err
	}
	a.Replayed = r.replayed()
	return a, nil
}

// replayed reports whether a create only found what an earlier request with its key made.
func (r *Request) replayed() bool { return r.Key != nil && r.Key.Replayed }

func (d *Dialect) deleteKitchen(ctx context.Context, r *Request) (*Answer, error) {
	if err := d.Orders.DeleteKitchen(ctx, r.Path("kitchen"), r.by()); err != nil {
		return nil, err
	}
	return done()
}

func done() (*Answer, error) { return ok(api.Done{Status: "success"}) }

func (d *Dialect) listKitchenRecipes(ctx context.Context, r *Request) (*Answer, error) {
	row, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	if err != nil {
		return nil, err
	}
	names, err := d.recipeNames(ctx, row.ID)
	return &Answer{Body: api.KitchenRecipeNames{Recipes: names}}, err
}

func (d *Dialect) recipeNames(ctx context.Context, kitchenID int64) ([]string, error) {
	rows, err := d.Store.KitchenRecipes(ctx, kitchenID)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Name
	}
	return names, nil
}

// updateKitchen takes a whole record. Members that are absent stay as they are.
func (d *Dialect) updateKitchen(ctx context.Context, r *Request) (*Answer, error) {
	record, isObject := r.Body["kitchen.json"].(map[string]any)
	if !isObject {
		return nil, refusef(http.StatusBadRequest, `The member "kitchen.json" is missing or wrong: expected the record of the kitchen.`)
	}
	row, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	if err != nil {
		return nil, err
	}
	edit, err := d.kitchenEdit(ctx, row, record)
	if err != nil {
		return nil, err
	}
	edit.By, edit.IfMatch = r.by(), r.IfMatch
	if row, err = d.Orders.EditKitchen(ctx, row.Name, edit); err != nil {
		return nil, err
	}
	return d.kitchenAnswer(ctx, r, row)
}

// serversOwn are the members that an update cannot change.
func serversOwn() []string { return []string{"_hid", "recipes", "creator_user", "created_time"} }

// kitchenEdit is what a record changes of a kitchen.
func (d *Dialect) kitchenEdit(ctx context.Context, row store.Kitchen, record map[string]any) (orders.KitchenEdit, error) {
	var edit orders.KitchenEdit
	parent, err := d.parentName(ctx, row)
	if err != nil {
		return edit, err
	}
	extra := map[string]any{}
	if settings, isObject := members(row.Extra)["settings"]; isObject {
		extra["settings"] = settings // stays unless the record has its own
	}
	for name, value := range record {
		switch name {
		case "name", "parent-kitchen":
			is := map[string]string{"name": row.Name, "parent-kitchen": parent}[name]
			if text, isText := value.(string); value != nil && (!isText || text != is) {
				return edit, refusef(http.StatusBadRequest, "The member %q is %v, but this kitchen's is %q: a kitchen is neither renamed nor moved. "+
					"Create another one.", name, value, is)
			}
		case "description":
			text, isText := value.(string)
			if value != nil && !isText {
				return edit, refusef(http.StatusBadRequest, "The member %q is wrong: expected a string.", name)
			}
			edit.Description = &text
		case "kitchen-staff":
			edit.Staff, err = encode(orEmpty(value, []any{}))
		case "kitchen-roles":
			edit.Roles, err = encode(orEmpty(value, map[string]any{}))
		case "recipeoverrides":
			edit.Overrides, err = overridesOf(value)
		case "secretoverrides":
			edit.SecretOverrides, err = encode(orEmpty(value, map[string]any{}))
		case "settings":
			err = editSettings(&edit, extra, value)
		default:
			if !slices.Contains(serversOwn(), name) {
				extra[name] = value
			}
		}
		if err != nil {
			return edit, err
		}
	}
	edit.Extra, err = encode(extra)
	return edit, err
}

// editSettings takes the alerts out of the settings and keeps the rest.
func editSettings(edit *orders.KitchenEdit, extra map[string]any, value any) error {
	settings, isObject := orEmpty(value, map[string]any{}).(map[string]any)
	if !isObject {
		return refusef(http.StatusBadRequest, `The member "settings" is wrong: expected an object.`)
	}
	others := map[string]any{}
	for name, v := range settings {
		if name != "alerts" {
			others[name] = v
			continue
		}
		var err error
		if edit.Alerts, err = encode(orEmpty(v, map[string]any{})); err != nil {
			return err
		}
	}
	if delete(extra, "settings"); len(others) > 0 {
		extra["settings"] = others
	}
	return nil
}

// overridesOf are the overrides as an object by name, also from the list of 2016.
func overridesOf(value any) (json.RawMessage, error) {
	list, isList := value.([]any)
	if !isList {
		return encode(orEmpty(value, map[string]any{}))
	}
	out := map[string]any{}
	for i, item := range list {
		o, _ := item.(map[string]any)
		name, isText := o["variable"].(string)
		if !isText {
			return nil, refusef(http.StatusBadRequest, `The member "recipeoverrides" is wrong: entry %d has no "variable".`, i)
		}
		out[name] = o["value"]
	}
	return encode(out)
}

func orEmpty(value, empty any) any {
	if value == nil {
		return empty
	}
	return value
}
