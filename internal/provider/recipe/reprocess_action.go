package recipe

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var (
	_ kit.Action                      = (*recipeReprocessAction)(nil)
	_ action.ActionWithValidateConfig = (*recipeReprocessAction)(nil)
)

const cannotReprocess = "Cannot reprocess recipe"

// NewReprocessAction returns the action galley_recipe_reprocess.
func NewReprocessAction() action.Action { return &recipeReprocessAction{} }

type recipeReprocessAction struct{ kit.ActionBase }

// recipeReprocessModel is the action galley_recipe_reprocess.
type recipeReprocessModel struct {
	RecipeID           types.Int64   `tfsdk:"recipe_id"`
	RecipeTypeRevision types.Int64   `tfsdk:"recipe_type_revision"`
	ForcedNodes        types.Dynamic `tfsdk:"forced_nodes"`
	WaitForCompletion  types.Bool    `tfsdk:"wait_for_completion"`
	Timeouts           types.Dynamic `tfsdk:"timeouts"`
}

// Metadata implements action.Action.
func (a *recipeReprocessAction) Metadata(
	_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipe_reprocess"
}

// Schema implements action.Action.
func (a *recipeReprocessAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reprocesses a recipe: a new recipe supersedes it, into which every node that neither changes nor is " +
			"forced is copied with its outputs. The action tells what becomes of each node, and then how the nodes run.\n\n" +
			"An action changes no state: a `galley_recipe` for this recipe sees the new one at its next refresh. To have " +
			"reprocesses follow from the configuration, use the resource's `recipe_type_revision`, `forced_nodes` and " +
			"`reprocess_triggers` instead, which also work without actions.",
		Attributes: map[string]schema.Attribute{
			"recipe_id": schema.Int64Attribute{
				CustomType:          value.WholeNumber{},
				Required:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Id of any recipe of the chain, such as `galley_recipe.x.id`; the newest one is reprocessed.",
			},
			"recipe_type_revision": schema.Int64Attribute{
				CustomType:          value.WholeNumber{},
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Revision of the recipe type to go to. Default: the latest one.",
			},
			"forced_nodes": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Nodes that run again although they have not changed, with all nodes below them: " +
					"`{ all = true }`, or `{ nodes = [\"a\"], sub_recipes = { b = { nodes = [\"c\"] } } }`, where each value of " +
					"`sub_recipes` has this form again. A node that has failed is copied as it is, unless it is forced.",
			},
			"wait_for_completion": kit.WaitArgument("the new recipe has finished"),
			"timeouts":            kit.InvokeTimeout("How long to wait for the new recipe to finish, as `90s` or `2h`. Default `30m`."),
		},
	}
}

// ValidateConfig implements action.ActionWithValidateConfig. It needs no server.
func (a *recipeReprocessAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	var forced types.Dynamic
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("forced_nodes"), &forced)...)
	if !resp.Diagnostics.HasError() {
		value.ValidateForced(forced, &resp.Diagnostics)
	}
}

// ModifyPlan holds the action against what the plan makes and what exists.
func (a *recipeReprocessAction) ModifyPlan(
	ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse,
) {
	var m recipeReprocessModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	known := a.Types()
	defer known.Online.Report(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	d, ok := knownRecipe(ctx, a.Online(), m.RecipeID, cannotReprocess, &resp.Diagnostics)
	if !ok {
		return
	}
	r := recipeReprocess{id: d.ID, recipeType: d.RecipeType.Name, from: d.RecipeTypeRev.RevisionNum}
	check := plan.RecipeCheck{
		Types:  known,
		Wanted: plan.WantedRecipe{ForcedNodes: m.ForcedNodes},
		Target: known.Target(ctx, r.recipeType, m.RecipeTypeRevision),
		Diags:  &resp.Diagnostics,
	}
	if problem := check.Target.Problem; problem != "" {
		known.Online.Finding(&resp.Diagnostics, path.Root("recipe_type_revision"), cannotReprocess, problem)
		return
	}
	check.Forced(ctx)
	before := known.Definition(ctx, r.recipeType, r.from)
	if before == nil || check.Target.Definition == nil {
		return
	}
	if diff := recipe.Compare(before, check.Target.Definition, &recipe.ForcedNodes{}); !diff.CanBeReprocessed {
		check.Report(check.Target.Planned, path.Root("recipe_type_revision"), cannotReprocess, r.irreprocessable(diff))
	}
}

// Invoke implements action.Action.
func (a *recipeReprocessAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m recipeReprocessModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, tfsdk.Plan(req.Config))...)
	timeout := kit.ReadInvokeTimeout(m.Timeouts, kit.ActionTimeout, &resp.Diagnostics)
	c := a.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := kit.NewProgress(resp)
	d, ok := newestKnown(ctx, c, p, m.RecipeID.ValueInt64(), cannotReprocess, &resp.Diagnostics)
	if !ok {
		return
	}
	what := fmt.Sprintf("%s %d", cannotReprocess, d.ID)
	forced, problems, _ := value.ParseForced(m.ForcedNodes)
	if problems.Err() != nil {
		value.AddForcedProblems(&resp.Diagnostics, problems)
		return
	}
	r := recipeReprocess{
		id: d.ID, recipeType: d.RecipeType.Name, from: d.RecipeTypeRev.RevisionNum,
		to: int(m.RecipeTypeRevision.ValueInt64()), forced: forced,
	}
	steps, err := r.plan(ctx, c)
	if err != nil {
		fault.Add(&resp.Diagnostics, what, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		p.Say("Plan: node %s: %s, %s", name, steps[name].Action, steps[name].Reason)
	}
	started, err := r.start(ctx, c)
	if err != nil {
		fault.Add(&resp.Diagnostics, what, err)
		return
	}
	p.Say("Recipe %d of type %s, revision %d, supersedes recipe %d", started.ID, r.recipeType, started.RecipeTypeRev.RevisionNum, d.ID)
	if kit.Waits(m.WaitForCompletion) {
		end, err := kit.AwaitRecipe(ctx, c, started.ID, timeout, p.Tell)
		reportEnd(ctx, c, started.ID, end, timeout, err, &resp.Diagnostics)
	}
}
