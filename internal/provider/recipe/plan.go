package recipe

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *recipeResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "operator", &req, resp)
	var planned, config, prior recipeModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if req.Plan.Raw.IsNull() {
		prior.warnOfDestroy(&resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	known := r.Types()
	defer known.Online.Report(&resp.Diagnostics)
	check := plan.RecipeCheck{Types: known, Wanted: planned.wanted(), Settings: config.JobSettings, Diags: &resp.Diagnostics}
	if req.State.Raw.IsNull() {
		defer known.Online.WillRun(&resp.Diagnostics)
		planned.ReprocessPlan, planned.SupersededRecipeIDs = noReprocess(), value.Int64List(nil)
		r.planTakeOver(ctx, &planned, resp.Private, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
		if !planned.RecipeType.IsUnknown() {
			check.Target = known.Target(ctx, planned.RecipeType.ValueString(), config.RecipeTypeRevision)
			check.All(ctx)
		}
		return
	}
	change := planned.planUpdate(config, prior, kit.ReadMark(ctx, req.Private))
	if change.reprocess {
		defer func() { known.Online.WillRun(&resp.Diagnostics) }()
		revision := config.RecipeTypeRevision
		if c := r.ClientIfKnown(); known.Online == nil && c != nil {
			known.Online = plan.NewOnline(c, plan.ValidationOff, r.Trouble()) // not to validate, but to tell what happens
			defer known.Online.Report(&resp.Diagnostics)
		}
		check.Wanted, check.Target = planned.wanted(), known.Target(ctx, planned.RecipeType.ValueString(), revision)
		planned.planReprocess(ctx, prior, check.Target, known, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case len(change.replace) > 0:
		for _, name := range change.replace {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
		}
		prior.warnOfDestroy(&resp.Diagnostics)
	case change.reprocess:
		check.Startable()
		check.Forced(ctx)
	case change.resume:
	case change.adopted:
		resp.Diagnostics.AddWarning("Recipe is not reprocessed", fmt.Sprintf(
			"Recipe %d was imported. Its forced_nodes, reprocess_triggers and settings_wo_version are taken over without running "+
				"anything, as nobody can say whether they have changed. From now on a change counts.", prior.RecipeID.ValueInt64()))
	default:
		kit.KeepPriorIfEqual(ctx, req, resp, nil)
	}
}

// wanted is what a recipe by the plan m is checked by.
func (m recipeModel) wanted() plan.WantedRecipe {
	return plan.WantedRecipe{RecipeType: m.RecipeType, Input: m.Input, Configuration: m.Configuration, ForcedNodes: m.ForcedNodes}
}

// warnOfDestroy tells, in the plan, what becomes of jobs that have not finished.
func (m recipeModel) warnOfDestroy(diags *diag.Diagnostics) {
	active := m.count("jobs_queued") + m.count("jobs_running") + m.count("jobs_pending")
	if kit.IsSettled(m.Status.ValueString()) {
		return
	}
	what := fmt.Sprintf("Recipe %d of type %s is %s, with %d running, %d queued and %d pending jobs.", m.RecipeID.ValueInt64(),
		m.RecipeType.ValueString(), m.Status.ValueString(), m.count("jobs_running"), m.count("jobs_queued"),
		m.count("jobs_pending"))
	if nodes := m.activeNodes(); len(nodes) > 0 {
		what += " Active are " + value.Few(nodes) + "."
	}
	if m.OnDestroy.ValueString() == kit.OnDestroyCancel {
		diags.AddWarning("Jobs of a recipe will be canceled", fmt.Sprintf(
			"%s As on_destroy is \"cancel\", these %d jobs will be canceled. The recipe stays as a record.", what, active))
		return
	}
	diags.AddWarning("Recipe will be forgotten while it runs", what+
		" As on_destroy is \"keep\", they go on without Terraform. To cancel them, apply on_destroy = \"cancel\" first.")
}

// activeNodes names the jobs and sub-recipes that have not finished, by the nodes.
func (m recipeModel) activeNodes() []string {
	var active []string
	nodes := m.Nodes.Elements()
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		node := nodes[name].(types.Object).Attributes()
		status := node["status"].(types.String).ValueString()
		for kind, id := range map[string]attr.Value{"job": node["job_id"], "recipe": node["recipe_id"]} {
			if !id.IsNull() && !kit.IsSettled(status) {
				active = append(active, fmt.Sprintf("node %q (%s %s, %s)", name, kind, id, status))
			}
		}
	}
	return active
}

// recipeChange is what an update does beside taking over settings.
type recipeChange struct {
	replace   []string // attributes whose change starts a new recipe
	reprocess bool     // the recipe is reprocessed in place
	resume    bool     // it is waited for what an earlier apply was interrupted in
	adopted   bool     // after an import: what would reprocess is only taken over
}

// planUpdate makes m, the plan of an update, keep what means the same as before,
// and tells what changes. config is only looked at for what it leaves out.
func (m *recipeModel) planUpdate(config, prior recipeModel, mark kit.Mark) recipeChange {
	var change recipeChange
	if !m.RecipeType.Equal(prior.RecipeType) {
		change.replace = append(change.replace, "recipe_type")
	}
	if sameInput(m.Input, prior.Input) {
		m.Input = prior.Input
	} else {
		change.replace = append(change.replace, "input")
	}
	if value.Same(form.RunConfigurationShape(), m.Configuration, prior.Configuration) {
		m.Configuration = prior.Configuration
	} else {
		change.replace = append(change.replace, "configuration")
	}
	change.replace = append(change.replace, m.ChangedSettings(prior.JobSettings)...)
	fresh := mark.Imported > 0 && prior.SettingsWOVersion.IsNull()
	switch {
	case m.SettingsWOVersion.Equal(prior.SettingsWOVersion):
	case fresh:
		change.adopted = true
	default:
		change.replace = append(change.replace, value.SettingsWOVersion)
	}
	m.planReprocessing(config, prior, mark, &change)
	if len(change.replace) > 0 {
		return recipeChange{replace: change.replace}
	}
	if change.reprocess {
		return recipeChange{reprocess: true}
	}
	unfinished := mark.Unfinished != 0 && mark.Unfinished == prior.RecipeID.ValueInt64()
	change.resume = unfinished && m.WaitForCompletion.ValueBool() && prior.Status.ValueString() != kit.StatusCompleted
	m.keepProgress(prior)
	if change.resume || !kit.IsSettled(prior.Status.ValueString()) &&
		m.WaitForCompletion.ValueBool() && !prior.WaitForCompletion.ValueBool() {
		m.forget()
		m.RecipeID, m.URL, m.Created = prior.RecipeID, prior.URL, prior.Created
	}
	return change
}

// planReprocessing finds out whether anything asks for a reprocess.
func (m *recipeModel) planReprocessing(config, prior recipeModel, mark kit.Mark, change *recipeChange) {
	if config.RecipeTypeRevision.IsNull() {
		m.RecipeTypeRevision = prior.RecipeTypeRevision
	}
	if !m.RecipeTypeRevision.Equal(prior.RecipeTypeRevision) {
		change.reprocess = true
	}
	asks, adopts := false, false
	switch same := value.SameForced(m.ForcedNodes, prior.ForcedNodes); {
	case same && value.IsNull(m.ForcedNodes) == value.IsNull(prior.ForcedNodes):
		m.ForcedNodes = prior.ForcedNodes
	case !same:
		forced, _, complete := value.ParseForced(m.ForcedNodes)
		wants := !complete || !value.ForcesNothing(forced)
		adopts = adopts || wants && mark.Imported > 0 && value.IsNull(prior.ForcedNodes)
		asks = asks || wants && !(mark.Imported > 0 && value.IsNull(prior.ForcedNodes))
	}
	some := m.ReprocessTriggers.IsUnknown() || len(m.ReprocessTriggers.Elements()) > 0
	if some && !m.ReprocessTriggers.Equal(prior.ReprocessTriggers) {
		fresh := mark.Imported > 0 && prior.ReprocessTriggers.IsNull()
		adopts, asks = adopts || fresh, asks || !fresh
	}
	change.reprocess = change.reprocess || asks
	change.adopted = (change.adopted || adopts) && !change.reprocess
}

// keepProgress copies everything but the arguments.
func (m *recipeModel) keepProgress(from recipeModel) {
	settings := *m
	*m = from
	m.RecipeType, m.RecipeTypeRevision = settings.RecipeType, settings.RecipeTypeRevision
	m.Input, m.Configuration, m.JobSettings = settings.Input, settings.Configuration, settings.JobSettings
	m.ForcedNodes, m.ReprocessTriggers = settings.ForcedNodes, settings.ReprocessTriggers
	m.WaitForCompletion, m.Timeouts = settings.WaitForCompletion, settings.Timeouts
	m.OnFailure, m.OnDestroy, m.OnMissing = settings.OnFailure, settings.OnDestroy, settings.OnMissing
	m.OnRecreate = settings.OnRecreate
}

// forget makes everything unknown that the run of a recipe changes.
func (m *recipeModel) forget() {
	m.Counts, m.Source = types.ObjectUnknown(countsType().AttrTypes), types.ObjectUnknown(sourceType().AttrTypes)
	for _, text := range m.texts() {
		*text = types.StringUnknown()
	}
	m.RecipeID = types.Int64Unknown()
	m.Nodes = types.MapUnknown(nodeStateType())
}

// texts are the computed texts of m.
func (m *recipeModel) texts() []*types.String {
	return []*types.String{
		&m.Status, &m.Failure, &m.URL, &m.Created, &m.Completed,
	}
}

// sameInput tells whether two inputs, both known, are the same data.
func sameInput(a, b types.Dynamic) bool {
	x, wrongX := form.ReadData(value.Tree(a))
	y, wrongY := form.ReadData(value.Tree(b))
	return len(wrongX)+len(wrongY) == 0 && x.Known() && y.Known() && document.Equal(form.OfData(x.Data), form.OfData(y.Data))
}
