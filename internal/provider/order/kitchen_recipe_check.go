package order

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// kitchenRecipeCheck holds a planned recipe of a kitchen against the kitchen and the
// recipe type, which the same plan may make, and against what is on the server.
type kitchenRecipeCheck struct {
	plan.Kitchens
	model kitchenRecipeModel
	prior kitchenRecipeModel // zero: it is new
	diags *diag.Diagnostics
}

func (c kitchenRecipeCheck) all(ctx context.Context) {
	if c.model.Kitchen.IsUnknown() || c.model.RecipeType.IsUnknown() {
		return
	}
	c.MustExist(ctx, c.model.Kitchen.ValueString(), path.Root("kitchen"), c.diags)
	chain := c.Chain(ctx, c.model.Kitchen.ValueString())
	c.schedules()
	c.references(chain)
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
		graphOf(target, variations.Of[name].Nodes, path.Root("variations").AtMapKey(name).AtName("nodes"), func(at path.Path, detail string) {
			check.Report(target.Planned, at, fmt.Sprintf("Variation %s does not fit recipe type %s", name, c.model.RecipeType.ValueString()), fmt.Sprintf("%s: %s", at, detail))
		})
		check.Place = c.variation(offered, chain, name, variations.Of[name], target)
		check.Input()
		check.Configuration(ctx)
		check.Files(ctx)
	}
}

// schedules refuses schedules of variations that have passed already, if they are new.
func (c kitchenRecipeCheck) schedules() {
	now, _ := order.ReadVariations(value.Tree(c.model.Variations))
	before, _ := order.ReadVariations(value.Tree(c.prior.Variations))
	all, had := now.Variations(), before.Variations()
	for _, name := range slices.Sorted(maps.Keys(all.List)) {
		s := all.Schedule(name)
		if _, given := all.Schedules[all.List[name].ScheduleSetting]; !given || s.Same(had.Schedule(name)) {
			continue
		}
		at := path.Root("variations").AtMapKey(name).AtName("schedule")
		for _, p := range s.CheckDue(time.Now()) {
			c.diags.AddAttributeError(at, "Schedule has passed", fmt.Sprintf("%s: %s (%s)", at, p.Text(), p.Code))
		}
	}
}

// references looks at the names within braces. One that nothing has may still be given by a
// kitchen below or by an order, which is worth a warning; what only looks like a name that
// there is, is a finding.
func (c kitchenRecipeCheck) references(chain plan.KitchenChain) {
	offered := c.model.planned()
	if !offered.Complete || !offered.Variables.Complete || !chain.Complete {
		return
	}
	told := map[string]bool{}
	for _, name := range append([]string{""}, slices.Sorted(maps.Keys(offered.Variations.List))...) {
		layers, partly := layersOf(offered, name, chain, value.GivenVariables{Complete: true})
		_, problems := resolve(layers, order.System(c.model.Kitchen.ValueString(), c.model.Name.ValueString(), name, "", ""), partly)
		for _, p := range problems {
			if len(p.Path) == 0 {
				continue // all of them together are too large, which is no reference
			}
			at := path.Root("variables")
			if _, overridden := offered.Variations.Variables(name)[p.Path[0]]; overridden {
				at = path.Root("variations").AtMapKey(name).AtName("overrides_json")
			}
			text := fmt.Sprintf("%s: %s (%s)", at, p.Message, p.Code)
			switch _, inherited := offered.Variables.Values[p.Path[0]]; {
			case p.Code != order.UnknownVariable || told[text] || !inherited && at.Equal(path.Root("variables")):
			case strings.Contains(p.Message, "did you mean") && c.Online != nil:
				c.Online.Finding(c.diags, at, "Reference to nothing", text)
			default:
				c.diags.AddAttributeWarning(at, "Reference to nothing", text+"\n\nA kitchen below, or every order, has to give it.")
			}
			told[text] = true
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
	for _, secret := range order.Tainted(chain.Secrets, layers...) {
		partly[secret] = true // messages have values
	}
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
			_, byRule := one.FileRules[p[1]]
			ownFile = ownFile || byRule
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
func givenOf(data recipe.Data, one order.VariationDraft, partly map[string]bool) form.DataDraft {
	g := form.DataDraft{Data: data, Partly: maps.Clone(partly), NoFiles: one.Partly["input_files"] && len(one.InputFiles) == 0, NoJSON: partly["*"]}
	for name, ids := range data.Files {
		g.Partly[name] = slices.Contains(ids, 0)
	}
	return g
}
