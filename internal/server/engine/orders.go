package engine

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// DeskConfig says what a Desk works with.
type DeskConfig struct {
	Engine Config // that runs the recipes of orders; its Hook is the desk
	// Alerts delivers the alerts of orders, if the engine has workers. Nil: they wait in the
	// queue for another server that can.
	Alerts *alert.Sender
	// AlertPause is the pause after an alert's first failed try; the next ones double. 0: a minute.
	AlertPause time.Duration
	// LookEvery is how often the desk looks for orders that are due; it looks earlier when
	// the next one is. 0: every second.
	LookEvery time.Duration
}

// A Desk offers the use cases of kitchens, their recipes and orders. As long as its engine
// runs it starts the runs of orders and delivers alerts.
type Desk struct {
	*Base
	engine    *Engine
	catalog   *Catalog
	sealer    *Sealer
	alerts    *alert.Sender
	pause     time.Duration // after the first failed try of an alert
	lookEvery time.Duration
	ordered   chan struct{} // an order may be due earlier than the loop knows
}

// NewDesk prepares a desk together with its engine: Start and Stop of that are the desk's too.
func NewDesk(cfg DeskConfig) (*Desk, error) {
	d := &Desk{alerts: cfg.Alerts, pause: cfg.AlertPause, lookEvery: cfg.LookEvery, ordered: make(chan struct{}, 1)}
	if d.pause <= 0 {
		d.pause = alertPause
	}
	if d.lookEvery <= 0 {
		d.lookEvery = time.Second
	}
	cfg.Engine.Hook = d
	e, err := New(cfg.Engine)
	if err != nil {
		return nil, err
	}
	d.engine, d.Base, d.catalog, d.sealer = e, e.Base, e.catalog, e.Sealer
	return d, nil
}

// Engine is the desk's.
func (d *Desk) Engine() *Engine { return d.engine }

// AddWorkers implements Hook: the delivery of alerts.
func (d *Desk) AddWorkers(workers *river.Workers) map[string]river.QueueConfig {
	river.AddWorker(workers, &alertWorker{desk: d}) // also those who only insert have to know the kind
	if d.alerts == nil {
		return nil
	}
	return map[string]river.QueueConfig{alertQueue: {MaxWorkers: alertWorkers, FetchPollInterval: alertPollInterval}}
}

// Settled implements Hook: it gives the run of the recipe the status that follows.
func (d *Desk) Settled(ctx context.Context, tx *store.Tx, r store.Recipe, status recipe.JobStatus) error {
	run, err := tx.OrderRunOfRecipe(ctx, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.setRun(ctx, tx, run.ID, order.RunStatusOf(status))
}

// Superseded implements Hook: it gives the run of a recipe that is reprocessed, not
// resumed, the new recipe.
func (d *Desk) Superseded(ctx context.Context, tx *store.Tx, oldID int64, next store.Recipe) error {
	run, err := tx.OrderRunOfRecipe(ctx, oldID)
	if errors.Is(err, store.ErrNotFound) || run.Status == string(order.RunResumed) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.LockRecipeOrder(ctx, run.OrderID); err != nil {
		return err
	}
	run.RecipeID = &next.ID
	if err := tx.Update(ctx, &run, "recipe_id"); err != nil {
		return err
	}
	return d.setRun(ctx, tx, run.ID, order.RunActive)
}

// ConfiguresSubRecipes implements Hook: the settings of a run reach its jobs at any depth.
func (d *Desk) ConfiguresSubRecipes(ctx context.Context, tx *store.Tx, rootID int64) (bool, error) {
	_, err := tx.OrderRunOfRecipe(ctx, rootID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
