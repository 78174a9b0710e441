package recipetype

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListResource returns the list resource galley_recipe_type.
func NewListResource() list.ListResource {
	return &kit.ListResource[client.RecipeTypeQuery, api.RecipeTypeListed, recipeTypeModel]{
		Name: "recipe_type", Things: "recipe types", Doc: "Recipe types, active or not.",
		Source: NewListDataSource,
		Query:  recipeTypeQuery,
		Each:   (*client.Client).EachRecipeType,
		Label:  func(t api.RecipeTypeListed) string { return kit.Titled(t.Title, t.Name) + kit.Inactive(t.IsActive) },
		Identity: func(_ context.Context, _ *client.Client, t api.RecipeTypeListed) (map[string]attr.Value, error) {
			return map[string]attr.Value{"name": types.StringValue(t.Name)}, nil
		},
		Fill: func(ctx context.Context, c *client.Client, t api.RecipeTypeListed, m *recipeTypeModel) (diag.Diagnostics, error) {
			d, err := c.RecipeType(ctx, t.Name)
			if err != nil {
				return nil, err
			}
			return m.fromAPI(d), nil
		},
	}
}
