package recipetype

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// warnOfDestroy says, in the plan, what is deactivated with m, a state, and which orders that stops.
func (r *recipeTypeResource) warnOfDestroy(ctx context.Context, m recipeTypeModel, diags *diag.Diagnostics) {
	name := m.Name.ValueString()
	diags.AddWarning("Recipe type will be deactivated, not deleted",
		fmt.Sprintf("The API has no delete: recipe type %s stays with is_active = false, and so do its recipes.%s", name, r.takesAlong(ctx, name)))
	r.Online().Report(diags)
}

// takesAlong says what a deactivation deactivates and stops, too, with a blank in front.
func (r *recipeTypeResource) takesAlong(ctx context.Context, name string) string {
	a := r.Kitchens().AffectedByRecipeType(ctx, name)
	text := a.Stops()
	if users := a.Users(); users != "" {
		text = " It takes the active recipe types that contain it along: " + users + "." + text
	}
	return text
}

// warnOfEdit says, in the plan of an update, what goes beyond the recipe type itself: those that
// get its new revision, and those that it takes along.
func (r *recipeTypeResource) warnOfEdit(ctx context.Context, planned, prior recipeTypeModel, changes bool, diags *diag.Diagnostics) {
	name := prior.Name.ValueString()
	if planned.isInactive() && !prior.isInactive() {
		if along := r.takesAlong(ctx, name); along != "" {
			diags.AddWarning("Recipe type "+name+" will be deactivated", strings.TrimSpace(along))
		}
	}
	if changes && planned.AutoUpdate.ValueBool() {
		raised, kept := r.Kitchens().Raised(ctx, r.Origins(), r.Kitchens().UsersOfRecipeType(ctx, name))
		if text := plan.RaisedText("recipe type "+name, raised, kept); text != "" {
			diags.AddWarning("Recipe type "+name+" is updated in other recipe types", text)
		}
	}
	r.Online().Report(diags)
}

// deferDelete leaves the delete of a type to the create of the same that follows, if one does:
// what contains it stays active.
func (r *recipeTypeResource) deferDelete(ctx context.Context, private kit.PrivateData, name string) bool {
	replacement, ok := kit.ReplacementOf(ctx, private)
	if !ok || replacement.Old != name || replacement.New != name {
		return false
	}
	r.Ledger().Defer(plan.KindRecipeType, replacement)
	r.Origins().Release(ctx, api.OriginRecipeType, name) // if the create does not come, another one may have it
	return true
}

// markReplacement notes, in the plan of a create, that a state has the type already: it is made anew.
func (r *recipeTypeResource) markReplacement(ctx context.Context, name string, private kit.PrivateData) diag.Diagnostics {
	if name == "" || r.Ledger().ReplacedBy(plan.KindRecipeType, name) == "" {
		return nil
	}
	return kit.MarkReplacement(ctx, private, plan.Replacement{Old: name, New: name})
}

func (r *recipeTypeResource) takeDeferred(name string) bool {
	return r.Ledger().TakeDeferred(plan.KindRecipeType, name) != ""
}
