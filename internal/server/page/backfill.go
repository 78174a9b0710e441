package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// A backfill is a run for each date of a range: an order that runs once for each, like the given one but for
// its source_date. Those are the orders that the guide of orders makes by for_each.

// maxBackfill is how many dates one backfill has at most.
const maxBackfill = 100

type backfillView struct {
	Name, Back string
	From, To   string
	Trouble    string
}

// A backfill is what is asked for.
type backfill struct {
	at    place
	asked api.OrderCreate
	dates []string
}

// backfillOf reads which order is meant, and which dates. Trouble says what is wrong with the dates.
func (v *visit) backfillOf(ctx context.Context) (b backfill, trouble string, err error) {
	if err = v.need(auth.Operator); err != nil {
		return b, "", err
	}
	if _, b.at, err = v.orderHere(ctx, v.PathValue("hid")); err != nil {
		return b, "", err
	}
	var list api.OrderList
	none := 0
	q := api.OrderQuery{Search: "^" + b.at.Order.HID + "$", ServingsCount: &none}
	if err = v.call.send(ctx, http.MethodGet, "/v2/order/status/"+url.PathEscape(b.at.Kitchen), "", q, &list); err != nil {
		return b, "", err
	}
	if len(list.Orders) != 1 {
		return b, "", refused(http.StatusNotFound, "Not found.")
	}
	settings := list.Orders[0].InputSettings
	if err = json.Unmarshal(settings, &b.asked); err != nil {
		return b, "", fmt.Errorf("reading what order %s was made with: %w", b.at.Order.HID, err)
	}
	if len(objectOf(b.asked.SecretParameters)) > 0 || bytes.Contains(settings, []byte(order.Mask)) {
		return b, "", refused(http.StatusUnprocessableEntity, "Order %s has parameters that are shown to nobody, so they cannot be given to orders like it. "+
			"Make those with Terraform, for_each over the dates.", b.at.Order.HID)
	}
	b.dates, trouble = datesOf(v.query().Get("from"), v.query().Get("to"))
	return b, trouble, nil
}

// datesOf are the dates of a range, both ends included.
func datesOf(from, to string) (dates []string, trouble string) {
	first, err := time.Parse(time.DateOnly, from)
	last, errTo := time.Parse(time.DateOnly, to)
	switch {
	case err != nil || errTo != nil:
		return nil, fmt.Sprintf("The dates are %q to %q; expected two such as 2026-03-01.", from, to)
	case last.Before(first):
		return nil, fmt.Sprintf("%s is before %s: the first date comes first.", to, from)
	}
	if n := int(last.Sub(first).Hours()/24) + 1; n > maxBackfill {
		return nil, fmt.Sprintf("%s to %s are %d dates; at most %d are made at a time.", from, to, n, maxBackfill)
	}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		dates = append(dates, day.Format(time.DateOnly))
	}
	return dates, ""
}

func (b backfill) name() string { return b.at.Order.RecipeName + " / " + b.at.Order.Variation }

// askBackfill asks for dates, and, once it has them, whether to go on.
func (p *Page) askBackfill(ctx context.Context, v *visit) (*sheet, error) {
	b, trouble, err := v.backfillOf(ctx)
	if err != nil {
		return nil, err
	}
	back := Prefix + "orders/" + b.at.Order.HID
	if len(b.dates) == 0 {
		d := backfillView{Name: b.name(), Back: back, From: v.query().Get("from"), To: v.query().Get("to"), Trouble: trouble}
		out := &sheet{template: "backfill", title: "Backfill " + b.name(), section: "orders", data: d, status: http.StatusUnprocessableEntity}
		if d.From == "" && d.To == "" {
			d.From = v.now.AddDate(0, 0, -7).Format(time.DateOnly)
			d.To, d.Trouble = v.now.AddDate(0, 0, -1).Format(time.DateOnly), ""
			out.data, out.status = d, http.StatusOK
		}
		return out, nil
	}
	first, last := b.dates[0], b.dates[len(b.dates)-1]
	runs := count(len(b.dates), "run", "runs")
	q := question{Heading: fmt.Sprintf("Backfill %s from %s to %s?", b.name(), first, last), Button: fmt.Sprintf("Start %s of %s", runs, b.name()), Back: back,
		Will: []string{fmt.Sprintf("%s: one for each date from %s to %s, both included.", runs, first, last),
			"Each is an order of its own that runs once, now, with the parameters of this one and its date as source_date.",
			"Their jobs wait in the queue beside all others. The schedule of this order goes on."}}
	s := v.ask(q)
	if asked, ok := s.data.(question); ok {
		asked.Action += "?" + url.Values{"from": {first}, "to": {last}}.Encode()
		s.data = asked
	}
	return s, nil
}

// backfill makes the orders. To send the same form again makes those that are missing.
func (p *Page) backfill(ctx context.Context, v *visit) (*sheet, error) {
	b, trouble, err := v.backfillOf(ctx)
	if err != nil {
		return nil, err
	}
	once := v.once()
	if trouble == "" && once == "" {
		trouble = "The form is not whole. Open it again."
	}
	if trouble != "" {
		return nil, refused(http.StatusUnprocessableEntity, "%s", trouble)
	}
	path := "/v2/order/create/" + url.PathEscape(b.at.Kitchen) + "/" + url.PathEscape(b.at.Order.RecipeName) + "/" + url.PathEscape(b.at.Order.Variation)
	parameters := objectOf(b.asked.Parameters)
	if parameters == nil {
		parameters = map[string]any{}
	}
	for _, date := range b.dates {
		parameters["source_date"] = date
		raw, err := json.Marshal(parameters)
		if err != nil {
			return nil, fmt.Errorf("writing parameters: %w", err)
		}
		body := api.OrderCreate{Parameters: raw, Schedule: order.Now, GraphSetting: b.asked.GraphSetting, InputFiles: b.asked.InputFiles}
		if err := v.call.send(ctx, http.MethodPut, path, once+"-"+date, body, nil); err != nil {
			return nil, err
		}
	}
	return &sheet{location: Prefix + "orders?" + url.Values{"kitchen": {b.at.Kitchen}, "all": {"1"}}.Encode()}, nil
}
