package page

import (
	"context"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// A timeline is orders over time: what ran, what runs, what is due. All numbers are those of
// its picture.
type timeline struct {
	Width, Height float64
	Label         float64 // where the time begins
	NowX, EndX    float64
	Now           string
	Hours         []mark
	Rows          []timeRow
	More          int // orders that are not in it
}

type mark struct {
	X    float64
	Text string
	Day  bool
}

type timeRow struct {
	Y           float64 // of its base line
	Name, Under string
	Link        string
	Spans       []span
	Due         []float64
	Often       bool // due more often than can be drawn
	DueFrom     float64
}

type span struct {
	X, W  float64
	State string
	Link  string
	Title string
}

const (
	rowHeight = 38.0
	maxRows   = 12
	maxDue    = 60
)

func (h *homeView) addTimelines(ctx context.Context, v *visit, k kitchens) error {
	if len(k.ids) == 0 {
		return nil
	}
	ids := k.idList()
	if h.Kitchen != "" {
		ids = nil
		for id, name := range k.ids {
			if name == h.Kitchen {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			return nil
		}
	}
	from := v.now.Add(-24 * time.Hour)
	rows, total, err := v.page.Store.RecipeOrders(ctx, store.RecipeOrderFilter{KitchenIDs: ids,
		Statuses: []string{string(order.Active), string(order.Paused)}, Paging: store.Paging{PageSize: maxRows}})
	if err != nil {
		return err
	}
	if h.Mine {
		kept := rows[:0]
		for _, row := range rows {
			if row.Username == v.who.User.Username {
				kept = append(kept, row)
			}
		}
		rows, total = kept, len(kept)
	}
	var orderIDs []int64
	for _, row := range rows {
		orderIDs = append(orderIDs, row.ID)
	}
	runs, err := v.page.Store.LatestOrderRuns(ctx, orderIDs, nil, 300)
	if err != nil {
		return err
	}
	h.Wide = v.timeline(k, rows, runs, 1376, 210, from, v.now.Add(24*time.Hour))
	h.Narrow = v.timeline(k, rows, runs, 342, 168, v.now.Add(-4*time.Hour), v.now.Add(8*time.Hour))
	h.Wide.More, h.Narrow.More = total-len(rows), total-len(rows)
	return nil
}

func (v *visit) timeline(k kitchens, rows []store.RecipeOrder, runs map[int64]store.LatestRuns, width, label float64, from, to time.Time) timeline {
	t := timeline{Width: width, Label: label, EndX: width - 4, Height: 34 + rowHeight*float64(len(rows)), Now: v.now.In(v.zone).Format("15:04")}
	scale := (t.EndX - label) / to.Sub(from).Seconds()
	x := func(at time.Time) float64 { return label + at.Sub(from).Seconds()*scale }
	t.NowX = x(v.now)
	first := from.In(v.zone).Truncate(time.Hour).Add(time.Hour)
	for at := first; at.Before(to); at = at.Add(time.Hour) {
		local := at.In(v.zone)
		if local.Hour()%3 != 0 || local.Minute() != 0 {
			continue
		}
		m := mark{X: x(at), Text: local.Format("15")}
		if local.Hour() == 0 {
			m.Text, m.Day = local.Format("Mon 2"), true
		}
		if m.X > t.NowX-48 && m.X < t.NowX+48 {
			m.Text = ""
		}
		t.Hours = append(t.Hours, m)
	}
	for i, row := range rows {
		r := timeRow{Y: 28.5 + rowHeight*float64(i+1), Name: row.RecipeName + " / " + row.Variation, Link: Prefix + "orders/" + row.HID,
			Under: k.ids[row.KitchenID] + " · " + row.Schedule}
		if row.Status == string(order.Paused) {
			r.Under = k.ids[row.KitchenID] + " · paused"
		}
		for _, run := range runs[row.ID].Runs {
			if run.Started == nil && run.Ended == nil {
				continue
			}
			start := run.ScheduledFor.Time
			if run.Started != nil {
				start = run.Started.Time
			}
			end := v.now
			if run.Ended != nil {
				end = run.Ended.Time
			}
			if end.Before(from) {
				break // they come newest first
			}
			s := span{X: max(x(start), label), State: run.Status, Link: r.Link,
				Title: fmt.Sprintf("%s, %s, %s", v.at(start).Short(), stateOf(run.Status).Word, duration(end.Sub(start)))}
			s.W = max(x(end)-s.X, 5)
			if run.RecipeID != nil {
				s.Link = fmt.Sprintf("%srecipes/%d", Prefix, *run.RecipeID)
			}
			r.Spans = append(r.Spans, s)
		}
		due := dueTimes(row, v.now, to, maxDue+1)
		if r.Often = len(due) > maxDue; r.Often {
			r.DueFrom = x(due[0])
		} else {
			for _, at := range due {
				r.Due = append(r.Due, x(at))
			}
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// dueTimes are when an order runs next, up to a time and at most so often.
func dueTimes(row store.RecipeOrder, from, to time.Time, most int) []time.Time {
	if row.Status != string(order.Active) || row.NextFire == nil {
		return nil
	}
	out := []time.Time{}
	if next := row.NextFire.Time; !next.Before(from) && next.Before(to) {
		out = append(out, next)
	}
	s, err := schedule.Parse(row.Schedule, schedule.Options{Zone: row.TimeZone, Start: row.Start, Expires: row.Expires, MaxRuns: row.MaxRuns})
	if err != nil || s.IsNow() {
		return out
	}
	at := row.NextFire.Time
	for len(out) < most {
		if row.MaxRuns > 0 && row.RunCount+len(out) >= row.MaxRuns {
			break
		}
		next, more := s.Next(at)
		if !more || !next.Before(to) {
			break
		}
		if at = next; !at.Before(from) {
			out = append(out, at)
		}
	}
	return out
}
