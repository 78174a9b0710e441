package provider

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// byTexts is the identity of a thing that these names tell from others.
func byTexts[T any](names func(T) map[string]string) func(context.Context, *client.Client, T) (map[string]attr.Value, error) {
	return func(_ context.Context, _ *client.Client, v T) (map[string]attr.Value, error) {
		out := map[string]attr.Value{}
		for name, text := range names(v) {
			out[name] = types.StringValue(text)
		}
		return out, nil
	}
}

// NewKitchenListResource returns the list resource galley_kitchen.
func NewKitchenListResource() list.ListResource {
	return &listResource[kitchenFilter, api.Kitchen, kitchenModel]{
		name: "kitchen", things: "kitchens", doc: "Kitchens, by name.",
		source: NewKitchensDataSource,
		query:  func(f *filterValues) kitchenFilter { return kitchenFilter{f.texts("parent"), f.limit()} },
		each: func(c *client.Client, ctx context.Context, q kitchenFilter) iter.Seq2[api.Kitchen, error] {
			return func(push func(api.Kitchen, error) bool) {
				all, err := c.Kitchens(ctx)
				if err != nil {
					push(api.Kitchen{}, err)
					return
				}
				for _, k := range q.choose(all) {
					if !push(k, nil) {
						return
					}
				}
			}
		},
		label:    func(k api.Kitchen) string { return k.Name },
		identity: byTexts(func(k api.Kitchen) map[string]string { return map[string]string{"name": k.Name} }),
		fill: func(ctx context.Context, c *client.Client, k api.Kitchen, m *kitchenModel) (diag.Diagnostics, error) {
			k, err := c.Kitchen(ctx, k.Name)
			if err == nil {
				*m, err = m.fromAPI(k)
			}
			return nil, err
		},
	}
}

// NewKitchenRecipeListResource returns the list resource galley_kitchen_recipe. A recipe
// is shown in each kitchen that has it, inherited or not: the API does not tell.
func NewKitchenRecipeListResource() list.ListResource {
	return &listResource[string, offerKey, kitchenRecipeModel]{
		name: "kitchen_recipe", things: "recipes of kitchens",
		doc: "Recipes of kitchens. One that a kitchen has from one above is shown for both: the API does not tell them apart, and an " +
			"inherited one becomes the kitchen's own with the first change.",
		source: func() datasource.DataSource {
			return &listDataSource[string, offerKey, offerKey]{
				filters: map[string]schema.Attribute{"kitchen": textFilter("Of this kitchen. Left out: of all kitchens.")},
			}
		},
		query: func(f *filterValues) string { return f.text("kitchen") },
		each: func(c *client.Client, ctx context.Context, kitchen string) iter.Seq2[offerKey, error] {
			return func(push func(offerKey, error) bool) {
				kitchens, err := kitchensOf(c, ctx, kitchen)
				for _, kitchen := range kitchens {
					var names []string
					if names, err = c.KitchenRecipeNames(ctx, kitchen); err != nil {
						break
					}
					for _, name := range names {
						if !push(offerKey{kitchen, name}, nil) {
							return
						}
					}
				}
				if err != nil {
					push(offerKey{}, err)
				}
			}
		},
		label:    func(k offerKey) string { return k.kitchen + "/" + k.recipe },
		identity: byTexts(func(k offerKey) map[string]string { return map[string]string{"kitchen": k.kitchen, "name": k.recipe} }),
		fill: func(ctx context.Context, c *client.Client, k offerKey, m *kitchenRecipeModel) (diag.Diagnostics, error) {
			var diags diag.Diagnostics
			files, err := c.KitchenRecipeFiles(ctx, k.kitchen, k.recipe)
			m.Kitchen, m.Name = types.StringValue(k.kitchen), types.StringValue(k.recipe)
			if err == nil {
				m.fromFiles(files, &diags)
			}
			return diags, err
		},
	}
}

// NewOrderListResource returns the list resource galley_order.
func NewOrderListResource() list.ListResource {
	return &listResource[ordersOfKitchen, orderLook, orderModel]{
		name: "order", things: "orders", doc: "Orders, the newest of each kitchen first.",
		source:  NewOrdersDataSource,
		without: []string{"hours"},
		query:   orderFilters,
		each:    eachOrder,
		label: func(l orderLook) string {
			return l.kitchen + "/" + l.order.Recipe + "/" + l.order.Variation + " " + l.order.HID + ": " + l.order.Status
		},
		identity: byTexts(func(l orderLook) map[string]string { return map[string]string{"kitchen": l.kitchen, "id": l.order.HID} }),
		fill: func(_ context.Context, _ *client.Client, l orderLook, m *orderModel) (diag.Diagnostics, error) {
			m.Kitchen = types.StringValue(l.kitchen)
			return m.fromAPI(l.order, l.run), nil
		},
	}
}
