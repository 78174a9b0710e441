package order

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// alertsOfKitchen is the request of galley_alerts.
type alertsOfKitchen struct {
	kitchen string
	api.AlertsQuery
}

// maxAlerts are as many as the API lists.
const maxAlerts = 1000

// NewAlertsDataSource returns the data source galley_alerts.
func NewAlertsDataSource() datasource.DataSource {
	return &kit.ListDataSource[alertsOfKitchen, api.Alert, alertResult]{
		Name:   "alerts",
		Things: "alerts",
		Of:     "kitchen",
		Doc:    "Alerts of a kitchen's orders, the newest first, and whether they have arrived. At most the latest 1000 are read.",
		Filters: map[string]schema.Attribute{
			"kitchen":  kit.NameArgument("Name of the kitchen."),
			"order_id": kit.TextFilter("Of this order."),
			"run_id":   kit.TextFilter("Of this run."),
			"status": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf("QUEUED", "DELIVERED", "FAILED")},
				MarkdownDescription: "With this status: `QUEUED` (still to be sent, also after a try that failed), `DELIVERED` or `FAILED`.",
			},
		},
		Results: map[string]schema.Attribute{
			"id":          kit.ComputedText("Id, as receivers see it."),
			"order_id":    kit.ComputedText("Id of the order."),
			"run_id":      kit.ComputedText("Id of the run."),
			"event":       kit.ComputedText("What has happened: `start`, `warning`, `over_duration`, `success` or `error`."),
			"destination": kit.ComputedText("Who is told; of a URL only the host."),
			"status":      kit.ComputedText("`QUEUED`, `DELIVERED` or `FAILED`."),
			"attempts":    kit.ComputedNumber("How often it was sent."),
			"error":       kit.ComputedText("Why the latest try failed; null if it did not."),
			"digest":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it is told together with others."},
			"created":     kit.ComputedText("When it happened (RFC 3339)."),
			"ended":       kit.ComputedText("When it was delivered or given up (RFC 3339)."),
		},
		Query: func(f *kit.Filters) alertsOfKitchen {
			count := maxAlerts
			if limit := f.Limit(); limit > 0 {
				count = min(limit, maxAlerts)
			}
			return alertsOfKitchen{f.Text("kitchen"), api.AlertsQuery{
				OrderID: f.Text("order_id"), RunID: f.Text("run_id"), Status: f.Text("status"), Count: &count}}
		},
		List: func(c *client.Client, ctx context.Context, q alertsOfKitchen) ([]api.Alert, error) {
			return c.Alerts(ctx, q.kitchen, q.AlertsQuery)
		},
		Result: newAlertResult,
	}
}

// alertResult is an alert in a list.
type alertResult struct {
	ID          types.String `tfsdk:"id"`
	OrderID     types.String `tfsdk:"order_id"`
	RunID       types.String `tfsdk:"run_id"`
	Event       types.String `tfsdk:"event"`
	Destination types.String `tfsdk:"destination"`
	Status      types.String `tfsdk:"status"`
	Attempts    types.Int64  `tfsdk:"attempts"`
	Error       types.String `tfsdk:"error"`
	Digest      types.Bool   `tfsdk:"digest"`
	Created     types.String `tfsdk:"created"`
	Ended       types.String `tfsdk:"ended"`
}

func newAlertResult(a api.Alert) alertResult {
	event := a.Event
	for _, name := range order.AlertsShape().Names() {
		if of, _ := order.EventOf(name); string(of) == a.Event {
			event = name
		}
	}
	return alertResult{
		ID: types.StringValue(a.ID), OrderID: types.StringValue(a.OrderID), RunID: types.StringValue(a.RunID), Event: types.StringValue(event),
		Destination: types.StringValue(order.ShownDestination(a.Destination)), Status: types.StringValue(a.Status),
		Attempts: types.Int64Value(int64(a.Attempts)), Error: value.TextOrNull(a.Error), Digest: types.BoolValue(a.Digest),
		Created: instantText(a.Created), Ended: instantOrNull(a.Ended),
	}
}
