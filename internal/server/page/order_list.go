package page

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type ordersView struct {
	Kitchens []api.Kitchen
	Kitchen  string
	All      bool // ended ones too
	Rows     []orderRow
	Pager    pager
}

type orderRow struct {
	Order   store.RecipeOrder
	Kitchen string
	Last    *store.OrderRun
	Next    moment
	When    moment
}

func (p *Page) orders(ctx context.Context, v *visit) (*sheet, error) {
	k, err := v.kitchens(ctx)
	if err != nil {
		return nil, err
	}
	d := ordersView{Kitchens: k.list, Kitchen: v.query().Get("kitchen"), All: v.query().Get("all") != ""}
	if err := d.fill(ctx, v, k); err != nil {
		return nil, err
	}
	return &sheet{template: "orders", title: "Orders", section: "orders", data: d, live: Prefix + "live"}, nil
}

func (d *ordersView) fill(ctx context.Context, v *visit, k kitchens) error {
	var ids []int64
	for id, name := range k.ids {
		if d.Kitchen == "" || name == d.Kitchen {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	f := store.RecipeOrderFilter{KitchenIDs: ids, Paging: store.Paging{Page: v.pageNumber(), PageSize: listSize}}
	if !d.All {
		f.Statuses = []string{string(order.Active), string(order.Paused), string(order.Failed)}
	}
	rows, total, err := v.page.Store.RecipeOrders(ctx, f)
	if err != nil {
		return err
	}
	var orderIDs []int64
	for _, row := range rows {
		orderIDs = append(orderIDs, row.ID)
	}
	runs, err := v.page.Store.LatestOrderRuns(ctx, orderIDs, nil, 1)
	if err != nil {
		return err
	}
	for _, row := range rows {
		o := orderRow{Order: row, Kitchen: k.ids[row.KitchenID], Next: v.at(row.NextFire)}
		if of := runs[row.ID].Runs; len(of) > 0 {
			o.Last, o.When = &of[0], v.at(of[0].ScheduledFor)
		}
		d.Rows = append(d.Rows, o)
	}
	d.Pager = v.pagerOf(total, len(rows))
	return nil
}

type kitchenView struct {
	K         api.Kitchen
	Overrides []given
	Secrets   []string
	Roles     []given
	Alerts    []given
	Orders    ordersView
	Code      string
	Owner     string
}

func (p *Page) kitchen(ctx context.Context, v *visit) (*sheet, error) {
	name := v.PathValue("name")
	k, err := v.kitchens(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(k.list, func(one api.Kitchen) bool { return one.Name == name })
	if at < 0 {
		return nil, refused(http.StatusNotFound, "Not found.")
	}
	d := kitchenView{K: k.list[at], Orders: ordersView{Kitchen: name, All: v.query().Get("all") != ""}}
	d.Overrides = valuesOf(d.K.Overrides)
	for _, g := range valuesOf(d.K.SecretOverrides) {
		d.Secrets = append(d.Secrets, g.Name)
	}
	for _, user := range slices.Sorted(maps.Keys(d.K.Roles)) {
		d.Roles = append(d.Roles, given{Name: user, Value: d.K.Roles[user]})
	}
	a := d.K.Settings.Alerts
	for _, event := range []struct {
		name string
		to   []string
	}{{"orderrunStart", a.Start}, {"orderrunWarning", a.Warning}, {"orderrunOverDuration", a.OverDuration}, {"orderrunSuccess", a.Success}, {"orderrunError", a.Error}} {
		if len(event.to) > 0 {
			d.Alerts = append(d.Alerts, given{Name: event.name, Value: strings.Join(event.to, ", ")})
		}
	}
	if err := d.Orders.fill(ctx, v, k); err != nil {
		return nil, err
	}
	if d.Owner, err = v.ownerNamed(ctx, api.OriginKitchen, name); err != nil {
		return nil, err
	}
	d.Code = written(codeOfKitchen(d.K))
	return &sheet{template: "kitchen", title: "Kitchen " + name, section: "orders", data: d}, nil
}

// valuesOf are the members of an object as JSON, sorted by name.
func valuesOf(raw json.RawMessage) []given {
	var members map[string]any
	if len(raw) == 0 || json.Unmarshal(raw, &members) != nil {
		return nil
	}
	var out []given
	for _, name := range slices.Sorted(maps.Keys(members)) {
		out = append(out, given{Name: name, Value: short(compact(members[name]), 2000)})
	}
	return out
}
