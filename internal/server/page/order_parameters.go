package page

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// fillParameters are the effective parameters, each with the layer that it is from. The values
// are those that the API shows to who looks.
func (d *orderView) fillParameters(ctx context.Context, v *visit, k kitchens) error {
	var list api.OrderList
	none := 0
	q := api.OrderQuery{Search: "^" + d.Order.HID + "$", ServingsCount: &none}
	if err := v.call.send(ctx, http.MethodGet, "/v2/order/status/"+url.PathEscape(d.Kitchen), "", q, &list); err != nil {
		return err
	}
	if len(list.Orders) != 1 {
		return nil
	}
	var settings struct {
		Parameters json.RawMessage `json:"parameters"`
	}
	_ = json.Unmarshal(list.Orders[0].InputSettings, &settings)
	given := valuesOf(settings.Parameters)
	d.Code = written(codeOfOrder(d.Kitchen, d.Order, list.Orders[0].InputSettings))
	layers, err := v.layersOf(ctx, k, d.Kitchen, d.Order.RecipeName, d.Order.Variation)
	if err != nil {
		return err
	}
	layers = append(layers, layer{"order", namesOf(given)})
	shown := valuesOf(list.Orders[0].EffectiveParameters)
	if len(shown) == 0 {
		shown = given
	}
	for _, g := range shown {
		p := parameter{Name: g.Name, Value: g.Value}
		var weaker []string
		for _, l := range slices.Backward(layers) {
			if !slices.Contains(l.names, g.Name) {
				continue
			}
			if p.From == "" {
				p.From = l.name
			} else {
				weaker = append(weaker, l.name)
			}
		}
		if len(weaker) > 0 {
			p.Note = "over that of " + strings.Join(weaker, ", ")
		}
		d.Parameters = append(d.Parameters, p)
	}
	return nil
}

// A layer is where variables are from, the stronger ones later.
type layer struct {
	name  string
	names []string
}

func namesOf(list []given) []string {
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = g.Name
	}
	return out
}

// layersOf are the names of the variables of a recipe, its variation and the kitchens.
func (v *visit) layersOf(ctx context.Context, known kitchens, kitchen, recipeName, variation string) ([]layer, error) {
	var out []layer
	own, err := v.page.Store.KitchenByName(ctx, kitchen)
	if err != nil {
		return nil, err
	}
	line, err := v.page.Store.KitchenLine(ctx, own.ID)
	if err != nil {
		return nil, err
	}
	variables, _ := order.ParseVariables([]byte(v.recipeFile(ctx, line, recipeName, order.VariablesFile)))
	out = append(out, layer{"recipe " + recipeName, slices.Collect(maps.Keys(variables))})
	variations, _ := order.ParseVariations([]byte(v.recipeFile(ctx, line, recipeName, order.VariationsFile)))
	for _, set := range variations.List[variation].OverrideSetting {
		out = append(out, layer{"variation " + variation, slices.Collect(maps.Keys(variations.Overrides[set]))})
	}
	for _, k := range line {
		at := slices.IndexFunc(known.list, func(one api.Kitchen) bool { return one.Name == k.Name })
		if at < 0 {
			continue // who looks may not see it
		}
		out = append(out, layer{"kitchen " + k.Name, append(namesOf(valuesOf(known.list[at].Overrides)), namesOf(valuesOf(known.list[at].SecretOverrides))...)})
	}
	return out, nil
}

// recipeFile is a file of a recipe as the last of a line of kitchens has it; empty: it has none.
func (v *visit) recipeFile(ctx context.Context, line []store.Kitchen, recipeName, path string) string {
	for _, k := range slices.Backward(line) {
		row, err := v.page.Store.KitchenRecipe(ctx, k.ID, recipeName)
		if err != nil {
			continue // it is that of a kitchen above
		}
		if file, err := v.page.Store.KitchenRecipeFile(ctx, row.ID, path); err == nil && file != nil {
			return file.Contents
		}
	}
	return "{}"
}

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
