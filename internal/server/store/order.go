package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// RecipeOrderFilter is what a list of orders can ask for (contract datakitchen-v2, 1.5).
type RecipeOrderFilter struct {
	KitchenIDs  []int64
	HIDs        []string
	RecipeNames []string
	Variations  []string
	Statuses    []string
	RunStatuses []string // orders with such a run
	Since       *Time    // orders that were made, or have had a run, at that time or later
	Paging               // newest first
}

// RecipeOrder is the order with that id.
func (q Q) RecipeOrder(ctx context.Context, id int64) (RecipeOrder, error) {
	return byID[RecipeOrder](ctx, q, id, "order with number")
}

// LockRecipeOrder is RecipeOrder, and no other transaction changes it until this one has ended.
func (q Q) LockRecipeOrder(ctx context.Context, id int64) (RecipeOrder, error) {
	return lockedByID[RecipeOrder](ctx, q, id, "order with number")
}

// RecipeOrderByHID is the order with that UUID.
func (q Q) RecipeOrderByHID(ctx context.Context, hid string) (RecipeOrder, error) {
	var row RecipeOrder
	return one(ctx, q.selects(&row).Where("o.hid = ?", hid), &row, "order %q", hid)
}

// RecipeOrders is a page of the orders that f keeps, and how many there are.
func (q Q) RecipeOrders(ctx context.Context, f RecipeOrderFilter) ([]RecipeOrder, int, error) {
	var rows []RecipeOrder
	s := whereIn(q.selects(&rows), "o.kitchen_id", f.KitchenIDs)
	s = whereIn(s, "o.hid", f.HIDs)
	s = whereIn(s, "o.recipe_name", f.RecipeNames)
	s = whereIn(s, "o.variation", f.Variations)
	s = whereIn(s, "o.status", f.Statuses)
	if len(f.RunStatuses) > 0 {
		s = s.Where("o.id IN (SELECT order_id FROM order_runs WHERE status IN (?))", bun.List(f.RunStatuses))
	}
	if f.Since != nil {
		s = s.Where("(o.created >= ?0 OR o.id IN (SELECT order_id FROM order_runs WHERE scheduled_for >= ?0))", *f.Since)
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "id", Desc: true}}, nil)
}

// DueOrders is the orders whose next run is due at that time, the longest due first; without
// those that hold it until another run has ended, as they may be many, and for long, and
// without those beside which it is asked.
func (q Q) DueOrders(ctx context.Context, at Time, limit int, beside ...int64) ([]RecipeOrder, error) {
	var rows []RecipeOrder
	s := q.selects(&rows).Where("o.next_fire <= ?", at).
		Where("NOT (o.overlap = 'hold' AND EXISTS (SELECT 1 FROM order_runs AS r WHERE r.order_id = o.id AND r.status = 'ACTIVE_SERVING'))").
		OrderExpr("o.next_fire, o.id").Limit(int64(limit))
	return all(ctx, q, whereNotIn(s, "o.id", beside), &rows)
}

// NextFire is when the next run of any order is due after that time; nil if none is.
func (q Q) NextFire(ctx context.Context, after Time) (*Time, error) {
	var next *Time
	if err := q.scan(ctx, &next, "SELECT min(next_fire) FROM orders WHERE next_fire > ?", after); err != nil {
		return nil, fmt.Errorf("reading the next order that is due: %w", err)
	}
	return next, nil
}

// AdvanceOrder makes next the time of the order's next run, and counts the runs that
// are started now. It does nothing and reports false unless the order is active and its
// next run is still that of from: of all servers that see a run due, one gets true.
func (q Q) AdvanceOrder(ctx context.Context, id int64, from Time, next *Time, started int, now Time) (bool, error) {
	var fire any // a nil *Time is no NULL to bun
	if next != nil {
		fire = *next
	}
	n, err := q.exec(ctx, "UPDATE orders SET next_fire = ?, run_count = run_count + ?, last_modified = ? "+
		"WHERE id = ? AND next_fire = ? AND status = 'ACTIVE_ORDER'", fire, started, now, id, from)
	if err != nil {
		return false, fmt.Errorf("advancing order %d: %w", id, err)
	}
	return n == 1, nil
}

// DeleteRecipeOrder removes an order with its runs; their recipes stay.
func (q Q) DeleteRecipeOrder(ctx context.Context, id int64) error {
	return q.deleteByID(ctx, "orders", id)
}

// OrderRunFilter is what a list of runs can ask for.
type OrderRunFilter struct {
	OrderIDs   []int64
	KitchenIDs []int64
	Statuses   []string
	Paging     // newest first
}

// OrderRun is the run with that id.
func (q Q) OrderRun(ctx context.Context, id int64) (OrderRun, error) {
	return byID[OrderRun](ctx, q, id, "order run with number")
}

// OrderRunByHID is the run with that UUID.
func (q Q) OrderRunByHID(ctx context.Context, hid string) (OrderRun, error) {
	var row OrderRun
	return one(ctx, q.selects(&row).Where("orun.hid = ?", hid), &row, "order run %q", hid)
}

// OrderRunOfRecipe is the run that the recipe belongs to.
func (q Q) OrderRunOfRecipe(ctx context.Context, recipeID int64) (OrderRun, error) {
	var row OrderRun
	return one(ctx, q.selects(&row).Where("orun.recipe_id = ?", recipeID).OrderExpr("orun.id DESC"), &row,
		"order run of recipe %d", recipeID)
}

// LatestScheduled is the latest time up to most that a run of the order has; nil if none has.
func (q Q) LatestScheduled(ctx context.Context, orderID int64, most Time) (*Time, error) {
	var latest *Time
	err := q.scan(ctx, &latest, "SELECT max(scheduled_for) FROM order_runs WHERE order_id = ? AND scheduled_for <= ?", orderID, most)
	if err != nil {
		return nil, fmt.Errorf("reading the latest run of order %d: %w", orderID, err)
	}
	return latest, nil
}

// OrderRuns is a page of the runs that f keeps, and how many there are.
func (q Q) OrderRuns(ctx context.Context, f OrderRunFilter) ([]OrderRun, int, error) {
	var rows []OrderRun
	s := whereIn(q.selects(&rows), "orun.order_id", f.OrderIDs)
	s = whereIn(s, "orun.status", f.Statuses)
	if len(f.KitchenIDs) > 0 {
		s = s.Where("orun.order_id IN (SELECT id FROM orders WHERE kitchen_id IN (?))", bun.List(f.KitchenIDs))
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "id", Desc: true}}, nil)
}

// LatestRuns is some runs of one order, the newest first, and how many there are.
type LatestRuns struct {
	Runs  []OrderRun
	Total int
}

// latestBatch is for how many orders runs are read at once.
const latestBatch = 500

// LatestOrderRuns is, by the id of the order, the newest runs of each of the orders, at
// most so many (0: all of them). With statuses only runs count that have one of them.
func (q Q) LatestOrderRuns(ctx context.Context, orderIDs []int64, statuses []string, most int) (map[int64]LatestRuns, error) {
	out := make(map[int64]LatestRuns, len(orderIDs))
	for ids := range slices.Chunk(orderIDs, latestBatch) {
		ranked := q.bun.NewSelect().TableExpr("order_runs AS orun").
			ColumnExpr("orun.id, row_number() OVER (PARTITION BY orun.order_id ORDER BY orun.id DESC) AS nth, " +
				"count(*) OVER (PARTITION BY orun.order_id) AS total")
		ranked = whereIn(whereIn(ranked, "orun.order_id", ids), "orun.status", statuses)
		var rows []struct {
			OrderRun `bun:",extend"`
			Total    int
		}
		s := q.selects(&rows).ColumnExpr("orun.*, ranked.total").Join("JOIN (?) AS ranked ON ranked.id = orun.id", ranked).OrderExpr("orun.id DESC")
		if most > 0 {
			s = s.Where("ranked.nth <= ?", most)
		}
		if err := s.Scan(ctx); err != nil {
			return nil, fmt.Errorf("reading the latest runs of orders: %w", err)
		}
		for _, row := range rows {
			of := out[row.OrderID]
			of.Runs, of.Total = append(of.Runs, row.OrderRun), row.Total
			out[row.OrderID] = of
		}
	}
	return out, nil
}

// InsertSkippedRun adds a run that does not start, unless it is there already.
func (q Q) InsertSkippedRun(ctx context.Context, row SkippedRun) error {
	_, err := q.bun.NewInsert().Conn(q.write).Model(&row).On("CONFLICT (order_id, scheduled_for) DO NOTHING").Exec(ctx)
	if err != nil {
		return fmt.Errorf("inserting into skipped_runs: %w", err)
	}
	return nil
}

// SkippedRuns is the latest runs of an order that did not start, the newest first.
func (q Q) SkippedRuns(ctx context.Context, orderID int64, limit int) ([]SkippedRun, error) {
	var rows []SkippedRun
	s := q.selects(&rows).Where("skip.order_id = ?", orderID).OrderExpr("skip.scheduled_for DESC").Limit(int64(limit))
	return all(ctx, q, s, &rows)
}

// ExpiredRuns is the runs that go on though their time is over.
func (q Q) ExpiredRuns(ctx context.Context, at Time, limit int) ([]OrderRun, error) {
	var rows []OrderRun
	s := q.selects(&rows).Where("orun.deadline <= ?", at).OrderExpr("orun.deadline, orun.id").Limit(int64(limit))
	return all(ctx, q, s, &rows)
}

// OverdueRuns is the runs that take longer than they may, and of which nobody was told.
func (q Q) OverdueRuns(ctx context.Context, at Time, limit int) ([]OrderRun, error) {
	var rows []OrderRun
	s := q.selects(&rows).Where("orun.overdue <= ?", at).OrderExpr("orun.overdue, orun.id").Limit(int64(limit))
	return all(ctx, q, s, &rows)
}

// NeededSeveralTries tells whether a job of the outermost recipe with that id, or of
// those inside of it, was tried again after an execution that failed or was lost.
func (q Q) NeededSeveralTries(ctx context.Context, recipeID int64) (bool, error) {
	var n int
	err := q.scan(ctx, &n, "SELECT count(*) FROM recipes r JOIN jobs j ON j.recipe_id = r.id JOIN job_executions x ON x.job_id = j.id "+
		"WHERE r.root_id = ? AND x.exe_num < j.num_exes AND x.status IN ('FAILED', 'LOST')", recipeID)
	if err != nil {
		return false, fmt.Errorf("reading the tries of recipe %d: %w", recipeID, err)
	}
	return n > 0, nil
}

// DeleteOrderRun removes a run; its recipe stays.
func (q Q) DeleteOrderRun(ctx context.Context, id int64) error {
	return q.deleteByID(ctx, "order_runs", id)
}
