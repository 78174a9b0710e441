package order

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// kitchenFilter is the request of galley_kitchens. The API has no filters: the list is
// read whole.
type kitchenFilter struct {
	parents []string
	limit   int
}

// NewKitchensDataSource returns the data source galley_kitchens (contract
// datakitchen-v2, 1.3 kitchen/list).
func NewKitchensDataSource() datasource.DataSource {
	return &kit.ListDataSource[kitchenFilter, api.Kitchen, kitchenResult]{
		Name:    "kitchens",
		Things:  "kitchens",
		Doc:     "Kitchens, by name.",
		Filters: map[string]schema.Attribute{"parent": kit.TextsFilter("Directly below one of the kitchens with these names; `\"\"`: roots.")},
		Results: map[string]schema.Attribute{
			"id":             kit.ComputedText("Id of the kitchen."),
			"name":           kit.ComputedText("Name."),
			"parent":         kit.ComputedText("Name of the kitchen above; null for a root."),
			"description":    kit.ComputedText("Description."),
			"overrides_json": kit.SensitiveText("Its own overrides, as JSON text of an object, without those that nobody is shown."),
			"staff":          schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Names of the users who may use it; empty: everybody."},
			"roles":          schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Role by name of the user."},
			"recipes":        schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Names of its recipes, inherited ones too."},
			"creator":        kit.ComputedText("Name of the user who has created it."),
			"created":        kit.ComputedText("When it was created (RFC 3339)."),
		},
		Query:  kitchenQuery,
		List:   listKitchens,
		Result: newKitchenResult,
	}
}

func kitchenQuery(f *kit.Filters) kitchenFilter { return kitchenFilter{f.Texts("parent"), f.Limit()} }

func listKitchens(c *client.Client, ctx context.Context, q kitchenFilter) ([]api.Kitchen, error) {
	all, err := c.Kitchens(ctx)
	return q.choose(all), err
}

// choose are the kitchens that the filter lets through, up to its limit.
func (q kitchenFilter) choose(all []api.Kitchen) []api.Kitchen {
	var out []api.Kitchen
	for _, k := range all {
		if len(q.parents) == 0 || slices.Contains(q.parents, k.Parent) {
			out = append(out, k)
		}
	}
	if q.limit > 0 && len(out) > q.limit {
		out = out[:q.limit]
	}
	return out
}

// kitchenResult is a kitchen in a list.
type kitchenResult struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Parent      types.String `tfsdk:"parent"`
	Description types.String `tfsdk:"description"`
	Overrides   types.String `tfsdk:"overrides_json"`
	Staff       types.Set    `tfsdk:"staff"`
	Roles       types.Map    `tfsdk:"roles"`
	Recipes     types.List   `tfsdk:"recipes"`
	Creator     types.String `tfsdk:"creator"`
	Created     types.String `tfsdk:"created"`
}

func newKitchenResult(k api.Kitchen) kitchenResult {
	recipes := textSet(k.Recipes)
	return kitchenResult{
		ID: types.StringValue(k.HID), Name: types.StringValue(k.Name), Parent: value.TextOrNull(k.Parent),
		Description: types.StringValue(k.Description), Overrides: types.StringValue(string(k.Overrides)),
		Staff: textSet(k.Staff), Roles: value.TextMap(k.Roles), Recipes: types.ListValueMust(types.StringType, recipes.Elements()),
		Creator: types.StringValue(k.Creator), Created: instantText(k.Created),
	}
}
