package order

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Action = (*orderRunAction)(nil)

const cannotRun = "Cannot run order"

// NewRunAction returns the action galley_order_run.
func NewRunAction() action.Action { return &orderRunAction{} }

type orderRunAction struct{ kit.ActionBase }

// Metadata implements action.Action.
func (a *orderRunAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_order_run"
}

// Schema implements action.Action.
func (a *orderRunAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Starts a run of an order now, beside its schedule, which goes on as it was. The action tells how the nodes run.\n\n" +
			"The run has the parameters of the order; all other variables are read anew. A paused order can be run, too. One that was " +
			"stopped, and one that runs once and has not ended, cannot. An action changes no state: `last_run` of a `galley_order` shows " +
			"the run after the next refresh.\n\n" +
			"It needs galleyd: the v2 order API has no such call by itself.",
		Attributes: runAttributes(ctx, "the run"),
	}
}

// ModifyPlan looks for the order.
func (a *orderRunAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var m runArguments
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	defer a.Online().Report(&resp.Diagnostics)
	o, ok := m.knownOrder(ctx, a.Kitchens(), cannotRun, &resp.Diagnostics)
	if ok && o.Status == string(order.Stopped) {
		a.Online().Finding(&resp.Diagnostics, path.Root("order_id"), cannotRun, fmt.Sprintf(
			"order_id: order %s was stopped, which is for good. Order anew.", o.HID))
	}
}

// Invoke implements action.Action.
func (a *orderRunAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m runArguments
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, tfsdk.Plan(req.Config))...)
	timeout := kit.ReadInvokeTimeout(m.Timeouts, kit.ActionTimeout, &resp.Diagnostics)
	c := a.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	kitchen, id := m.Kitchen.ValueString(), m.OrderID.ValueString()
	run, err := c.RunOrder(ctx, kitchen, id)
	if err != nil {
		fault.Add(&resp.Diagnostics, cannotRun+" "+id, err)
		return
	}
	p := kit.NewProgress(resp)
	p.Say("Run %s of order %s was started", run, id)
	m.follow(ctx, c, p, run, timeout, &resp.Diagnostics)
}
