package order

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// fullName is kitchen/name.
func (m kitchenRecipeModel) fullName() string {
	return m.Kitchen.ValueString() + "/" + m.Name.ValueString()
}

// taken tells whether the kitchen has a recipe of that name. One that it inherits is in nobody's
// way: the new one hides it.
func (m kitchenRecipeModel) taken(ctx context.Context, known plan.Kitchens, origins *plan.Origins) (plan.Taken, error) {
	kitchen, name := m.Kitchen.ValueString(), m.Name.ValueString()
	has, err := known.HasItself(ctx, kitchen, name)
	if err != nil || !has {
		return plan.Taken{}, err
	}
	e, err := origins.Existing(ctx, api.OriginKitchenRecipe, m.fullName(), true, true)
	if err != nil || e.IsLost() {
		return plan.Taken{IsTakenOver: true, Summary: "Recipe of a kitchen is taken over", Detail: fmt.Sprintf("Kitchen %s has a recipe %q already.%s Apply "+
			"makes it what the configuration says, instead of making another one.", kitchen, name, e.Whose())}, err
	}
	return plan.Taken{Summary: "Recipe of a kitchen exists already", Detail: fmt.Sprintf("Kitchen %s has a recipe %q.%s Choose another name, or manage it: "+
		"terraform import galley_kitchen_recipe.<label> %q. If it is in the state at another address, a moved block keeps it.",
		kitchen, name, e.Whose(), m.fullName())}, nil
}

// addInherited says what to do about a recipe that a kitchen has from one above.
func (m kitchenRecipeModel) addInherited(owner string, diags *diag.Diagnostics) {
	kitchen, name := m.Kitchen.ValueString(), m.Name.ValueString()
	diags.AddError("Recipe is inherited", fmt.Sprintf("Kitchen %s has no recipe %q itself: it inherits that of kitchen %s. Import it there (terraform import "+
		"galley_kitchen_recipe.<label> %q), or write a resource for one of kitchen %s without an import: apply makes it, and it hides the inherited one.",
		kitchen, name, owner, owner+"/"+name, kitchen))
}

// warnOfDestroy says, in the plan, what goes with a recipe.
func (m kitchenRecipeModel) warnOfDestroy(ctx context.Context, known plan.Kitchens, diags *diag.Diagnostics) {
	text := fmt.Sprintf("Recipe %s of kitchen %s is deleted with all of its files.", m.Name.ValueString(), m.Kitchen.ValueString())
	if orders := known.OrdersOfVariation(ctx, m.Kitchen.ValueString(), m.Name.ValueString(), ""); len(orders) > 0 {
		text += " Orders of it that have not ended can start no more runs, unless a kitchen above has a recipe of that name: they fail when they are due: " +
			plan.OrderNames(orders) + "."
	} else {
		text += " Active orders of it can start no more runs: they fail when they are due."
	}
	diags.AddWarning("Recipe of a kitchen will be deleted", text)
}

// variationsInUse names the orders whose variation m, the plan, has no more. Terraform plans those
// of the same configuration later, and may be about to replace them: they are a warning.
func (c kitchenRecipeCheck) variationsInUse(ctx context.Context, origins *plan.Origins) {
	before, now := c.prior.planned(), c.model.planned()
	if !now.Names {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(before.Variations.List)) {
		if _, stays := now.Variations.List[name]; stays {
			continue
		}
		own, others := c.ordersByOrigin(ctx, origins, name)
		at := path.Root("variations")
		text := func(orders []plan.OrderInUse) string {
			return fmt.Sprintf("%s: the recipe has no variation '%s' after this plan, but orders that have not ended are for it: %s. Their next runs fail. Keep the "+
				"variation under its name, or stop these orders first.", at, name, plan.OrderNames(orders))
		}
		if len(others) > 0 && c.Online != nil {
			c.Online.Finding(c.diags, at, "Variation is in use", text(others))
		}
		if len(own) > 0 {
			c.diags.AddAttributeWarning(at, "Variation is in use", text(own)+" Those that this plan replaces, too, come to no harm.")
		}
	}
}

// ordersByOrigin are the orders of a variation: those that a state of the same origin has, and all
// others.
func (c kitchenRecipeCheck) ordersByOrigin(ctx context.Context, origins *plan.Origins, variation string) (own, others []plan.OrderInUse) {
	for _, o := range c.OrdersOfVariation(ctx, c.prior.Kitchen.ValueString(), c.prior.Name.ValueString(), variation) {
		e, err := origins.Existing(ctx, api.OriginOrder, o.ID, true, true)
		if err == nil && e.Origin != nil && e.Origin.IsOwn && e.Origin.Claimed != nil {
			own = append(own, o)
		} else {
			others = append(others, o)
		}
	}
	return own, others
}

// hold enters that a state has the recipe.
func (r *kitchenRecipeResource) hold(m kitchenRecipeModel) {
	r.Ledger().Hold(plan.KindKitchenRecipe, m.fullName())
}
