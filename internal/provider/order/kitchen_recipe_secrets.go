package order

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// plainSight finds values for secret settings where plans, states and editors see them: among the
// recipe's own arguments they are refused, of a kitchen, which may be another team's, it warns.
func (c kitchenRecipeCheck) plainSight(ctx context.Context, offered plan.Offer, chain plan.KitchenChain, target plan.Target) {
	jobs, _ := c.EveryConfigurable(ctx, target.Definition, map[recipe.RecipeRef]bool{})
	secrets := order.TargetOf(target.Definition.Input, jobs).Secrets
	find := func(say func(path.Path, string, string), at path.Path, where string, given order.Variables) {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if slices.Contains(secrets, name) && order.HoldsText(given[name]) {
				say(at, "Secret in plain sight", fmt.Sprintf("%s: %q is a secret setting of a job type that runs, and plans, "+
					"states and editors of the backend see what is given here. Give it with secret_overrides or overrides_wo of the kitchen, or with "+
					"secret_parameters or parameters_wo of an order.", where, name))
			}
		}
	}
	find(c.diags.AddAttributeError, path.Root("variables"), "variables", offered.Variables.Values)
	for _, layer := range chain.Layers {
		open := maps.Clone(layer)
		maps.DeleteFunc(open, func(name string, _ any) bool { return slices.Contains(chain.Secrets, name) })
		find(c.diags.AddAttributeWarning, path.Root("kitchen"), "overrides of the kitchen, or of one above it", open)
	}
	for _, name := range slices.Sorted(maps.Keys(offered.Variations.List)) {
		at := path.Root("variations").AtMapKey(name)
		find(c.diags.AddAttributeError, at.AtName("overrides_json"), at.AtName("overrides_json").String(), offered.Variations.Variables(name))
		if given := offered.Variations.List[name].Configuration; given != nil {
			settings := order.Variables{}
			for setting, text := range given.Settings {
				settings[setting] = text
			}
			find(c.diags.AddAttributeError, at.AtName("configuration"), at.AtName("configuration").AtName("settings").String(), settings)
		}
	}
}
