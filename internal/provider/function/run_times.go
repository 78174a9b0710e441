package function

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

var _ function.Function = runTimesFunction{}

type runTimesFunction struct{}

// NewRunTimes makes the function run_times.
func NewRunTimes() function.Function { return runTimesFunction{} }

// Of order.Times.
var (
	timeType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"date": types.StringType, "datetime": types.StringType, "unix": types.Int64Type, "year": types.Int64Type,
		"month": types.Int64Type, "day": types.Int64Type, "hour": types.Int64Type,
	}}
	runTimesType = types.ObjectType{AttrTypes: map[string]attr.Type{
		order.ScheduledFor: timeType, order.DataIntervalStart: timeType, order.DataIntervalEnd: timeType,
	}}
)

// Metadata implements function.Function.
func (runTimesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "run_times"
}

// Definition implements function.Function.
func (runTimesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells what times the next runs get",
		MarkdownDescription: "Returns, for the same runs as `next_runs`, the variables that tell their times: `ScheduledFor`, " +
			"`DataIntervalStart` and `DataIntervalEnd`, each an object with `date`, `datetime` (RFC 3339), `unix`, `year`, `month`, `day` and " +
			"`hour` in the schedule's time zone. So a configuration, or `terraform test`, can say which day's data the next night works on: what " +
			"`{{DataIntervalStart.date}}` stands for in a variable, a date or a file selector.",
		Parameters: runParameters(),
		Return:     function.ListReturn{ElementType: runTimesType},
	}
}

// Run implements function.Function.
func (runTimesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	s, due, err := dueRuns(ctx, req)
	if err != nil {
		resp.Error = err
		return
	}
	out := make([]attr.Value, 0, len(due))
	for _, t := range due {
		run := map[string]attr.Value{}
		for name, members := range order.TimesOf(s, t).Variables() {
			run[name] = timeObject(members)
		}
		out = append(out, types.ObjectValueMust(runTimesType.AttrTypes, run))
	}
	resp.Error = resp.Result.Set(ctx, types.ListValueMust(runTimesType, out))
}

func timeObject(variable any) attr.Value {
	members, _ := variable.(map[string]any)
	object := map[string]attr.Value{}
	for name, member := range members {
		switch m := member.(type) {
		case string:
			object[name] = types.StringValue(m)
		case json.Number:
			n, _ := m.Int64() // order.Times writes integers
			object[name] = types.Int64Value(n)
		}
	}
	return types.ObjectValueMust(timeType.AttrTypes, object)
}
