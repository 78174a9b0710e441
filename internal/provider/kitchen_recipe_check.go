package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// kitchenRecipeCheck holds a planned recipe of a kitchen against the kitchen and the
// recipe type, which the same plan may make, and against what is on the server.
type kitchenRecipeCheck struct {
	kitchens
	model kitchenRecipeModel
	diags *diag.Diagnostics
}

func (c kitchenRecipeCheck) all(ctx context.Context) {
	if c.model.Kitchen.IsUnknown() || c.model.RecipeType.IsUnknown() {
		return
	}
	c.mustExist(ctx, c.model.Kitchen.ValueString(), path.Root("kitchen"), c.diags)
	chain := c.chain(ctx, c.model.Kitchen.ValueString())
	target := c.target(ctx, c.model.RecipeType.ValueString(), c.model.RecipeTypeRevision)
	check := recipeCheck{recipeTypes: c.recipeTypes, target: target, diags: c.diags}
	check.wanted.recipeType = c.model.RecipeType
	check.place = &offeredPlace{summary: "Cannot offer recipe type " + c.model.RecipeType.ValueString()}
	check.startable()
	if target.problem != "" || target.definition == nil {
		return
	}
	offered := c.model.planned()
	for _, name := range slices.Sorted(maps.Keys(c.model.Variations.Elements())) {
		object, _ := c.model.Variations.Elements()[name].(types.Object)
		check.place = c.variation(offered, chain, name, object, target)
		check.input()
		check.configuration(ctx)
		check.files(ctx)
	}
}

// variation is where a run of a variation has its input from, as far as no order says
// otherwise.
func (c kitchenRecipeCheck) variation(
	offered plannedOffer, chain kitchenChain, name string, object types.Object, target recipeTarget,
) *offeredPlace {
	at := path.Root("variations").AtMapKey(name)
	one := readVariation(object)
	layers, partly := layersOf(offered, name, chain, givenVariables{complete: true})
	partly["*"] = partly["*"] || one.partly["overrides_json"]
	effective, _ := resolve(layers, order.System(c.model.Kitchen.ValueString(), c.model.Name.ValueString(), name, "", ""), partly)
	configuration, _ := object.Attributes()["configuration"].(types.Object)
	return &offeredPlace{
		summary:       fmt.Sprintf("Variation %s does not fit recipe type %s", name, c.model.RecipeType.ValueString()),
		given:         givenOf(one.Data(effective, target.definition.Input), one, partly),
		mayComeLater:  true,
		configuredAt:  at.AtName("configuration"),
		configuration: configuration,
		inputAt: func(p recipe.Path) path.Path {
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
			case p[0] == "json" && override && one.overrides[p[1]] != nil:
				return at.AtName("overrides_json")
			case p[0] == "json" && override && offered.variables.values[p[1]] != nil:
				return path.Root("variables")
			}
			return at
		},
	}
}

// givenOf is what is known of the input that a variation and the variables make.
func givenOf(data recipe.Data, one variation, partly map[string]bool) givenInput {
	g := givenInput{data: data, partly: maps.Clone(partly), noFiles: one.partly["input_files"] && len(one.InputFiles) == 0, noJSON: partly["*"]}
	for name, ids := range data.Files {
		g.partly[name] = slices.Contains(ids, 0)
	}
	return g
}
