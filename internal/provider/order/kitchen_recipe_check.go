package order

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// kitchenRecipeCheck holds a planned recipe of a kitchen against the kitchen and the
// recipe type, which the same plan may make, and against what is on the server.
type kitchenRecipeCheck struct {
	plan.Kitchens
	model kitchenRecipeModel
	diags *diag.Diagnostics
}

func (c kitchenRecipeCheck) all(ctx context.Context) {
	if c.model.Kitchen.IsUnknown() || c.model.RecipeType.IsUnknown() {
		return
	}
	c.MustExist(ctx, c.model.Kitchen.ValueString(), path.Root("kitchen"), c.diags)
	chain := c.Chain(ctx, c.model.Kitchen.ValueString())
	target := c.Target(ctx, c.model.RecipeType.ValueString(), c.model.RecipeTypeRevision)
	check := plan.RecipeCheck{Types: c.Types, Target: target, Diags: c.diags}
	check.Wanted.RecipeType = c.model.RecipeType
	check.Place = &plan.Place{Summary: "Cannot offer recipe type " + c.model.RecipeType.ValueString()}
	check.Startable()
	if target.Problem != "" || target.Definition == nil {
		return
	}
	offered := c.model.planned()
	c.plainSight(ctx, offered, chain, target)
	variations, _ := order.ReadVariations(value.Tree(c.model.Variations))
	for _, name := range slices.Sorted(maps.Keys(variations.Of)) {
		check.Place = c.variation(offered, chain, name, variations.Of[name], target)
		check.Input()
		check.Configuration(ctx)
		check.Files(ctx)
	}
}

// plainSight warns of values for secret settings where plans, states and editors see them.
func (c kitchenRecipeCheck) plainSight(ctx context.Context, offered plan.Offer, chain plan.KitchenChain, target plan.Target) {
	jobs, _ := c.EveryConfigurable(ctx, target.Definition, map[recipe.RecipeRef]bool{})
	secrets := order.TargetOf(target.Definition.Input, jobs).Secrets
	warn := func(at path.Path, where string, given order.Variables) {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if slices.Contains(secrets, name) {
				c.diags.AddAttributeWarning(at, "Secret in plain sight", fmt.Sprintf("%s: %q is a secret setting of a job type that runs, and plans, "+
					"states and editors of the backend see what is given here. Give it with secret_overrides or overrides_wo of the kitchen, or with "+
					"secret_parameters or parameters_wo of an order.", where, name))
			}
		}
	}
	warn(path.Root("variables"), "variables", offered.Variables.Values)
	for _, layer := range chain.Layers {
		open := maps.Clone(layer)
		maps.DeleteFunc(open, func(name string, _ any) bool { return slices.Contains(chain.Secrets, name) })
		warn(path.Root("kitchen"), "overrides of the kitchen, or of one above it", open)
	}
	for _, name := range slices.Sorted(maps.Keys(offered.Variations.List)) {
		at := path.Root("variations").AtMapKey(name)
		warn(at.AtName("overrides_json"), at.AtName("overrides_json").String(), offered.Variations.Variables(name))
		if given := offered.Variations.List[name].Configuration; given != nil {
			settings := order.Variables{}
			for setting, text := range given.Settings {
				settings[setting] = text
			}
			warn(at.AtName("configuration"), at.AtName("configuration").AtName("settings").String(), settings)
		}
	}
}

// variation is where a run of a variation has its input from, as far as no order says
// otherwise.
func (c kitchenRecipeCheck) variation(
	offered plan.Offer, chain plan.KitchenChain, name string, one order.VariationDraft, target plan.Target,
) *plan.Place {
	at := path.Root("variations").AtMapKey(name)
	layers, partly := layersOf(offered, name, chain, value.GivenVariables{Complete: true})
	partly["*"] = partly["*"] || one.Partly["overrides_json"]
	effective, _ := resolve(layers, order.System(c.model.Kitchen.ValueString(), c.model.Name.ValueString(), name, "", ""), partly)
	var configuration recipe.Configuration
	if one.Configuration != nil {
		configuration = *one.Configuration
	}
	return &plan.Place{
		Summary:       fmt.Sprintf("Variation %s does not fit recipe type %s", name, c.model.RecipeType.ValueString()),
		Given:         givenOf(one.Data(effective, target.Definition.Input), one, partly),
		MayComeLater:  true,
		ConfiguredAt:  at.AtName("configuration"),
		Configuration: configuration,
		InputAt: func(p recipe.Path) path.Path {
			if len(p) == 0 {
				return at
			}
			inside := at.AtName("input_" + p[0])
			if len(p) < 2 {
				return inside
			}
			_, ownFile := one.InputFiles[p[1]]
			_, ownValue := one.InputJSON[p[1]]
			_, override := effective[p[1]]
			switch {
			case p[0] == "files" && ownFile, p[0] == "json" && ownValue && !override:
				return inside.AtMapKey(p[1])
			case p[0] == "json" && override && one.Overrides[p[1]] != nil:
				return at.AtName("overrides_json")
			case p[0] == "json" && override && offered.Variables.Values[p[1]] != nil:
				return path.Root("variables")
			}
			return at
		},
	}
}

// givenOf is what is known of the input that a variation and the variables make.
func givenOf(data recipe.Data, one order.VariationDraft, partly map[string]bool) recipe.DataDraft {
	g := recipe.DataDraft{Data: data, Partly: maps.Clone(partly), NoFiles: one.Partly["input_files"] && len(one.InputFiles) == 0, NoJSON: partly["*"]}
	for name, ids := range data.Files {
		g.Partly[name] = slices.Contains(ids, 0)
	}
	return g
}
