package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Action = (*orderRunResumeAction)(nil)

const cannotResume = "Cannot resume run"

// NewRunResumeAction returns the action galley_order_run_resume.
func NewRunResumeAction() action.Action { return &orderRunResumeAction{} }

type orderRunResumeAction struct{ kit.ActionBase }

// orderRunResumeModel is the action galley_order_run_resume.
type orderRunResumeModel struct {
	runArguments
	RunID types.String `tfsdk:"run_id"`
}

// Metadata implements action.Action.
func (a *orderRunResumeAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_order_run_resume"
}

// Schema implements action.Action.
func (a *orderRunResumeAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Resumes a run of an order that has failed or was stopped: a new run of the same order, in which what has " +
			"completed keeps its outputs and the rest runs again. The action tells how the nodes run.\n\n" +
			"The parameters are those of the order; all other variables are read anew and count for the nodes that run. An order that runs once " +
			"and has ended is active again. A scheduled order that was stopped is stopped for good, with its runs. An action changes no state: `last_run` " +
			"of a `galley_order` shows the new run after the next refresh.",
		Attributes: runAttributes(ctx, "the new run"),
	}
	resp.Schema.Attributes["run_id"] = schema.StringAttribute{
		Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "Id of a run of the order, which must have failed or been stopped. Default: the newest run; if that has " +
			"done neither, the action says so and does nothing.",
	}
}

// ModifyPlan looks for the order and the run.
func (a *orderRunResumeAction) ModifyPlan(
	ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse,
) {
	var m orderRunResumeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	asked := a.Online()
	defer asked.Report(&resp.Diagnostics)
	o, ok := m.knownOrder(ctx, a.Kitchens(), cannotResume, &resp.Diagnostics)
	if !ok || m.RunID.IsNull() || m.RunID.IsUnknown() {
		return
	}
	kitchen, id := m.Kitchen.ValueString(), m.RunID.ValueString()
	run, exists, err := plan.AskFor(ctx, asked, fmt.Sprintf("run %s of kitchen %s", id, kitchen), func(ctx context.Context) (api.OrderRun, error) {
		_, run, err := asked.Client.OrderRun(ctx, kitchen, id)
		return run, err
	})
	problem := ""
	switch status := order.RunStatus(run.Status); {
	case err != nil:
	case !exists || run.OrderID != o.HID:
		problem = fmt.Sprintf("there is no run '%s' of order %s.", id, o.HID)
	case status == order.RunResumed:
		problem = fmt.Sprintf("run %s was resumed already, by run %s. Resume that one, or leave run_id out.", id, value.Deref(run.ResumedBy))
	case status == order.RunCompleted:
		problem = fmt.Sprintf("run %s has completed (%s); only a run that has failed or was stopped can be resumed.", id, status)
	}
	if problem != "" {
		asked.Finding(&resp.Diagnostics, path.Root("run_id"), cannotResume, "run_id: "+problem)
	}
}

// Invoke implements action.Action.
func (a *orderRunResumeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m orderRunResumeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, tfsdk.Plan(req.Config))...)
	timeout := kit.ReadInvokeTimeout(m.Timeouts, kit.ActionTimeout, &resp.Diagnostics)
	c := a.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := kit.NewProgress(resp)
	old, err := m.run(ctx, c)
	switch {
	case err != nil:
		fault.Add(&resp.Diagnostics, cannotResume, err)
		return
	case old.run == nil:
		p.Say("Order %s has no run: there is nothing to resume", m.OrderID.ValueString())
		return
	case m.RunID.IsNull() && !order.RunStatus(old.run.Status).CanResume():
		p.Say("Run %s is %s: there is nothing to resume", old.run.HID, old.run.Status)
		return
	case !strings.EqualFold(old.order.HID, m.OrderID.ValueString()):
		resp.Diagnostics.AddAttributeError(path.Root("run_id"), cannotResume, fmt.Sprintf(
			"run_id: found run %s, which is one of order %s; expected one of order %s.", old.run.HID, old.order.HID, m.OrderID.ValueString()))
		return
	}
	run, err := c.ResumeRun(ctx, old.kitchen, old.run.HID)
	if err != nil {
		fault.Add(&resp.Diagnostics, cannotResume+" "+old.run.HID, err)
		return
	}
	p.Say("Run %s of order %s resumes run %s", run, old.order.HID, old.run.HID)
	m.follow(ctx, c, p, run, timeout, &resp.Diagnostics)
}

// run looks at the run to resume, which is nil if the order has none.
func (m orderRunResumeModel) run(ctx context.Context, c *client.Client) (orderLook, error) {
	if m.RunID.IsNull() {
		return lookAtOrder(ctx, c, m.Kitchen.ValueString(), m.OrderID.ValueString())
	}
	return lookAtRun(ctx, c, m.Kitchen.ValueString(), m.RunID.ValueString())
}
