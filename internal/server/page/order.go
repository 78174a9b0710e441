package page

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type orderView struct {
	Kitchen    string
	Order      store.RecipeOrder
	Next       []moment
	Buttons    []button
	Grid       orderGrid
	Runs       []runView
	Total      int
	Parameters []parameter
	Alerts     []alertRow
	Month      []monthDay
	MonthName  string
	Earlier    string
	Later      string
	Code       string
	Owner      string
}

// A runView is a run of an order.
type runView struct {
	Run   store.OrderRun
	At    moment
	Took  string
	Why   string
	Links []button
}

type parameter struct{ Name, Value, From, Note string }

type alertRow struct {
	Run    string
	Recipe *int64
	Event  string
	To     string
	At     moment
	Status string
	Note   string
}

type monthDay struct {
	Day  int
	Out  bool
	Runs []runView
	Due  []moment
}

const (
	gridRuns  = 28
	gridNodes = 40
)

func (p *Page) order(ctx context.Context, v *visit) (*sheet, error) {
	k, at, err := v.orderHere(ctx, v.PathValue("hid"))
	if err != nil {
		return nil, err
	}
	d := orderView{Kitchen: at.Kitchen, Order: at.Order}
	runs, total, err := p.Store.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{at.Order.ID}, Paging: store.Paging{Page: v.pageNumber(), PageSize: gridRuns}})
	if err != nil {
		return nil, err
	}
	d.Total = total
	for _, run := range runs {
		d.Runs = append(d.Runs, v.runView(run))
	}
	for _, due := range dueTimes(at.Order, v.now, v.now.AddDate(1, 0, 0), 5) {
		d.Next = append(d.Next, v.at(due))
	}
	if err := d.fillGrid(ctx, v, runs); err != nil {
		return nil, err
	}
	if err := d.fillParameters(ctx, v, k); err != nil {
		return nil, err
	}
	for _, run := range runs[:min(len(runs), 10)] {
		if err := d.addAlerts(ctx, v, run); err != nil {
			return nil, err
		}
	}
	if err := d.fillMonth(ctx, v); err != nil {
		return nil, err
	}
	if d.Owner, err = v.ownerNamed(ctx, api.OriginOrder, at.Order.HID); err != nil {
		return nil, err
	}
	d.Buttons = d.buttons(v, runs)
	return &sheet{template: "order", title: at.Order.RecipeName + " / " + at.Order.Variation, section: "orders", data: d, live: Prefix + "live"}, nil
}

func (v *visit) runView(run store.OrderRun) runView {
	out := runView{Run: run, At: v.at(run.Due()), Why: run.Error, Took: took(v.now, run.Started, run.Ended)}
	if run.ResumedBy != nil {
		out.Why = "resumed by another run"
	}
	return out
}

func (d *orderView) buttons(v *visit, runs []store.OrderRun) []button {
	if !v.may(auth.Operator) {
		return nil
	}
	base := Prefix + "orders/" + d.Order.HID + "/"
	var out []button
	if len(runs) > 0 {
		run := Prefix + "runs/" + runs[0].HID + "/"
		if order.RunStatus(runs[0].Status).CanResume() {
			out = append(out, button{"Resume run…", run + "resume", ""})
		}
		if runs[0].Status == string(order.RunActive) {
			out = append(out, button{"Stop run…", run + "stop", "danger"})
		}
	}
	switch status := order.Status(d.Order.Status); {
	case status == order.Active:
		out = append(out, button{"Run now…", base + "run", ""}, button{"Pause order…", base + "pause", ""}, button{"Stop order…", base + "stop", "danger"})
	case status == order.Paused:
		out = append(out, button{"Run now…", base + "run", ""}, button{"Resume order…", base + "unpause", ""}, button{"Stop order…", base + "stop", "danger"})
	case status != order.Stopped:
		out = append(out, button{"Run now…", base + "run", ""})
	}
	return append(out, button{"Backfill…", base + "backfill", ""})
}
