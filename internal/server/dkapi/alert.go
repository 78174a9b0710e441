package dkapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	defaultAlerts = 100
	maxAlerts     = 1000
)

// listAlerts is order/alerts, which is ours: whether those who are to hear of runs did.
func (d *Dialect) listAlerts(ctx context.Context, r *Request) (*Answer, error) {
	var q api.AlertsQuery
	if err := r.decode(&q); err != nil {
		return nil, err
	}
	kitchen, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	if err != nil {
		return nil, err
	}
	f := store.AlertFilter{KitchenID: kitchen.ID, OrderHID: q.OrderID, RunHID: q.RunID, Limit: defaultAlerts}
	if statuses := []string{store.AlertQueued, store.AlertDelivered, store.AlertFailed}; q.Status != "" {
		if !slices.Contains(statuses, q.Status) {
			return nil, refusef(http.StatusBadRequest, "status is %q; expected one of %q.", q.Status, statuses)
		}
		f.Statuses = []string{q.Status}
	}
	if q.Count != nil {
		if f.Limit = *q.Count; f.Limit < 1 || f.Limit > maxAlerts {
			return nil, refusef(http.StatusBadRequest, "count is %d; expected 1 to %d.", f.Limit, maxAlerts)
		}
	}
	rows, err := d.Store.Alerts(ctx, f)
	if err != nil {
		return nil, err
	}
	out := api.Alerts{Alerts: []api.Alert{}}
	for _, row := range rows {
		v, err := r.alertView(row)
		if err != nil {
			return nil, err
		}
		out.Alerts = append(out.Alerts, v)
	}
	return ok(out)
}

func (r *Request) alertView(row store.Alert) (api.Alert, error) {
	m, err := orders.AlertMessage(row)
	if err != nil {
		return api.Alert{}, err
	}
	out := api.Alert{
		ID: m.ID, OrderID: m.OrderID, RunID: m.OrderRunID, Event: row.Event, Destination: row.Destination, Status: row.Status,
		Attempts: row.Attempts, Error: row.LastError, Digest: row.Digest != "", Created: row.Created.UnixMilli(),
	}
	if !r.isEditor() {
		out.Destination = order.ShownDestination(row.Destination)
	}
	if row.Ended != nil {
		out.Ended = new(row.Ended.UnixMilli())
	}
	return out, nil
}
