package order

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
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

// ordersOfKitchen is the request of galley_orders; kitchen "" is all kitchens.
type ordersOfKitchen struct {
	kitchen string
	api.OrderQuery
}

// NewListDataSource returns the data source galley_orders (contract datakitchen-v2,
// 1.5 order/status).
func NewListDataSource() datasource.DataSource {
	return &kit.ListDataSource[ordersOfKitchen, orderLook, orderResult]{
		Name:   "orders",
		Things: "orders",
		Doc:    "Orders, the newest of each kitchen first. Of a kitchen that does not exist there are none.",
		Filters: map[string]schema.Attribute{
			"kitchen":   kit.TextFilter("Of this kitchen. Left out: of all kitchens, with one request for each."),
			"recipe":    kit.TextFilter("Of this recipe."),
			"variation": kit.TextFilter("Of this variation."),
			"status": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(
					string(order.Active), string(order.Completed), string(order.Stopped), string(order.Failed), string(order.Paused))},
				MarkdownDescription: "With this status: `ACTIVE_ORDER`, `PAUSED_ORDER`, `COMPLETED_ORDER`, `STOPPED_ORDER` or `ORDER_ERROR`.",
			},
			"run_status": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(
					string(order.RunPlanned), string(order.RunActive), string(order.RunCompleted), string(order.RunStopped), string(order.RunFailed),
					string(order.RunResumed))},
				MarkdownDescription: "With a run of this status; `last_run` is the newest of those.",
			},
			"hours": schema.Float64Attribute{
				Optional: true, Validators: []validator.Float64{float64validator.AtLeast(0)},
				MarkdownDescription: "Made, or with a run, within so many hours before now.",
			},
			"search": kit.TextFilter("With an id that this regular expression fits."),
		},
		Results: map[string]schema.Attribute{
			"id":                        kit.ComputedText("Id of the order."),
			"kitchen":                   kit.ComputedText("Name of the kitchen."),
			"recipe":                    kit.ComputedText("Name of the recipe."),
			"variation":                 kit.ComputedText("Name of the variation."),
			"status":                    kit.ComputedText("Status, as in `galley_order`."),
			"schedule":                  kit.ComputedText("Text of the schedule that counts: `now`, five fields of cron, or a repeating interval."),
			"time_zone":                 kit.ComputedText("Time zone of the schedule."),
			"start":                     kit.ComputedText("Nothing runs before this time."),
			"expires":                   kit.ComputedText("Nothing runs at this time or later."),
			"max_runs":                  kit.ComputedNumber("At most so many runs; null for no limit."),
			"effective_parameters_json": kit.ComputedText("The variables that counted for the latest run, as JSON text of an object."),
			"run_count":                 kit.ComputedNumber("How many runs the schedule has started."),
			"next_run":                  kit.ComputedText("When the next run is due (RFC 3339)."),
			"created":                   kit.ComputedText("When the order was made (RFC 3339)."),
			"last_run": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "The newest run; null if there is none.", Attributes: kit.ComputedAll(lastRunAttributes()),
			},
		},
		Query:  orderQuery,
		List:   listOrders,
		Result: newOrderResult,
	}
}

func orderQuery(f *kit.Filters) ordersOfKitchen {
	one := 1
	return ordersOfKitchen{f.Text("kitchen"), api.OrderQuery{
		Recipe: f.Text("recipe"), Variation: f.Text("variation"), OrderStatus: f.Text("status"), OrderRunStatus: f.Text("run_status"),
		TimePeriod: f.Fraction("hours"), Search: f.Text("search"), ServingsCount: &one, Count: f.Limit(),
	}}
}

func listOrders(c *client.Client, ctx context.Context, q ordersOfKitchen) ([]orderLook, error) {
	var out []orderLook
	for l, err := range eachOrder(c, ctx, q) {
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// eachOrder lists kitchen by kitchen, up to the limit of the query.
func eachOrder(c *client.Client, ctx context.Context, q ordersOfKitchen) iter.Seq2[orderLook, error] {
	return func(push func(orderLook, error) bool) {
		kitchens, err := kitchensOf(c, ctx, q.kitchen)
		if err != nil {
			push(orderLook{}, err)
			return
		}
		given := 0
		for _, kitchen := range kitchens {
			list, err := c.Orders(ctx, kitchen, q.OrderQuery)
			if err != nil {
				push(orderLook{}, err)
				return
			}
			for _, o := range list.Orders {
				l := orderLook{order: o, kitchen: kitchen}
				if runs := list.Servings[o.HID].Servings; len(runs) > 0 {
					l.run = &runs[0]
				}
				if given++; !push(l, nil) || given == q.Count {
					return
				}
			}
		}
	}
}

// kitchensOf are the names of all kitchens, or the one that is asked for.
func kitchensOf(c *client.Client, ctx context.Context, name string) ([]string, error) {
	if name != "" {
		return []string{name}, nil
	}
	all, err := c.Kitchens(ctx)
	var names []string
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names, err
}

// orderResult is an order in a list.
type orderResult struct {
	ID                  types.String `tfsdk:"id"`
	Kitchen             types.String `tfsdk:"kitchen"`
	Recipe              types.String `tfsdk:"recipe"`
	Variation           types.String `tfsdk:"variation"`
	Status              types.String `tfsdk:"status"`
	Schedule            types.String `tfsdk:"schedule"`
	TimeZone            types.String `tfsdk:"time_zone"`
	Start               types.String `tfsdk:"start"`
	Expires             types.String `tfsdk:"expires"`
	MaxRuns             types.Int64  `tfsdk:"max_runs"`
	EffectiveParameters types.String `tfsdk:"effective_parameters_json"`
	RunCount            types.Int64  `tfsdk:"run_count"`
	NextRun             types.String `tfsdk:"next_run"`
	Created             types.String `tfsdk:"created"`
	LastRun             types.Object `tfsdk:"last_run"`
}

// shownParameters are parameters without the URLs of webhooks, as JSON text.
func shownParameters(raw json.RawMessage) string {
	members, err := decodeObject(raw)
	if err != nil {
		return string(raw)
	}
	text, err := json.Marshal(order.HideDestinations(members, nil))
	if err != nil {
		return string(raw)
	}
	return string(text)
}

func newOrderResult(l orderLook) orderResult {
	o := l.order
	zone, runs := o.TimeZone, types.Int64Null()
	if zone == "" {
		zone = order.ZoneUTC
	}
	if o.MaxRuns > 0 {
		runs = types.Int64Value(int64(o.MaxRuns))
	}
	return orderResult{
		ID: types.StringValue(o.HID), Kitchen: types.StringValue(l.kitchen), Recipe: types.StringValue(o.Recipe),
		Variation: types.StringValue(o.Variation), Status: types.StringValue(o.Status), Schedule: types.StringValue(o.Schedule),
		TimeZone: types.StringValue(zone), Start: value.TextOrNull(o.Start), Expires: value.TextOrNull(o.Expires), MaxRuns: runs,
		EffectiveParameters: types.StringValue(shownParameters(o.EffectiveParameters)), RunCount: types.Int64Value(int64(o.RunCount)),
		NextRun: instantOrNull(o.NextRun), Created: instantText(o.Created), LastRun: lastRunObject(l.run),
	}
}
