package order

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

var (
	_ action.ActionWithConfigure  = (*orderRunAction)(nil)
	_ action.ActionWithModifyPlan = (*orderRunAction)(nil)
)

const cannotRun = "Cannot run order"

// NewRunAction returns the action galley_order_run.
func NewRunAction() action.Action { return &orderRunAction{} }

type orderRunAction struct{ kit.ActionBase }

// orderRunModel is the action galley_order_run.
type orderRunModel struct {
	Kitchen           types.String   `tfsdk:"kitchen"`
	OrderID           types.String   `tfsdk:"order_id"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

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
		Attributes: map[string]schema.Attribute{
			"kitchen":             kitchenArgument(),
			"order_id":            requiredName("Id of the order, such as `galley_order.x.id`."),
			"wait_for_completion": kit.WaitArgument("the run has ended"),
			"timeouts":            kit.InvokeTimeout(ctx, "How long to wait for the run to end, as `90s` or `2h`. Default `30m`."),
		},
	}
}

func kitchenArgument() schema.StringAttribute {
	return requiredName("Name of the kitchen, such as `galley_order.x.kitchen`.")
}

// requiredName is an attribute of an action that names something of orders.
func requiredName(doc string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: doc,
	}
}

// ModifyPlan looks for the order.
func (a *orderRunAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var m orderRunModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	defer a.Online().Report(&resp.Diagnostics)
	o, ok := knownOrder(ctx, a.Kitchens(), m.Kitchen, m.OrderID, cannotRun, &resp.Diagnostics)
	if ok && o.Status == string(order.Stopped) {
		a.Online().Finding(&resp.Diagnostics, path.Root("order_id"), cannotRun, fmt.Sprintf(
			"order_id: order %s was stopped, which is for good. Order anew.", o.HID))
	}
}

// Invoke implements action.Action.
func (a *orderRunAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m orderRunModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	timeout, diags := m.Timeouts.Invoke(ctx, kit.ActionTimeout)
	resp.Diagnostics.Append(diags...)
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
	if kit.Waits(m.WaitForCompletion) {
		followRun(ctx, c, p, kitchen, run, timeout, &resp.Diagnostics)
	}
}

// followRun waits for a run, tells p how it goes and reports how it has ended.
func followRun(
	ctx context.Context, c *client.Client, p *kit.Progress, kitchen, run string, timeout time.Duration, diags *diag.Diagnostics,
) {
	l, err := awaitRun(ctx, c, kitchen, run, timeout, p.Tell)
	if err == nil {
		p.Say("Run %s is %s", run, l.run.Status)
	}
	reportRunEnd(ctx, c, run, l, timeout, err, diags)
}

// knownOrder finds the order that the arguments kitchen and order_id of an action name,
// to check the action while planning. It is false if there is none, which it reports, or
// if nobody can say.
func knownOrder(
	ctx context.Context, known plan.Kitchens, kitchen, id types.String, summary string, diags *diag.Diagnostics,
) (o api.Order, ok bool) {
	asked := known.Online
	if asked == nil || diags.HasError() || kitchen.IsUnknown() || id.IsUnknown() {
		return o, false
	}
	if known.MustExist(ctx, kitchen.ValueString(), path.Root("kitchen"), diags); diags.HasError() {
		return o, false
	}
	key := fmt.Sprintf("order %s of kitchen %s", id.ValueString(), kitchen.ValueString())
	o, exists, err := plan.AskFor(ctx, asked, key, func(ctx context.Context) (api.Order, error) {
		o, _, err := asked.Client.Order(ctx, kitchen.ValueString(), id.ValueString())
		return o, err
	})
	if err == nil && !exists {
		asked.Finding(diags, path.Root("order_id"), summary, fmt.Sprintf(
			"order_id: there is no order '%s' in kitchen %s.", id.ValueString(), kitchen.ValueString()))
	}
	return o, err == nil && exists
}
