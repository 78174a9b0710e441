package order

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// orderCheck holds a planned order against the kitchen, its recipe and the recipe type,
// which the same plan may make, and against what is on the server.
type orderCheck struct {
	plan.Kitchens
	model orderModel
	diags *diag.Diagnostics
	isNew bool // when it runs counts from now on
}

// report adds an error, or, if it stands on what the server says, a finding.
func (c orderCheck) report(certain bool, at path.Path, detail string) {
	plan.RecipeCheck{Types: c.Types, Diags: c.diags}.Report(certain, at, "Cannot order", fmt.Sprintf("%s: %s", at, detail))
}

// all checks everything. It returns effective_parameters, unknown unless all is known.
func (c orderCheck) all(ctx context.Context) types.Dynamic {
	unknown, m := types.DynamicUnknown(), c.model
	if m.Kitchen.IsUnknown() {
		return unknown
	}
	chain := c.Chain(ctx, m.Kitchen.ValueString())
	if chain.Problem != "" {
		c.report(false, path.Root("kitchen"), chain.Problem)
		return unknown
	}
	if m.Recipe.IsUnknown() {
		return unknown
	}
	offer := c.Offer(ctx, chain, m.Recipe.ValueString())
	if offer.Problem != "" {
		c.report(false, path.Root("recipe"), offer.Problem)
	}
	if !offer.Known || !offer.Names || m.Variation.IsUnknown() {
		return unknown
	}
	name := m.Variation.ValueString()
	if _, exists := offer.Variations.List[name]; !exists {
		c.report(offer.Certain, path.Root("variation"), c.noVariation(offer, name))
		return unknown
	}
	if value.IsNull(m.Schedule) && c.isNew {
		c.scheduleOf(offer, name)
	}
	if offer.RecipeType.IsUnknown() {
		return unknown
	}
	if offer.RecipeType.ValueString() == "" {
		c.report(offer.Certain, path.Root("recipe"), fmt.Sprintf("recipe %s of kitchen %s names no recipe type in its %s, so that it cannot "+
			"be ordered", m.Recipe.ValueString(), m.Kitchen.ValueString(), order.DescriptionFile))
		return unknown
	}
	target := c.Target(ctx, offer.RecipeType.ValueString(), offer.Revision)
	if target.Problem != "" && !offer.Certain { // else it is told at the recipe of the kitchen
		c.report(false, path.Root("recipe"), target.Problem)
	}
	run := c.runOf(offer, name, chain)
	c.foundNow(ctx, offer, run)
	c.tellPart(offer, name, target)
	graphOf(target, m.nodes(), path.Root("nodes"), func(at path.Path, detail string) { c.report(target.Planned, at, detail) })
	if target.Definition != nil {
		c.input(offer, run, target)
	}
	return c.effective(ctx, offer, run, target)
}

// changes checks what an update changes, and gives planned what becomes of it.
func (c orderCheck) changes(ctx context.Context, planned *orderModel, prior orderModel, change orderChange) {
	c.isNew = len(change.replace) > 0 || slices.Contains(change.edit, "schedule")
	if c.isNew && !value.IsNull(planned.Schedule) {
		checkScheduleIsDue(planned.Schedule, time.Now(), c.diags)
	}
	if !slices.ContainsFunc(change.edit, func(name string) bool { return name != "overlap" }) {
		return
	}
	effective := c.all(ctx)
	if id, _ := prior.lastRun(); id == "" && !value.IsUnknown(planned.EffectiveParameters) {
		planned.EffectiveParameters = effective // what counts for the first run
	}
}

// variationSchedule is the schedule that the order gets from its variation; nil if it gets none, or that is not known.
func (c orderCheck) variationSchedule(ctx context.Context, planned, prior orderModel) *order.ScheduleSetting {
	if !value.IsNull(planned.Schedule) || value.IsNull(prior.Schedule) {
		return nil
	}
	offer, v := c.offered(ctx)
	if v == nil {
		return nil
	}
	s := offer.Variations.Schedule(planned.Variation.ValueString())
	if !offer.Complete || s.Schedule == "" && v.ScheduleSetting != "" {
		return nil
	}
	return &s
}

// offered is the variation of the order; nil if it is not known.
func (c orderCheck) offered(ctx context.Context) (plan.OfferTarget, *order.Variation) {
	m := c.model
	if m.Kitchen.IsUnknown() || m.Recipe.IsUnknown() || m.Variation.IsUnknown() {
		return plan.OfferTarget{}, nil
	}
	chain := c.Chain(ctx, m.Kitchen.ValueString())
	if chain.Problem != "" {
		return plan.OfferTarget{}, nil
	}
	offer := c.Offer(ctx, chain, m.Recipe.ValueString())
	v, exists := offer.Variations.List[m.Variation.ValueString()]
	if !exists || !offer.Known {
		return offer, nil
	}
	return offer, &v
}

// inherit gives the plan what its configuration leaves to the variation. An order that is as orders
// are by default stays so.
func (c orderCheck) inherit(ctx context.Context, config tfsdk.Config, planned *orderModel, prior orderModel) {
	for _, a := range []struct {
		name           string
		planned, prior *types.String
		byDefault      string
		of             func(order.Variation) string
	}{
		{"overlap", &planned.Overlap, &prior.Overlap, string(order.OverlapAllow), func(v order.Variation) string { return string(v.Overlap) }},
		{"catch_up", &planned.CatchUp, &prior.CatchUp, string(order.CatchUpNone), func(v order.Variation) string { return string(v.CatchUp) }},
	} {
		var given types.String
		c.diags.Append(config.GetAttribute(ctx, path.Root(a.name), &given)...)
		if !given.IsNull() {
			continue
		}
		isNew := prior.ID.IsNull()
		*a.planned = types.StringValue(a.byDefault)
		if !isNew && (a.prior.IsNull() || a.prior.ValueString() == a.byDefault) {
			continue
		}
		switch _, v := c.offered(ctx); {
		case v != nil:
			*a.planned = types.StringValue(cmp.Or(a.of(*v), a.byDefault))
		case isNew:
			*a.planned = types.StringUnknown()
		default:
			*a.planned = *a.prior
		}
	}
}

// scheduleOf holds the order, which has no schedule of its own, against that of its variation.
func (c orderCheck) scheduleOf(offer plan.OfferTarget, name string) {
	s := offer.Variations.Schedule(name)
	if !offer.Complete || s.Schedule == "" && offer.Variations.List[name].ScheduleSetting != "" {
		return
	}
	if c.model.Paused.ValueBool() && s.RunsOnce() {
		addPausedOnce("variation "+name, c.diags)
	}
	for _, p := range s.CheckDue(time.Now()) {
		c.report(offer.Certain, path.Root("variation"), fmt.Sprintf("the schedule of variation %s: %s (%s)", name, p.Text(), p.Code))
	}
}

func (c orderCheck) noVariation(offer plan.OfferTarget, name string) string {
	names := slices.Sorted(maps.Keys(offer.Variations.List))
	text := fmt.Sprintf("recipe %s of kitchen %s has no variation '%s'", c.model.Recipe.ValueString(), c.model.Kitchen.ValueString(), name)
	if hint := recipe.DidYouMean(name, names); hint != "" {
		return text + hint
	}
	if len(names) == 0 {
		return text + "; it has none"
	}
	return text + "; it has " + value.JoinWords(names, "and")
}

// plannedRun is what a run of the order would start with.
type plannedRun struct {
	variation order.Variation
	layers    []order.Variables // the strongest last; the system's are not among them
	effective order.Variables
	partly    map[string]bool // variables that are not wholly known; "*": there may be others
	problems  recipe.Problems // of references, as far as they are certain
	secrets   []string        // variables that nobody is shown, beside secret settings
}

func (c orderCheck) runOf(offer plan.OfferTarget, name string, chain plan.KitchenChain) plannedRun {
	given := c.model.given()
	run := plannedRun{variation: offer.Variations.List[name].With(c.model.files()), secrets: append(slices.Clone(chain.Secrets), given.Secrets...)}
	run.layers, run.partly = layersOf(offer.Offer, name, chain, given)
	run.partly["*"] = run.partly["*"] || !offer.Complete
	complete := !value.AnyOf(run.partly)
	system := order.System(c.model.Kitchen.ValueString(), c.model.Recipe.ValueString(), name, "", "")
	run.effective, run.problems = resolve(run.layers, system, run.partly)
	if !complete {
		run.problems = nil // the references may be to what is not known yet
	}
	return run
}

// place is the attribute that gives a variable, or else the variation.
func (c orderCheck) place(name string) path.Path {
	if _, own := c.model.ownParameters()[name]; own {
		return path.Root(name)
	}
	if _, given := c.model.given().Values[name]; given {
		return path.Root(c.model.secrets().Place(name))
	}
	return path.Root("variation")
}

// input holds the parameters, and what they are put over, against the interface of the
// recipe type.
func (c orderCheck) input(offer plan.OfferTarget, run plannedRun, target plan.Target) {
	for _, p := range run.problems {
		at := path.Root("parameters")
		if len(p.Path) > 0 {
			at = c.place(p.Path[0])
		}
		c.report(offer.Certain, at, fmt.Sprintf("%s (%s)", p.Message, p.Code))
	}
	takes := target.Definition.Input
	own := c.model.given()
	partly := maps.Clone(run.partly) // messages have values; that a secret is no input is said without
	for _, name := range order.Tainted(run.secrets, run.layers...) {
		partly[name] = true
	}
	if !partly[order.InfrastructureVariable] {
		_, problems := order.ImageTag(run.effective)
		for _, p := range problems {
			c.report(offer.Certain, c.place(p.Path[0]), fmt.Sprintf("%s (%s)", p.Message, p.Code))
		}
	}
	given := form.DataDraft{
		Data: run.variation.Data(run.effective, takes), Partly: partly, NoFiles: run.partly["*"], NoJSON: run.partly["*"],
	}
	for name, ids := range given.Data.Files {
		partly[name] = partly[name] || slices.Contains(ids, 0) // chosen when the run starts
	}
	_, problems := takes.CheckData(given.Data)
	for _, p := range problems {
		if !given.Reports(p) {
			continue
		}
		at := path.Root("variation")
		isOwn := false
		if len(p.Path) > 1 {
			_, isOwn = own.Values[p.Path[1]]
			at = c.place(p.Path[1])
		} else if p.Path[0] == "json" {
			at, isOwn = path.Root("parameters"), true
		}
		if offer.Certain && !isOwn {
			continue // it is told at the recipe of the kitchen
		}
		c.report(offer.Certain && target.Planned, at, fmt.Sprintf("%s, for recipe type %s (%s)", p.Text(),
			offer.RecipeType.ValueString(), p.Code))
	}
}

// effective is the value of effective_parameters.
func (c orderCheck) effective(ctx context.Context, offer plan.OfferTarget, run plannedRun, target plan.Target) types.Dynamic {
	if target.Definition == nil {
		return types.DynamicUnknown()
	}
	jobs, all := c.EveryConfigurable(ctx, target.Definition, map[recipe.RecipeRef]bool{})
	becomes := order.TargetOf(target.Definition.Input, jobs)
	c.model.secrets().CheckOpen(becomes.Secrets, c.diags)
	if !all || value.AnyOf(run.partly) {
		return types.DynamicUnknown()
	}
	system := order.System(c.model.Kitchen.ValueString(), c.model.Recipe.ValueString(), c.model.Variation.ValueString(), "", "")
	becomes.Secrets = append(becomes.Secrets, run.secrets...)
	layers := append(slices.Clone(run.layers), system)
	shown := order.Shown(becomes.Secrets, layers...)
	becomes.Secrets = order.Tainted(becomes.Secrets, layers...)
	for _, p := range becomes.SecretInputs(run.effective) {
		c.report(offer.Certain && target.Planned, c.place(p.Path[1]), fmt.Sprintf("%s (%s)", p.Text(), p.Code))
	}
	for name := range system {
		delete(shown, name)
	}
	return value.VariablesValue(order.HideDestinations(shown, nil))
}

// layersOf are the variables of a run by layer, the strongest last, and those that are
// not wholly known. "*" is true if there may be others.
func layersOf(
	offered plan.Offer, variation string, chain plan.KitchenChain, given value.GivenVariables,
) (layers []order.Variables, partly map[string]bool) {
	partly = map[string]bool{"*": !offered.Variables.Complete || !chain.Complete || !given.Complete}
	add := func(layer order.Variables, unknown map[string]bool) {
		layers = append(layers, layer)
		for name := range layer {
			partly[name] = unknown[name] // it hides the weaker one
		}
	}
	add(offered.Variables.Values, offered.Variables.Partly)
	add(offered.Variations.Variables(variation), nil)
	for _, layer := range chain.Layers {
		add(layer, chain.Partly)
	}
	add(given.Values, given.Partly)
	return layers, partly
}

// resolve makes the layers one, and marks in partly what cannot be resolved, and what
// hangs on values that are not known, such as the ids that an order gets when it is made.
func resolve(layers []order.Variables, system order.Variables, partly map[string]bool) (order.Variables, recipe.Problems) {
	effective, problems := order.Effective(append(slices.Clone(layers), system)...)
	other := maps.Clone(system)
	other[order.CurrentOrderID], other[order.CurrentOrderRunID] = "other", "other"
	another := time.Unix(1<<32, 0).UTC() // no member of it is that of no time
	maps.Copy(other, order.Times{ScheduledFor: another, IntervalStart: another}.Variables())
	for name, unknown := range partly {
		if unknown {
			other[name] = "other"
		}
	}
	again, _ := order.Effective(append(slices.Clone(layers), other)...)
	for name := range system {
		delete(effective, name)
	}
	for _, p := range problems {
		if len(p.Path) > 0 {
			partly[p.Path[0]] = true
		}
	}
	for name, v := range effective {
		if !document.Equal(v, again[name]) {
			partly[name] = true
		}
	}
	return effective, problems
}

// claim reports if another resource of the plan creates the same recipe of the kitchen.
func (m kitchenRecipeModel) claim(ctx context.Context, known plan.Kitchens, origins *plan.Origins, diags *diag.Diagnostics) {
	if kitchen, name := m.Kitchen.ValueString(), m.Name.ValueString(); kitchen != "" && name != "" {
		plan.Claim{Kind: plan.KindKitchenRecipe, Name: kitchen + "/" + name, At: path.Root("name"), Taken: func(ctx context.Context, _ *plan.Online) (plan.Taken, error) {
			return m.taken(ctx, known, origins)
		}}.Check(ctx, known.Ledger, known.Online, diags)
	}
}
