package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// runsOfOrder is the request of galley_order_runs.
type runsOfOrder struct {
	kitchen, order string
	limit          int
}

// NewOrderRunsDataSource returns the data source galley_order_runs (contract
// datakitchen-v2, 1.5 order/servings).
func NewOrderRunsDataSource() datasource.DataSource {
	return &listDataSource[runsOfOrder, api.OrderRun, orderRunResult]{
		name:   "order_runs",
		things: "runs",
		of:     "order_id",
		doc:    "Runs of an order, the newest first.",
		filters: map[string]schema.Attribute{
			"kitchen":  nameArgument("Name of the kitchen."),
			"order_id": nameArgument("Id of the order."),
		},
		results: merged(computedAll(lastRunAttributes()), map[string]schema.Attribute{
			"order_id":   computedText("Id of the order."),
			"resumed_by": computedText("Id of the run that has resumed this one; null if none has."),
			"duration":   computedNumber("How long the run took, in milliseconds; null until it has ended."),
		}),
		query: func(f *filterValues) runsOfOrder {
			return runsOfOrder{f.text("kitchen"), f.text("order_id"), f.limit()}
		},
		list: func(c *client.Client, ctx context.Context, q runsOfOrder) ([]api.OrderRun, error) {
			return c.OrderRuns(ctx, q.kitchen, q.order, q.limit)
		},
		result: newOrderRunResult,
	}
}

// orderRunResult is a run in a list.
type orderRunResult struct {
	runFacts
	OrderID   types.String `tfsdk:"order_id"`
	ResumedBy types.String `tfsdk:"resumed_by"`
	Duration  types.Int64  `tfsdk:"duration"`
}

func newOrderRunResult(run api.OrderRun) orderRunResult {
	return orderRunResult{
		runFacts: factsOfRun(run), OrderID: types.StringValue(run.OrderID), ResumedBy: textOrNull(deref(run.ResumedBy)),
		Duration: types.Int64PointerValue(run.Timings.Duration),
	}
}
