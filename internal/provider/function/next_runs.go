package function

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

var _ function.Function = nextRunsFunction{}

type nextRunsFunction struct{}

const maxNextRuns = 1000

// NewNextRuns makes the function next_runs.
func NewNextRuns() function.Function { return nextRunsFunction{} }

// Metadata implements function.Function.
func (nextRunsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "next_runs"
}

// Definition implements function.Function.
func (nextRunsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells when a schedule is due",
		MarkdownDescription: "Returns the next times at which an order with this schedule runs, in the schedule's time zone, by the rules of " +
			"the backend. Where clocks are put forward or back, a time of the day that is skipped is due when the clock goes on, and one " +
			"that comes twice is due once; with `*` or `*/n` for the hour, real time counts. With both a day of the month and a day " +
			"of the week, either is enough.\n\nFewer times come back if a schedule ends before.",
		Parameters: runParameters(),
		Return:     function.ListReturn{ElementType: types.StringType},
	}
}

// Run implements function.Function.
func (nextRunsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	_, due, err := dueRuns(ctx, req)
	if err != nil {
		resp.Error = err
		return
	}
	out := []string{}
	for _, t := range due {
		out = append(out, t.Format(time.RFC3339))
	}
	resp.Error = resp.Result.Set(ctx, out)
}

// runParameters are the arguments of the functions that tell of the next runs; see dueRuns.
func runParameters() []function.Parameter {
	return []function.Parameter{
		function.StringParameter{
			Name: "cron",
			MarkdownDescription: "Five fields: minute, hour, day of the month, month and day of the week, such as `30 4 * * MON-FRI`; or a " +
				"repeating interval of ISO 8601, such as `R5/2026-03-01T20:00:00Z/PT2H`.",
		},
		function.StringParameter{
			Name:                "zone",
			MarkdownDescription: "Name of a time zone, such as `Europe/Paris`. `\"\"` is UTC.",
		},
		function.StringParameter{
			Name:                "from",
			MarkdownDescription: "Times after this one are wanted, such as `2026-03-01T00:00:00Z`. Of `plantimestamp()` the result changes with every plan.",
		},
		function.Int64Parameter{
			Name:                "n",
			MarkdownDescription: fmt.Sprintf("How many times are wanted, from 1 to %d.", maxNextRuns),
		},
	}
}

// dueRuns are the next runs that the arguments ask for.
func dueRuns(ctx context.Context, req function.RunRequest) (*schedule.Schedule, []time.Time, *function.FuncError) {
	var cron, zone, from string
	var n int64
	if err := req.Arguments.Get(ctx, &cron, &zone, &from, &n); err != nil {
		return nil, nil, err
	}
	s, err := schedule.Parse(cron, schedule.Options{Zone: zone})
	if err != nil {
		return nil, nil, scheduleError(err)
	}
	after, err := time.Parse(time.RFC3339, from)
	if err != nil {
		return nil, nil, function.NewArgumentFuncError(2, fmt.Sprintf("found %q, expected a time such as 2026-03-01T00:00:00Z", from))
	}
	if n < 1 || n > maxNextRuns {
		return nil, nil, function.NewArgumentFuncError(3, fmt.Sprintf("found %d, expected 1 to %d", n, maxNextRuns))
	}
	return s, s.Runs(after, int(n)), nil
}

// scheduleError is an error about the first argument that has a problem, with all problems.
func scheduleError(err error) *function.FuncError {
	invalid, ok := errors.AsType[*schedule.InvalidError](err)
	if !ok {
		return function.NewFuncError(err.Error())
	}
	argument := int64(1)
	texts := make([]string, 0, len(invalid.Problems))
	for _, p := range invalid.Problems {
		if p.Field != schedule.ZoneField {
			argument = 0
		}
		texts = append(texts, p.Message)
	}
	return argumentError(argument, texts)
}
