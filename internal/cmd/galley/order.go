package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

type ordersCmd struct {
	Ls      ordersLsCmd      `cmd:"" help:"List orders, newest first."`
	Next    ordersNextCmd    `cmd:"" help:"List when orders run next; of one order, its next runs."`
	Run     ordersRunCmd     `cmd:"" help:"Start a run of an order beside its schedule."`
	Skipped ordersSkippedCmd `cmd:"" help:"List runs that were due and did not start, and why."`
	Update  ordersUpdateCmd  `cmd:"" help:"Change an order in place: its parameters, its schedule, its alerts."`
	Pause   ordersPauseCmd   `cmd:"" help:"Keep an order from starting runs."`
	Unpause ordersUnpauseCmd `cmd:"" help:"Let a paused order go on."`
}

// listedOrder is an order in a list of several kitchens.
type listedOrder struct {
	Kitchen string `json:"kitchen"`
	api.Order
	LastRun *api.OrderRun `json:"last_run"`
}

// allOrders lists the orders of a kitchen, or of all.
func allOrders(ctx context.Context, c *client.Client, kitchen string) ([]listedOrder, error) {
	names := []string{kitchen}
	if kitchen == "" {
		kitchens, err := c.Kitchens(ctx)
		if err != nil {
			return nil, err
		}
		names = nil
		for _, k := range kitchens {
			names = append(names, k.Name)
		}
	}
	one := 1
	out := []listedOrder{}
	for _, name := range names {
		list, err := c.Orders(ctx, name, api.OrderQuery{ServingsCount: &one})
		if err != nil {
			return nil, err
		}
		for _, o := range list.Orders {
			listed := listedOrder{Kitchen: name, Order: o}
			if runs := list.Servings[o.HID].Servings; len(runs) > 0 {
				listed.LastRun = &runs[0]
			}
			out = append(out, listed)
		}
	}
	return out, nil
}

// findOrder looks for an order in every kitchen.
func findOrder(ctx context.Context, c *client.Client, id string) (kitchen string, o api.Order, err error) {
	kitchen, err = inKitchens(ctx, c, "order "+id, func(kitchen string) (err error) {
		o, _, err = c.Order(ctx, kitchen, id)
		return err
	})
	return kitchen, o, err
}

type ordersLsCmd struct {
	listing
	Kitchen string `short:"k" help:"Only those of this kitchen." placeholder:"NAME"`
	Active  bool   `help:"Only those that start runs, or are paused."`
}

// Run is `galley orders ls`.
func (l ordersLsCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	orders, err := allOrders(ctx, c, l.Kitchen)
	if err != nil {
		return err
	}
	if l.Active {
		orders = slices.DeleteFunc(orders, func(o listedOrder) bool { return order.Status(o.Status).HasEnded() })
	}
	var rows [][]string
	for _, o := range orders {
		last := ""
		if o.LastRun != nil {
			last = o.LastRun.Label
		}
		rows = append(rows, []string{o.HID, o.Kitchen, o.Recipe + "/" + o.Variation, o.Schedule, o.Status, moment(o.NextRun), last})
	}
	return l.print(p, orders, []string{"ORDER", "KITCHEN", "RECIPE", "SCHEDULE", "STATUS", "NEXT RUN", "LAST RUN"}, rows)
}

type ordersNextCmd struct {
	listing
	Order   string `arg:"" optional:"" help:"Id of an order."`
	Kitchen string `short:"k" help:"Only orders of this kitchen." placeholder:"NAME"`
	Limit   int    `short:"n" help:"At most so many runs." default:"10"`
}

// nextRun is when an order runs.
type nextRun struct {
	Time    time.Time `json:"time"`
	Order   string    `json:"order"`
	Kitchen string    `json:"kitchen"`
	Recipe  string    `json:"recipe"`
}

// Run is `galley orders next`.
func (n ordersNextCmd) Run(ctx context.Context, p *program) error {
	if n.Limit < 1 {
		return fmt.Errorf("--limit is %d; it has to be 1 or more", n.Limit)
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	var next []nextRun
	if n.Order != "" {
		next, err = nextOf(ctx, c, n.Order, n.Limit)
	} else {
		next, err = n.ofAll(ctx, c)
	}
	if err != nil {
		return err
	}
	var rows [][]string
	for _, r := range next {
		rows = append(rows, []string{r.Time.Format(time.RFC3339), r.Order, r.Kitchen, r.Recipe})
	}
	return n.print(p, orNone(next), []string{"TIME", "ORDER", "KITCHEN", "RECIPE"}, rows)
}

// ofAll is the next run of each order, as the backend has it.
func (n ordersNextCmd) ofAll(ctx context.Context, c *client.Client) ([]nextRun, error) {
	orders, err := allOrders(ctx, c, n.Kitchen)
	if err != nil {
		return nil, err
	}
	var next []nextRun
	for _, o := range orders {
		if o.NextRun != nil && o.Status == string(order.Active) {
			next = append(next, nextRun{time.UnixMilli(*o.NextRun).UTC(), o.HID, o.Kitchen, o.Recipe + "/" + o.Variation})
		}
	}
	slices.SortStableFunc(next, func(a, b nextRun) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Order, b.Order)) })
	return next[:min(len(next), n.Limit)], nil
}

// nextOf are the next runs of one order, by its schedule, in its zone.
func nextOf(ctx context.Context, c *client.Client, id string, limit int) ([]nextRun, error) {
	kitchen, o, err := findOrder(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if o.Status != string(order.Active) {
		return nil, fmt.Errorf("order %s is %s: it starts no runs", id, o.Status)
	}
	if o.NextRun == nil {
		return nil, nil
	}
	s, err := schedule.Parse(o.Schedule, schedule.Options{Zone: o.TimeZone, Start: o.Start, Expires: o.Expires})
	if err != nil {
		return nil, fmt.Errorf("order %s has a schedule that cannot be read: %w", id, err)
	}
	if o.MaxRuns > 0 {
		limit = min(limit, o.MaxRuns-o.RunCount)
	}
	var next []nextRun
	for at := time.UnixMilli(*o.NextRun); len(next) < limit; {
		next = append(next, nextRun{at.In(s.Location()), o.HID, kitchen, o.Recipe + "/" + o.Variation})
		after, more := s.Next(at)
		if !more {
			break
		}
		at = after
	}
	return next, nil
}

// orderID is an order that a command changes.
type orderID struct {
	Order string `arg:"" help:"Id of an order."`
}

type ordersRunCmd struct {
	following
	orderID
}

// Run is `galley orders run`.
func (r ordersRunCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	kitchen, _, err := findOrder(ctx, c, r.Order)
	if err != nil {
		return err
	}
	id, err := c.RunOrder(ctx, kitchen, r.Order)
	if err != nil {
		return err
	}
	if id == "" {
		return errors.New("the backend has answered without the id of the run: galley runs ls --kitchen " + kitchen + " lists the runs")
	}
	p.say("Run %s of order %s has been started.", id, r.Order)
	return r.follow(ctx, p, c, id)
}

type ordersPauseCmd struct{ orderID }

// Run is `galley orders pause`.
func (o ordersPauseCmd) Run(ctx context.Context, p *program) error {
	return o.change(ctx, p, "paused: it starts no runs", (*client.Client).PauseOrder)
}

type ordersUnpauseCmd struct{ orderID }

// Run is `galley orders unpause`.
func (o ordersUnpauseCmd) Run(ctx context.Context, p *program) error {
	return o.change(ctx, p, "not paused", (*client.Client).UnpauseOrder)
}

func (o orderID) change(
	ctx context.Context, p *program, became string, change func(c *client.Client, ctx context.Context, kitchen, id string) error,
) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	kitchen, _, err := findOrder(ctx, c, o.Order)
	if err != nil {
		return err
	}
	if err := change(c, ctx, kitchen, o.Order); err != nil {
		return err
	}
	p.say("Order %s is %s.", o.Order, became)
	return nil
}
