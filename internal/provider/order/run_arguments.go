package order

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// runArguments are the arguments that both actions which start a run of an order have. They
// are all that galley_order_run has.
type runArguments struct {
	Kitchen           types.String  `tfsdk:"kitchen"`
	OrderID           types.String  `tfsdk:"order_id"`
	WaitForCompletion types.Bool    `tfsdk:"wait_for_completion"`
	Timeouts          types.Dynamic `tfsdk:"timeouts"`
}

// runAttributes are the attributes of runArguments; run is the run that is started, in a
// sentence.
func runAttributes(ctx context.Context, run string) map[string]schema.Attribute {
	name := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: doc,
		}
	}
	return map[string]schema.Attribute{
		"kitchen":             name("Name of the kitchen, such as `galley_order.x.kitchen`."),
		"order_id":            name("Id of the order, such as `galley_order.x.id`."),
		"wait_for_completion": kit.WaitArgument(run + " has ended"),
		"timeouts":            kit.InvokeTimeout("How long to wait for " + run + " to end, as `90s` or `2h`. Default `30m`."),
	}
}

// knownOrder finds the order that an action is for, to check the action while planning. It is false if there is none, which it reports, or
// if nobody can say.
func (m runArguments) knownOrder(
	ctx context.Context, known plan.Kitchens, summary string, diags *diag.Diagnostics,
) (o api.Order, ok bool) {
	asked, kitchen, id := known.Online, m.Kitchen, m.OrderID
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

// follow waits for a run, if m says so, tells p how it goes and reports how it has ended.
func (m runArguments) follow(
	ctx context.Context, c *client.Client, p *kit.Progress, run string, timeout time.Duration, diags *diag.Diagnostics,
) {
	if !kit.Waits(m.WaitForCompletion) {
		return
	}
	l, err := awaitRun(ctx, c, m.Kitchen.ValueString(), run, timeout, p.Tell)
	if err == nil {
		p.Say("Run %s is %s", run, l.run.Status)
	}
	reportRunEnd(ctx, c, run, l, timeout, err, diags)
}
