package retention

import (
	"context"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Plan says what Remove would remove.
func (k *Keeper) Plan(ctx context.Context) (r Report, err error) {
	needed, err := k.needed(ctx)
	if err != nil {
		return r, err
	}
	r.Tokens, err = k.Store.CountExpiredTokens(ctx, k.before(tokenLife))
	if err == nil && k.Policy.Logs > 0 {
		r.Logs, err = k.Store.CountLogs(ctx, k.before(k.Policy.Logs))
	}
	if err == nil && k.Policy.Alerts > 0 {
		r.Alerts, err = k.Store.CountAlerts(ctx, k.before(k.Policy.Alerts))
	}
	if err == nil && k.Policy.Products > 0 {
		err = eachFile(k.products(ctx, needed), func(store.File) error { r.Products++; return nil })
	}
	if err != nil || k.Policy.Recipes <= 0 {
		return r, err
	}
	old := store.Old{Before: k.before(k.Policy.Recipes), Needed: needed}
	gone := map[int64]bool{}
	err = errors.Join(each(k.chains(ctx, old), func(id int64) error {
		gone[id] = true
		recipes, products, err := k.Store.ChainSize(ctx, id)
		r.Recipes, r.Products = r.Recipes+recipes, r.Products+products
		return err
	}), each(k.jobs(ctx, old), func(int64) error { r.Jobs++; return nil }))
	if err != nil {
		return r, err
	}
	if r.Runs, err = k.Store.CountSkippedRuns(ctx, old.Before); err != nil {
		return r, err
	}
	r.Orders, err = k.emptyOrders(ctx, old.Before, gone)
	return r, err
}

// emptyOrders is how many orders that have ended have no recipe left once those chains are gone.
func (k *Keeper) emptyOrders(ctx context.Context, before store.Time, gone map[int64]bool) (n int, err error) {
	after := int64(0)
	for {
		runs, err := k.Store.EndedRuns(ctx, before, after, batch)
		if err != nil || len(runs) == 0 {
			return n, err
		}
		stays := map[int64]bool{}
		for _, run := range runs {
			after = run.OrderID
			stays[after] = stays[after] || run.IsOpen || run.Chain != nil && !gone[*run.Chain]
		}
		for _, s := range stays {
			if !s {
				n++
			}
		}
	}
}
