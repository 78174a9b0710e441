package kit

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// TimeOrNull is null for an absent time.
func TimeOrNull(t *api.Time) types.String {
	if t == nil {
		return types.StringNull()
	}
	return types.StringValue(t.String())
}

// NamesOf are the names of recipe types, in their order.
func NamesOf(recipeTypes []api.RecipeType) []string {
	names := make([]string, 0, len(recipeTypes))
	for _, t := range recipeTypes {
		names = append(names, t.Name)
	}
	return names
}

// IDOf is null for an absent reference.
func IDOf(r *api.Ref) types.Int64 {
	if r == nil {
		return types.Int64Null()
	}
	return types.Int64Value(r.ID)
}

// BatchIDOf is null for what belongs to no batch.
func BatchIDOf(b *api.BatchBase) types.Int64 {
	if b == nil {
		return types.Int64Null()
	}
	return types.Int64Value(b.ID)
}
