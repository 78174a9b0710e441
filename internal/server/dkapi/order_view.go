package dkapi

import (
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// orderView is an order; of its runs the latest is enough.
func (r *Request) orderView(row store.RecipeOrder, kitchen string, runs []store.OrderRun) api.Order {
	out := api.Order{
		HID: row.HID, Recipe: row.RecipeName, Variation: row.Variation, Schedule: row.Schedule, TimeZone: row.TimeZone,
		Start: row.Start, Expires: row.Expires, MaxRuns: row.MaxRuns, Status: row.Status, InputSettings: r.inputSettings(row),
		ServingChronosID: chronosID(row, kitchen), ChronosStatus: row.Status, EffectiveParameters: json.RawMessage(`{}`),
		Overlap: row.Overlap, CatchUp: row.CatchUp, RunCount: row.RunCount, RunsSkipped: row.RunsSkipped, NextRun: millis(row.NextFire), Created: row.Created.UnixMilli(),
		ETag: usecase.Tag(row.Version()),
	}
	if len(runs) > 0 {
		out.EffectiveParameters = withoutSystem(r.variables(runs[0].Variables, r.given(row)))
	}
	return out
}

// withoutSystem are the variables of a run that somebody has set.
func withoutSystem(variables store.JSON) json.RawMessage {
	own := members(variables)
	for name := range order.System("", "", "", "", "") {
		delete(own, name)
	}
	raw, err := encode(own)
	if err != nil {
		return json.RawMessage(`{}`) // we wrote it
	}
	return raw
}

// runView is a run. One that has not started is said to start when it is due: clients
// sort by that time (contract 1.5, RUN).
func runView(run store.OrderRun, row store.RecipeOrder, kitchen string) api.OrderRun {
	out := api.OrderRun{
		HID: run.HID, OrderID: row.HID, Status: run.Status, Label: order.RunStatus(run.Status).Label(), VariationName: row.Variation,
		Timings: api.Timings{Start: run.ScheduledFor.UnixMilli()}, ResumedBy: run.ResumedBy, ScheduledFor: run.ScheduledFor.UnixMilli(),
		ServingMesosID: mesosID(run, row, kitchen), ServingChronosID: chronosID(row, kitchen), RecipeID: run.RecipeID, Error: run.Error,
	}
	if run.Started != nil {
		out.Timings.Start = run.Started.UnixMilli()
	}
	if run.Ended != nil {
		duration := max(run.Ended.UnixMilli()-out.Timings.Start, 0)
		out.Timings.End, out.Timings.Duration = millis(run.Ended), &duration
	}
	return out
}

// millis is a time in milliseconds since 1970; nil for none.
func millis(t *store.Time) *int64 {
	if t == nil {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}
