package recipe

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Action = (*recipeCancelAction)(nil)

const cannotCancel = "Cannot cancel recipe"

// NewCancelAction returns the action galley_recipe_cancel.
func NewCancelAction() action.Action { return &recipeCancelAction{} }

type recipeCancelAction struct{ kit.ActionBase }

// recipeCancelModel is the action galley_recipe_cancel.
type recipeCancelModel struct {
	RecipeID types.Int64   `tfsdk:"recipe_id"`
	Timeouts types.Dynamic `tfsdk:"timeouts"`
}

// Metadata implements action.Action.
func (a *recipeCancelAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_recipe_cancel"
}

// Schema implements action.Action.
func (a *recipeCancelAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Cancels the jobs of a recipe and of its sub-recipes that have not finished, and waits until they have " +
			"stopped. A recipe that has finished is left alone. The recipe itself stays as a record; " +
			"`galley_jobs_requeue` lets its jobs run again.",
		Attributes: map[string]schema.Attribute{
			"recipe_id": schema.Int64Attribute{
				CustomType:          value.WholeNumber{},
				Required:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Id of any recipe of the chain, such as `galley_recipe.x.id`; the newest one is canceled.",
			},
			"timeouts": kit.InvokeTimeout("How long to wait until the jobs have stopped, as `90s` or `2h`. Default `5m`."),
		},
	}
}

// ModifyPlan looks for the recipe.
func (a *recipeCancelAction) ModifyPlan(
	ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse,
) {
	var m recipeCancelModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	knownRecipe(ctx, a.Online(), m.RecipeID, cannotCancel, &resp.Diagnostics)
	a.Online().Report(&resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *recipeCancelAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m recipeCancelModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, tfsdk.Plan(req.Config))...)
	timeout := kit.ReadInvokeTimeout(m.Timeouts, recipeDeleteTimeout, &resp.Diagnostics)
	c := a.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := kit.NewProgress(resp)
	d, ok := newestKnown(ctx, c, p, m.RecipeID.ValueInt64(), cannotCancel, &resp.Diagnostics)
	if !ok {
		return
	}
	if status := kit.RunStatus(d.IsCompleted, d.RecipeCounts); kit.IsSettled(status) {
		p.Say("Recipe %d is %s: there is nothing to cancel", d.ID, status)
		return
	}
	id := d.ID
	d, err := cancelRecipe(ctx, c, id, timeout, p.Tell)
	switch {
	case ctx.Err() != nil:
		resp.Diagnostics.AddError("Interrupted while canceling a recipe", fmt.Sprintf(
			"The jobs of recipe %d were told to stop, but had not all done so.", id))
	case errors.Is(err, context.DeadlineExceeded):
		n := d.RecipeCounts
		resp.Diagnostics.AddError(fmt.Sprintf("Jobs of recipe %d are still being canceled", id), fmt.Sprintf(
			"They were told to stop, but had not all done so after %s: %d run, %d wait for a worker, %d for others. More time is "+
				"given with timeouts = { invoke = \"15m\" }.", timeout, n.JobsRunning, n.JobsQueued, n.JobsPending))
	case err != nil:
		fault.Add(&resp.Diagnostics, fmt.Sprintf("%s %d", cannotCancel, id), err)
	}
}
