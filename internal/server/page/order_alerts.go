package page

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// addAlerts lists who heard of a run. Of a URL only editors see more than the host.
func (d *orderView) addAlerts(ctx context.Context, v *visit, run store.OrderRun) error {
	rows, err := v.page.Store.AlertsOfRun(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, a := range rows {
		row := alertRow{Run: run.HID, Recipe: run.RecipeID, Event: a.Event, To: a.Destination, At: v.at(a.Created), Status: a.Status}
		if !v.may(auth.Editor) {
			row.To = order.ShownDestination(a.Destination)
		}
		switch {
		case a.Status == "DELIVERED":
			row.Note = "delivered"
		case a.LastError != "" && v.may(auth.Editor):
			row.Note = fmt.Sprintf("%s (%s)", short(a.LastError, 200), count(a.Attempts, "try", "tries"))
		case a.Attempts > 0:
			row.Note = "not delivered after " + count(a.Attempts, "try", "tries")
		default:
			row.Note = "waits"
		}
		d.Alerts = append(d.Alerts, row)
	}
	return nil
}

// fillMonth is the calendar of a month: what ran, and what is due.
func (d *orderView) fillMonth(ctx context.Context, v *visit) error {
	first := time.Date(v.now.In(v.zone).Year(), v.now.In(v.zone).Month(), 1, 0, 0, 0, 0, v.zone)
	if asked, err := time.ParseInLocation("2006-01", v.query().Get("month"), v.zone); err == nil {
		first = asked
	}
	next := first.AddDate(0, 1, 0)
	d.MonthName = first.Format("January 2006")
	keep := frame{v: v}
	d.Earlier, d.Later = keep.Keep("month", first.AddDate(0, -1, 0).Format("2006-01"))+"#month", keep.Keep("month", next.Format("2006-01"))+"#month"
	runs, err := v.page.Store.LatestOrderRuns(ctx, []int64{d.Order.ID}, nil, 500)
	if err != nil {
		return err
	}
	byDay := map[string][]runView{}
	for _, run := range slices.Backward(runs[d.Order.ID].Runs) {
		at := run.Due().In(v.zone)
		byDay[at.Format("2006-01-02")] = append(byDay[at.Format("2006-01-02")], v.runView(run))
	}
	due := map[string][]moment{}
	const most = 2000
	times := dueTimes(d.Order, v.now, next.AddDate(0, 0, 7), most)
	for _, at := range times {
		due[at.In(v.zone).Format("2006-01-02")] = append(due[at.In(v.zone).Format("2006-01-02")], v.at(at))
	}
	if len(times) == most {
		delete(due, times[most-1].In(v.zone).Format("2006-01-02")) // there are more on that day
	}
	start := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	for day := start; day.Before(next) || (day.Weekday() != time.Monday); day = day.AddDate(0, 0, 1) {
		key := day.Format("2006-01-02")
		d.Month = append(d.Month, monthDay{Day: day.Day(), Out: day.Month() != first.Month(), Runs: byDay[key], Due: due[key]})
		if len(d.Month) > 42 {
			break
		}
	}
	return nil
}
