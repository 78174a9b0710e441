package order

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// runsOfOrder is the request of galley_order_runs.
type runsOfOrder struct {
	kitchen, order string
	limit          int
}

// NewRunsDataSource returns the data source galley_order_runs (contract
// datakitchen-v2, 1.5 order/servings).
func NewRunsDataSource() datasource.DataSource {
	return &kit.ListDataSource[runsOfOrder, api.OrderRun, orderRunResult]{
		Name:   "order_runs",
		Things: "runs",
		Of:     "order_id",
		Doc:    "Runs of an order, the newest first.",
		Filters: map[string]schema.Attribute{
			"kitchen":  kit.NameArgument("Name of the kitchen."),
			"order_id": kit.NameArgument("Id of the order."),
		},
		Results: kit.Merged(kit.ComputedAll(lastRunAttributes()), map[string]schema.Attribute{
			"order_id":   kit.ComputedText("Id of the order."),
			"resumed_by": kit.ComputedText("Id of the run that has resumed this one; null if none has."),
			"duration":   kit.ComputedNumber("How long the run took, in milliseconds; null until it has ended."),
		}),
		Query: func(f *kit.Filters) runsOfOrder {
			return runsOfOrder{f.Text("kitchen"), f.Text("order_id"), f.Limit()}
		},
		List: func(c *client.Client, ctx context.Context, q runsOfOrder) ([]api.OrderRun, error) {
			return c.OrderRuns(ctx, q.kitchen, q.order, q.limit)
		},
		Result: newOrderRunResult,
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
		runFacts: factsOfRun(run), OrderID: types.StringValue(run.OrderID), ResumedBy: value.TextOrNull(value.Deref(run.ResumedBy)),
		Duration: types.Int64PointerValue(run.Timings.Duration),
	}
}
