package provider

import (
	"context"
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
)

// ordersOfKitchen is the request of galley_orders; kitchen "" is all kitchens.
type ordersOfKitchen struct {
	kitchen string
	api.OrderQuery
}

// NewOrdersDataSource returns the data source galley_orders (contract datakitchen-v2,
// 1.5 order/status).
func NewOrdersDataSource() datasource.DataSource {
	return &listDataSource[ordersOfKitchen, orderLook, orderResult]{
		name:   "orders",
		things: "orders",
		doc:    "Orders, the newest of each kitchen first. Of a kitchen that does not exist there are none.",
		filters: map[string]schema.Attribute{
			"kitchen":   textFilter("Of this kitchen. Left out: of all kitchens, with one request for each."),
			"recipe":    textFilter("Of this recipe."),
			"variation": textFilter("Of this variation."),
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
			"search": textFilter("With an id that this regular expression fits."),
		},
		results: map[string]schema.Attribute{
			"id":                        computedText("Id of the order."),
			"kitchen":                   computedText("Name of the kitchen."),
			"recipe":                    computedText("Name of the recipe."),
			"variation":                 computedText("Name of the variation."),
			"status":                    computedText("Status, as in `galley_order`."),
			"schedule":                  computedText("Text of the schedule that counts: `now`, five fields of cron, or a repeating interval."),
			"time_zone":                 computedText("Time zone of the schedule."),
			"start":                     computedText("Nothing runs before this time."),
			"expires":                   computedText("Nothing runs at this time or later."),
			"max_runs":                  computedNumber("At most so many runs; null for no limit."),
			"effective_parameters_json": computedText("The variables that counted for the latest run, as JSON text of an object."),
			"run_count":                 computedNumber("How many runs the schedule has started."),
			"next_run":                  computedText("When the next run is due (RFC 3339)."),
			"created":                   computedText("When the order was made (RFC 3339)."),
			"last_run": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "The newest run; null if there is none.", Attributes: computedAll(lastRunAttributes()),
			},
		},
		query:  orderQuery,
		list:   listOrders,
		result: newOrderResult,
	}
}

func orderQuery(f *filterValues) ordersOfKitchen {
	one := 1
	return ordersOfKitchen{f.text("kitchen"), api.OrderQuery{
		Recipe: f.text("recipe"), Variation: f.text("variation"), OrderStatus: f.text("status"), OrderRunStatus: f.text("run_status"),
		TimePeriod: f.fraction("hours"), Search: f.text("search"), ServingsCount: &one, Count: f.limit(),
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

func newOrderResult(l orderLook) orderResult {
	o := l.order
	zone, runs := o.TimeZone, types.Int64Null()
	if zone == "" {
		zone = zoneUTC
	}
	if o.MaxRuns > 0 {
		runs = types.Int64Value(int64(o.MaxRuns))
	}
	return orderResult{
		ID: types.StringValue(o.HID), Kitchen: types.StringValue(l.kitchen), Recipe: types.StringValue(o.Recipe),
		Variation: types.StringValue(o.Variation), Status: types.StringValue(o.Status), Schedule: types.StringValue(o.Schedule),
		TimeZone: types.StringValue(zone), Start: textOrNull(o.Start), Expires: textOrNull(o.Expires), MaxRuns: runs,
		EffectiveParameters: types.StringValue(string(o.EffectiveParameters)), RunCount: types.Int64Value(int64(o.RunCount)),
		NextRun: instantOrNull(o.NextRun), Created: instantText(o.Created), LastRun: lastRunObject(l.run),
	}
}
