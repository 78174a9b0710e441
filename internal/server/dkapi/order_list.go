package dkapi

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	defaultServings = 3  // runs per order in order/status
	defaultRuns     = 10 // runs in order/servings
	maxSearch       = 1000
	maxPeriod       = 1_000_000 // hours: more than a century goes back to before everything
)

// listOrders is order/status. An unknown kitchen has no orders (contract 1.5).
func (d *Dialect) listOrders(ctx context.Context, r *Request) (*Answer, error) {
	q, err := r.orderQuery()
	if err != nil {
		return nil, err
	}
	isFlat := !r.HasBody && len(r.Query) == 0
	isStructured, _ := strconv.ParseBool(r.Query.Get("structuredResponse"))
	l := orderList{dialect: d, request: r}
	kitchen, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		kitchen.Name = r.Path("kitchen")
	case err != nil:
		return nil, err
	default:
		if err := l.read(ctx, kitchen, q, isFlat); err != nil {
			return nil, err
		}
	}
	switch {
	case isFlat:
		return ok(l.flat(kitchen.Name))
	case isStructured:
		return ok(l.structured(kitchen.Name))
	}
	return ok(l.byOrder(kitchen.Name))
}

// orderQuery is the filters of the body and of the query, in whose names the dialects
// differ; the body wins.
func (r *Request) orderQuery() (api.OrderQuery, error) {
	var q api.OrderQuery
	members := map[string]any{}
	for name, member := range map[string]string{"start": "start", "count": "count", "scount": "servingsCount", "servingCount": "servingsCount"} {
		if text := r.Query.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return q, refusef(http.StatusBadRequest, "The parameter %q is wrong: found %q, expected an integer.", name, text)
			}
			members[member] = n
		}
	}
	if recipe := r.Query.Get("r"); recipe != "" {
		members["recipe"] = recipe
	}
	for name, value := range r.Body {
		if value != nil {
			members[name] = value
		}
	}
	if err := r.decodeMembers(members, &q); err != nil {
		return q, err
	}
	if q.Start < 0 || q.Count < 0 || q.ServingsCount != nil && *q.ServingsCount < 0 || q.TimePeriod < 0 {
		return q, refusef(http.StatusBadRequest, "start, count, the number of runs and timePeriod must not be negative.")
	}
	return q, nil
}

// orderList is orders with some of their runs.
type orderList struct {
	dialect *Dialect
	request *Request
	orders  []api.Order
	runs    []api.OrderRuns // of each order
	total   int
}

func (l *orderList) read(ctx context.Context, kitchen store.Kitchen, q api.OrderQuery, allRuns bool) error {
	d := l.dialect
	f := store.RecipeOrderFilter{KitchenIDs: []int64{kitchen.ID}, RecipeNames: text(q.Recipe), Variations: text(q.Variation),
		Statuses: text(q.OrderStatus), RunStatuses: text(q.OrderRunStatus)}
	if q.TimePeriod > 0 && q.TimePeriod < maxPeriod {
		f.Since = store.At(d.Now().Add(-time.Duration(q.TimePeriod * float64(time.Hour)))).Ptr()
	}
	rows, total, err := d.orders(ctx, f, q)
	if err != nil {
		return err
	}
	l.total = total
	servings := defaultServings
	if q.ServingsCount != nil {
		servings = *q.ServingsCount
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	most := max(servings, 1) // the latest is wanted in any case
	if allRuns {
		most = 0
	}
	runs, err := d.Store.LatestOrderRuns(ctx, ids, f.RunStatuses, most)
	if err != nil {
		return err
	}
	latest := runs
	if len(f.RunStatuses) > 0 {
		if latest, err = d.Store.LatestOrderRuns(ctx, ids, nil, 1); err != nil {
			return err
		}
	}
	for _, row := range rows {
		of := runs[row.ID]
		view := api.OrderRuns{Servings: make([]api.OrderRun, 0, len(of.Runs)), Total: of.Total}
		for _, run := range of.Runs {
			if allRuns || len(view.Servings) < servings {
				view.Servings = append(view.Servings, runView(run, row, kitchen.Name))
			}
		}
		l.orders = append(l.orders, l.request.orderView(row, kitchen.Name, latest[row.ID].Runs))
		l.runs = append(l.runs, view)
	}
	return nil
}

// orders is the page of orders that q asks for, and how many there are on all pages.
func (d *Dialect) orders(ctx context.Context, f store.RecipeOrderFilter, q api.OrderQuery) ([]store.RecipeOrder, int, error) {
	if q.Search == "" && q.Count > 0 && q.Start%q.Count == 0 {
		f.PageSize, f.Page = q.Count, q.Start/q.Count+1
		return d.Store.RecipeOrders(ctx, f)
	}
	if len(q.Search) > maxSearch {
		return nil, 0, refusef(http.StatusBadRequest, "search has %d bytes, at most %d are allowed.", len(q.Search), maxSearch)
	}
	search, err := regexp.Compile(q.Search)
	if err != nil {
		return nil, 0, refusef(http.StatusBadRequest, "search is no regular expression: %s.", err)
	}
	if id, ok := wholeText(q.Search); ok {
		f.HIDs = []string{id}
	}
	rows, _, err := d.Store.RecipeOrders(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	rows = slices.DeleteFunc(rows, func(o store.RecipeOrder) bool { return !search.MatchString(o.HID) })
	total := len(rows)
	rows = rows[min(q.Start, total):]
	if q.Count > 0 {
		rows = rows[:min(q.Count, len(rows))]
	}
	return rows, total, nil
}

// wholeText is the only text that a regular expression fits, if it is as plain as ^a-1$: so
// clients ask for one order, which an index finds.
func wholeText(expression string) (string, bool) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil || parsed.Op != syntax.OpConcat || len(parsed.Sub) != 3 {
		return "", false
	}
	begin, text, end := parsed.Sub[0], parsed.Sub[1], parsed.Sub[2]
	isWhole := begin.Op == syntax.OpBeginText && end.Op == syntax.OpEndText && text.Op == syntax.OpLiteral && text.Flags&syntax.FoldCase == 0
	if !isWhole {
		return "", false
	}
	return string(text.Rune), true
}

// text is a filter for one value; "" is none.
func text(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (l *orderList) byOrder(kitchen string) api.OrderList {
	out := api.OrderList{Customer: customer, Repo: customer, KitchenName: kitchen, Orders: l.list(),
		Servings: make(map[string]api.OrderRuns, len(l.runs)), TotalOrders: l.total}
	for i, runs := range l.runs {
		out.Servings[l.orders[i].HID] = runs
	}
	return out
}

func (l *orderList) flat(kitchen string) api.OrderListFlat {
	out := api.OrderListFlat{Customer: customer, Repo: customer, KitchenName: kitchen, Orders: l.list(), Servings: []api.OrderRun{}, TotalOrders: l.total}
	for _, runs := range l.runs {
		out.Servings = append(out.Servings, runs.Servings...)
	}
	return out
}

func (l *orderList) structured(kitchen string) api.OrderListStructured {
	out := api.OrderListStructured{Customer: customer, Repo: customer, KitchenName: kitchen,
		Orders: make([]api.OrderStructured, len(l.orders)), Total: l.total}
	for i, o := range l.orders {
		runs := make([]api.OrderRunStructured, len(l.runs[i].Servings))
		for j, run := range l.runs[i].Servings {
			runs[j] = api.OrderRunStructured{OrderRun: run, Timings: api.TimingsStructured{Timings: run.Timings, StructuredEnd: run.Timings.End}}
		}
		out.Orders[i] = api.OrderStructured{Order: o, StructuredStatus: o.Status, Servings: runs, TotalServings: l.runs[i].Total,
			StructuredZone: o.TimeZone}
	}
	return out
}

// list is the orders; never nil.
func (l *orderList) list() []api.Order { return append([]api.Order{}, l.orders...) }

// listOrderRuns is order/servings.
func (d *Dialect) listOrderRuns(ctx context.Context, r *Request) (*Answer, error) {
	var q api.OrderRunsQuery
	if err := r.decode(&q); err != nil {
		return nil, err
	}
	count := defaultRuns
	if q.Count != nil {
		count = *q.Count
	}
	if count < 0 {
		return nil, refusef(http.StatusBadRequest, "count must not be negative.")
	}
	hid, err := r.orderID("order")
	if err != nil {
		return nil, err
	}
	kitchen, row, err := orderIn(ctx, d.Store.Q, r.Path("kitchen"), hid)
	if err != nil {
		return nil, err
	}
	out := api.OrderServings{Servings: []api.OrderRun{}, Skipped: []api.SkippedRun{}}
	if count == 0 {
		return ok(out)
	}
	runs, _, err := d.Store.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{row.ID}, Paging: store.Paging{PageSize: count}})
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		out.Servings = append(out.Servings, runView(run, row, kitchen.Name))
	}
	skipped, err := d.Store.SkippedRuns(ctx, row.ID, count)
	if err != nil {
		return nil, err
	}
	for _, s := range skipped {
		out.Skipped = append(out.Skipped, api.SkippedRun{ScheduledFor: s.ScheduledFor.UnixMilli(), Reason: s.Reason})
	}
	return ok(out)
}

// orderIn is an order that has to be one of the kitchen.
func orderIn(ctx context.Context, q store.Q, kitchenName, hid string) (store.Kitchen, store.RecipeOrder, error) {
	kitchen, err := q.KitchenByName(ctx, kitchenName)
	if err != nil {
		return kitchen, store.RecipeOrder{}, err
	}
	row, err := q.RecipeOrderByHID(ctx, hid)
	if err == nil && row.KitchenID != kitchen.ID || errors.Is(err, store.ErrNotFound) {
		err = notExist("The order %q of the kitchen %q", hid, kitchen.Name)
	}
	return kitchen, row, err
}

// runIn is a run that has to be one of the kitchen.
func runIn(ctx context.Context, q store.Q, kitchenName, hid string) (store.Kitchen, store.RecipeOrder, store.OrderRun, error) {
	kitchen, err := q.KitchenByName(ctx, kitchenName)
	if err != nil {
		return kitchen, store.RecipeOrder{}, store.OrderRun{}, err
	}
	none := notExist("The order run %q of the kitchen %q", hid, kitchen.Name)
	run, err := q.OrderRunByHID(ctx, hid)
	if errors.Is(err, store.ErrNotFound) {
		return kitchen, store.RecipeOrder{}, run, none
	}
	if err != nil {
		return kitchen, store.RecipeOrder{}, run, err
	}
	row, err := q.RecipeOrder(ctx, run.OrderID)
	if err == nil && row.KitchenID != kitchen.ID {
		err = none
	}
	return kitchen, row, run, err
}
