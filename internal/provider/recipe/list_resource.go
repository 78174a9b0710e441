package recipe

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListResource returns the list resource galley_recipe. A recipe that was
// superseded or is inside of another one is part of a resource, not one of its own.
func NewListResource() list.ListResource {
	return &kit.ListResource[client.RecipeQuery, api.Recipe, recipeModel]{
		Name: "recipe", Things: "recipes",
		Doc: "Recipes that no reprocess has superseded. Sub-recipes are not among them: they belong to the recipes that " +
			"contain them.",
		Source:  NewListDataSource,
		Without: []string{"is_superseded"},
		Query: func(f *kit.Filters) client.RecipeQuery {
			q := recipeQuery(f)
			q.IsSuperseded = new(false)
			return q
		},
		Each: (*client.Client).EachRecipe,
		Keep: func(r api.Recipe) bool { return r.Recipe == nil && !r.IsSuperseded },
		Label: func(r api.Recipe) string {
			return fmt.Sprintf("%s %d: %s, %s", kit.Titled(r.RecipeType.Title, r.RecipeType.Name), r.ID,
				kit.RunStatus(r.IsCompleted, r.RecipeCounts), r.Created.Format("2006-01-02 15:04"))
		},
		Identity: func(ctx context.Context, c *client.Client, r api.Recipe) (map[string]attr.Value, error) {
			root := r.ID
			if r.SupersededRecipe != nil { // the list does not say where the chain begins
				d, err := c.Recipe(ctx, r.ID)
				if err != nil {
					return nil, err
				}
				root = d.RootRecipe.ID
			}
			return map[string]attr.Value{"id": types.Int64Value(root)}, nil
		},
		Fill: func(ctx context.Context, c *client.Client, r api.Recipe, m *recipeModel) (diag.Diagnostics, error) {
			d, passed, err := kit.FollowChain(ctx, c, r.ID)
			if err != nil {
				return nil, err
			}
			m.refreshChain(ctx, c, d, passed)
			diags := m.fromAPI(d, c.Endpoint())
			m.tellFailure(ctx, c, d)
			return diags, nil
		},
	}
}
