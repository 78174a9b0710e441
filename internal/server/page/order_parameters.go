package page

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// fillParameters are the effective parameters, each with the layer that it is from. The values
// are those that the API shows to who looks.
func (d *orderView) fillParameters(ctx context.Context, v *visit, k kitchens) error {
	var list api.OrderList
	none := 0
	q := api.OrderQuery{Search: "^" + d.Order.HID + "$", ServingsCount: &none}
	if err := v.call.send(ctx, http.MethodGet, "/v2/order/status/"+url.PathEscape(d.Kitchen), "", q, &list); err != nil {
		return err
	}
	if len(list.Orders) != 1 {
		return nil
	}
	var settings struct {
		Parameters json.RawMessage `json:"parameters"`
	}
	_ = json.Unmarshal(list.Orders[0].InputSettings, &settings)
	given := valuesOf(settings.Parameters)
	d.Code = written(codeOfOrder(d.Kitchen, d.Order, list.Orders[0].InputSettings))
	layers, err := v.layersOf(ctx, k, d.Kitchen, d.Order.RecipeName, d.Order.Variation)
	if err != nil {
		return err
	}
	layers = append(layers, layer{"order", namesOf(given)})
	shown := valuesOf(list.Orders[0].EffectiveParameters)
	if len(shown) == 0 {
		shown = given
	}
	for _, g := range shown {
		p := parameter{Name: g.Name, Value: g.Value}
		var weaker []string
		for _, l := range slices.Backward(layers) {
			if !slices.Contains(l.names, g.Name) {
				continue
			}
			if p.From == "" {
				p.From = l.name
			} else {
				weaker = append(weaker, l.name)
			}
		}
		if len(weaker) > 0 {
			p.Note = "over that of " + strings.Join(weaker, ", ")
		}
		d.Parameters = append(d.Parameters, p)
	}
	return nil
}

// A layer is where variables are from, the stronger ones later.
type layer struct {
	name  string
	names []string
}

func namesOf(list []given) []string {
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = g.Name
	}
	return out
}

// layersOf are the names of the variables of a recipe, its variation and the kitchens.
func (v *visit) layersOf(ctx context.Context, known kitchens, kitchen, recipeName, variation string) ([]layer, error) {
	var out []layer
	own, err := v.page.Store.KitchenByName(ctx, kitchen)
	if err != nil {
		return nil, err
	}
	line, err := v.page.Store.KitchenLine(ctx, own.ID)
	if err != nil {
		return nil, err
	}
	variables, _ := order.ParseVariables([]byte(v.recipeFile(ctx, line, recipeName, order.VariablesFile)))
	out = append(out, layer{"recipe " + recipeName, slices.Collect(maps.Keys(variables))})
	variations, _ := order.ParseVariations([]byte(v.recipeFile(ctx, line, recipeName, order.VariationsFile)))
	for _, set := range variations.List[variation].OverrideSetting {
		out = append(out, layer{"variation " + variation, slices.Collect(maps.Keys(variations.Overrides[set]))})
	}
	for _, k := range line {
		at := slices.IndexFunc(known.list, func(one api.Kitchen) bool { return one.Name == k.Name })
		if at < 0 {
			continue // who looks may not see it
		}
		out = append(out, layer{"kitchen " + k.Name, append(namesOf(valuesOf(known.list[at].Overrides)), namesOf(valuesOf(known.list[at].SecretOverrides))...)})
	}
	return out, nil
}

// recipeFile is a file of a recipe as the last of a line of kitchens has it; empty: it has none.
func (v *visit) recipeFile(ctx context.Context, line []store.Kitchen, recipeName, path string) string {
	for _, k := range slices.Backward(line) {
		row, err := v.page.Store.KitchenRecipe(ctx, k.ID, recipeName)
		if err != nil {
			continue // it is that of a kitchen above
		}
		if file, err := v.page.Store.KitchenRecipeFile(ctx, row.ID, path); err == nil && file != nil {
			return file.Contents
		}
	}
	return "{}"
}
