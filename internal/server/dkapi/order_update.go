package dkapi

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// scheduleMembers make one schedule together.
func scheduleMembers() []string {
	return []string{"schedule", "scheduleTimeZone", "start", "expires", "max-runs"}
}

// updateOrder (ours) changes an order in place, and answers as a create does.
func (d *Dialect) updateOrder(ctx context.Context, r *Request) (*Answer, error) {
	hid, err := r.orderID("order")
	if err != nil {
		return nil, err
	}
	if hid == "" {
		return nil, notExist("The order %q", none)
	}
	edit, err := orderEdit(r)
	if err != nil {
		return nil, refusedOrder(err)
	}
	row, err := d.Orders.EditOrder(ctx, hid, edit)
	if errors.Is(err, store.ErrNotFound) || refusal.CodeOf(err) == refusal.NotFound {
		return nil, err
	}
	if err != nil {
		return nil, refusedOrder(err)
	}
	a, err := d.orderAnswer(ctx, r, row, row.HID)
	if err == nil {
		a.LastModified = row.Version().Ptr()
	}
	return a, err
}

// graphSetting is the member that says which nodes run.
const graphSetting = "graph-setting"

// orderEdit is what the body of a request changes. Null is a member that is not there.
func orderEdit(r *Request) (orders.OrderEdit, error) {
	edit := orders.OrderEdit{Settings: map[string]json.RawMessage{}, By: r.by(), IfMatch: r.IfMatch}
	body := map[string]any{}
	for name, value := range r.Body {
		if value != nil {
			body[name] = value
		}
	}
	var update api.OrderUpdate
	if err := r.decodeMembers(body, &update); err != nil {
		return edit, err
	}
	if err := checkObjects(body); err != nil {
		return edit, err
	}
	edit.Parameters, edit.SecretParameters, edit.Paused = update.Parameters, update.SecretParameters, update.Paused
	changed := []string{"overlap", "catch-up", "input-files", "timeout"}
	if graph, given := body[graphSetting]; given {
		list, isList := graph.([]any)
		switch {
		case !isList:
			return edit, refusef(400, `The member %q is wrong: expected a list of edges and nodes.`, graphSetting)
		case len(list) == 0:
			edit.Settings[graphSetting] = json.RawMessage("null")
		default:
			changed = append(changed, graphSetting)
		}
	}
	for _, name := range scheduleMembers() {
		if _, given := body[name]; given && edit.Schedule == nil {
			edit.Schedule = &order.ScheduleSetting{Options: schedule.Options{
				Zone: update.TimeZone, Start: update.Start, Expires: update.Expires, MaxRuns: update.MaxRuns,
			}}
			if update.Schedule != nil {
				edit.Schedule.Schedule = *update.Schedule
			}
		}
	}
	if edit.Schedule != nil {
		for _, name := range scheduleMembers() {
			edit.Settings[name] = json.RawMessage("null")
		}
		changed = append(changed, scheduleMembers()...)
	}
	if update.Overlap != nil {
		overlap, err := order.ParseOverlap(*update.Overlap)
		if err != nil {
			return edit, refusef(400, `The member "overlap" is wrong: %s.`, err)
		}
		edit.Overlap, edit.Settings["overlap"] = &overlap, json.RawMessage("null")
	}
	if update.CatchUp != nil {
		catchUp, err := order.ParseCatchUp(*update.CatchUp)
		if err != nil {
			return edit, refusef(400, `The member "catch-up" is wrong: %s.`, err)
		}
		edit.CatchUp, edit.Settings["catch-up"] = &catchUp, json.RawMessage("null")
	}
	if update.Timeout != nil {
		edit.Timeout, edit.Settings["timeout"] = update.Timeout, json.RawMessage("null")
	}
	for _, name := range changed {
		value, given := body[name]
		if !given || value == "" {
			continue
		}
		raw, err := encode(value)
		if err != nil {
			return edit, err
		}
		edit.Settings[name] = raw
	}
	return edit, nil
}
