package client

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// CreateOrder submits an order and returns its id.
func (c *Client) CreateOrder(ctx context.Context, kitchen, recipe, variation string, o api.OrderCreate) (string, error) {
	id, _, err := c.SubmitOrder(ctx, kitchen, recipe, variation, o)
	return id, err
}

// SubmitOrder is CreateOrder that also tells whether an earlier one has made the order, and
// lost it.
func (c *Client) SubmitOrder(ctx context.Context, kitchen, recipe, variation string, o api.OrderCreate) (id string, taken bool, err error) {
	v, h, err := sendFor[api.OrderCreated](ctx, c, v2(http.MethodPut, o, "order", "create", kitchen, recipe, variation).keyed())
	return v.OrderID, h.taken, err
}

// Orders lists orders of a kitchen, newest first, each with its newest runs. Of an
// unknown kitchen there are none.
func (c *Client) Orders(ctx context.Context, kitchen string, q api.OrderQuery) (api.OrderList, error) {
	v, _, err := send[api.OrderList](ctx, c, v2(http.MethodGet, q, "order", "status", kitchen))
	return v, err
}

// Order returns one order and its newest run, nil if there is none yet. An order that
// does not exist is an error of status 404: the API only lists orders.
func (c *Client) Order(ctx context.Context, kitchen, id string) (api.Order, *api.OrderRun, error) {
	one := 1
	list, err := c.Orders(ctx, kitchen, api.OrderQuery{Search: "^" + regexp.QuoteMeta(id) + "$", ServingsCount: &one})
	if err != nil {
		return api.Order{}, nil, err
	}
	for _, o := range list.Orders {
		if !strings.EqualFold(o.HID, id) {
			continue
		}
		if runs := list.Servings[o.HID].Servings; len(runs) > 0 {
			return o, &runs[0], nil
		}
		return o, nil, nil
	}
	return api.Order{}, nil, &api.Error{
		Status: http.StatusNotFound, Method: http.MethodGet, Path: "/v2/order/status/" + kitchen,
		Detail: "There is no order " + id + " in kitchen " + kitchen + ".",
	}
}

// OrderRuns lists runs of an order, newest first; limit 0: all.
func (c *Client) OrderRuns(ctx context.Context, kitchen, id string, limit int) ([]api.OrderRun, error) {
	if limit == 0 {
		limit = maxRuns
	}
	body := map[string]int{"count": limit}
	v, _, err := send[api.OrderRuns](ctx, c, v2(http.MethodGet, body, "order", "servings", kitchen, id))
	return v.Servings, err
}

// SkippedRuns lists runs of an order that were due and did not start (ours), newest first;
// limit 0: all.
func (c *Client) SkippedRuns(ctx context.Context, kitchen, id string, limit int) ([]api.SkippedRun, error) {
	if limit == 0 {
		limit = maxRuns
	}
	v, _, err := send[api.OrderServings](ctx, c, v2(http.MethodGet, map[string]int{"count": limit}, "order", "servings", kitchen, id))
	return v.Skipped, err
}

// Alerts lists alerts of a kitchen's orders, the newest first, with whether they have arrived.
func (c *Client) Alerts(ctx context.Context, kitchen string, q api.AlertsQuery) ([]api.Alert, error) {
	v, _, err := send[api.Alerts](ctx, c, v2(http.MethodGet, q, "order", "alerts", kitchen))
	return v.Alerts, err
}

// OrderRun returns one run of a kitchen with its order.
func (c *Client) OrderRun(ctx context.Context, kitchen, id string) (api.Order, api.OrderRun, error) {
	k := v2(http.MethodPost, api.OrderDetailsQuery{RunID: id}, "order", "details", kitchen)
	k.readOnly = true
	v, _, err := send[api.OrderDetails](ctx, c, k)
	if err == nil && (len(v.Orders) == 0 || len(v.Servings) == 0) {
		err = &api.Error{
			Status: http.StatusNotFound, Method: http.MethodPost, Path: "/v2/order/details/" + kitchen,
			Detail: "There is no run " + id + " in kitchen " + kitchen + ".",
		}
	}
	if err != nil {
		return api.Order{}, api.OrderRun{}, err
	}
	return v.Orders[0], v.Servings[0].OrderRun, nil
}

// maxRuns is more runs than an order has; without a count the server gives ten.
const maxRuns = 1_000_000

// RunOrder starts a run of an order beside its schedule (ours) and returns the run's id.
func (c *Client) RunOrder(ctx context.Context, kitchen, id string) (string, error) {
	return c.startRun(ctx, "run", kitchen, id)
}

// ResumeRun runs what has not completed of a failed or stopped run again, and returns
// the id of the run that does: a new one of the same order.
func (c *Client) ResumeRun(ctx context.Context, kitchen, run string) (string, error) {
	return c.startRun(ctx, "resume", kitchen, run)
}

// startRun is repeated like a create: its key keeps a second run from being started.
func (c *Client) startRun(ctx context.Context, verb, kitchen, id string) (string, error) {
	v, _, err := send[api.OrderCreated](ctx, c, v2(http.MethodPut, map[string]string{"kitchen_name": kitchen}, "order", verb, id).keyed())
	return v.ServingHID, err
}

// StopOrder ends an order for good and stops its runs. To stop a stopped order changes
// nothing, so it is repeated like a read; so are a pause and its end.
func (c *Client) StopOrder(ctx context.Context, kitchen, id string) error {
	return c.changeOrder(ctx, "stop", kitchen, id)
}

// PauseOrder keeps an order from starting runs.
func (c *Client) PauseOrder(ctx context.Context, kitchen, id string) error {
	return c.changeOrder(ctx, "pause", kitchen, id)
}

// UnpauseOrder lets a paused order go on.
func (c *Client) UnpauseOrder(ctx context.Context, kitchen, id string) error {
	return c.changeOrder(ctx, "unpause", kitchen, id)
}

func (c *Client) changeOrder(ctx context.Context, verb, kitchen, id string) error {
	k := v2(http.MethodPut, map[string]string{"kitchen_name": kitchen}, "order", verb, id)
	k.idempotent = true
	return exec(ctx, c, k)
}

// UpdateOrder changes what an order was made with (ours). It goes on with the same runs.
func (c *Client) UpdateOrder(ctx context.Context, kitchen, id string, u api.OrderUpdate) error {
	body := struct {
		Kitchen string `json:"kitchen_name"`
		api.OrderUpdate
	}{kitchen, u}
	k := v2(http.MethodPut, body, "order", "update", id)
	k.ifMatch = u.IfMatch
	return exec(ctx, c, k)
}

// DeleteOrder stops an order and removes it with its runs.
func (c *Client) DeleteOrder(ctx context.Context, kitchen, id string) error {
	return exec(ctx, c, v2(http.MethodDelete, map[string]string{"kitchen_name": kitchen}, "order", "delete", id))
}
