package order

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewKitchenListResource returns the list resource galley_kitchen.
func NewKitchenListResource() list.ListResource {
	return &kit.ListResource[kitchenFilter, api.Kitchen, kitchenModel]{
		Name: "kitchen", Things: "kitchens", Doc: "Kitchens, by name.",
		Source: NewKitchensDataSource,
		Query:  kitchenQuery,
		Each:   eachKitchen,
		Label:  func(k api.Kitchen) string { return k.Name },
		Identity: func(_ context.Context, _ *client.Client, k api.Kitchen) (map[string]attr.Value, error) {
			return map[string]attr.Value{"name": types.StringValue(k.Name)}, nil
		},
		Fill: func(_ context.Context, _ *client.Client, k api.Kitchen, m *kitchenModel) (_ diag.Diagnostics, err error) {
			*m, err = m.fromAPI(k)
			return nil, err
		},
	}
}

// eachKitchen gives the kitchens, which the API lists whole.
func eachKitchen(c *client.Client, ctx context.Context, f kitchenFilter) iter.Seq2[api.Kitchen, error] {
	return func(yield func(api.Kitchen, error) bool) {
		all, err := listKitchens(c, ctx, f)
		if err != nil {
			yield(api.Kitchen{}, err)
			return
		}
		for _, k := range all {
			if !yield(k, nil) {
				return
			}
		}
	}
}

// NewKitchenRecipeListResource returns the list resource galley_kitchen_recipe.
func NewKitchenRecipeListResource() list.ListResource {
	return &kit.ListResource[string, kitchenRecipe, kitchenRecipeModel]{
		Name: "kitchen_recipe", Things: "recipes of a kitchen",
		Doc: "Recipes of a kitchen, by name. A recipe with the same files as in the kitchen above is left out: it is inherited. Of a kitchen " +
			"that does not exist there are none.",
		Own: map[string]schema.Attribute{"kitchen": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Name of the kitchen.",
		}},
		Query: func(f *kit.Filters) string { return f.Text("kitchen") },
		Each:  eachKitchenRecipe,
		Label: func(r kitchenRecipe) string { return r.kitchen + ": " + r.name },
		Identity: func(_ context.Context, _ *client.Client, r kitchenRecipe) (map[string]attr.Value, error) {
			return map[string]attr.Value{"kitchen": types.StringValue(r.kitchen), "name": types.StringValue(r.name)}, nil
		},
		Fill: func(ctx context.Context, c *client.Client, r kitchenRecipe, m *kitchenRecipeModel) (diag.Diagnostics, error) {
			var diags diag.Diagnostics
			files, err := c.KitchenRecipeFiles(ctx, r.kitchen, r.name)
			if err == nil {
				m.Kitchen, m.Name = types.StringValue(r.kitchen), types.StringValue(r.name)
				m.fromFiles(files, &diags)
			}
			return diags, err
		},
	}
}

// kitchenRecipe is a recipe that a kitchen has of its own.
type kitchenRecipe struct{ kitchen, name string }

// eachKitchenRecipe gives the recipes of a kitchen but those that it inherits. The API
// does not tell them apart: what has the same files in the kitchen above is inherited.
func eachKitchenRecipe(c *client.Client, ctx context.Context, kitchen string) iter.Seq2[kitchenRecipe, error] {
	return func(yield func(kitchenRecipe, error) bool) {
		names, above, err := recipeNames(ctx, c, kitchen)
		if err != nil {
			yield(kitchenRecipe{}, err)
			return
		}
		for _, name := range names {
			inherited := false
			if slices.Contains(above.Recipes, name) {
				inherited, err = sameRecipe(ctx, c, name, kitchen, above.Name)
			}
			if !inherited && !yield(kitchenRecipe{kitchen, name}, err) {
				return
			}
		}
	}
}

// recipeNames are those of all recipes of a kitchen, with the kitchen above, which is
// zero for a root.
func recipeNames(ctx context.Context, c *client.Client, kitchen string) (names []string, above api.Kitchen, err error) {
	k, err := c.Kitchen(ctx, kitchen)
	if err == nil && k.Parent != "" {
		above.Name = k.Parent
		above.Recipes, err = c.KitchenRecipeNames(ctx, k.Parent)
	}
	if err == nil {
		names, err = c.KitchenRecipeNames(ctx, kitchen)
	}
	return names, above, err
}

// sameRecipe tells whether a recipe has the same files in two kitchens.
func sameRecipe(ctx context.Context, c *client.Client, name, kitchen, other string) (bool, error) {
	here, err := c.KitchenRecipeFiles(ctx, kitchen, name)
	if err != nil {
		return false, err
	}
	there, err := c.KitchenRecipeFiles(ctx, other, name)
	return err == nil && maps.Equal(here, there), err
}

// NewListResource returns the list resource galley_order.
func NewListResource() list.ListResource {
	return &kit.ListResource[ordersOfKitchen, orderLook, orderModel]{
		Name: "order", Things: "orders",
		Doc:    "Orders, ended ones too, the newest of each kitchen first. Of a kitchen that does not exist there are none.",
		Source: NewListDataSource,
		Query:  orderQuery,
		Each:   eachOrder,
		Label: func(l orderLook) string {
			return fmt.Sprintf("%s/%s/%s: %s, %s", l.kitchen, l.order.Recipe, l.order.Variation, l.order.Schedule, l.order.Status)
		},
		Identity: func(_ context.Context, _ *client.Client, l orderLook) (map[string]attr.Value, error) {
			return map[string]attr.Value{"kitchen": types.StringValue(l.kitchen), "id": types.StringValue(l.order.HID)}, nil
		},
		Fill: func(ctx context.Context, c *client.Client, l orderLook, m *orderModel) (diag.Diagnostics, error) {
			l, err := lookAtOrder(ctx, c, l.kitchen, l.order.HID) // its newest run, whatever the list was filtered by
			if err != nil {
				return nil, err
			}
			m.Kitchen = types.StringValue(l.kitchen)
			return m.fromAPI(l.order, l.run), nil
		},
	}
}
