package value

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// CheckRevision refuses a revision of a recipe type below 1, of which none exists. 0 beside a
// name that mock_provider of terraform test has made up passes: the plan of a real provider
// looks again.
func CheckRevision(recipeType types.String, revision types.Int64, diags *diag.Diagnostics) {
	n := revision.ValueInt64()
	if revision.IsNull() || revision.IsUnknown() || n >= 1 || n == 0 && recipe.IsMock(recipeType.ValueString()) {
		return
	}
	diags.AddAttributeError(path.Root("recipe_type_revision"), "Invalid revision",
		fmt.Sprintf("Attribute recipe_type_revision value must be at least 1, got: %d. Leave it out for the latest one.", n))
}
