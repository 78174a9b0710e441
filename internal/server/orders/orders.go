package orders

import (
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Config says what a Desk works with.
type Config struct {
	Engine engine.Config // that runs the recipes of orders; its Hook is the desk
	// Alerts delivers the alerts of orders, if the engine has workers. Nil: they wait in the
	// queue for another server that can.
	Alerts *alert.Sender
	// AlertPause is the pause after an alert's first failed try; the next ones double. 0: a minute.
	AlertPause time.Duration
	// LookEvery is how often the desk looks for orders that are due; it looks earlier when
	// the next one is. 0: every second.
	LookEvery time.Duration
	// MisfireGrace is how late a run may start that was due while no server looked. 0: it is missed.
	MisfireGrace time.Duration
}

// A Desk offers the use cases of kitchens, their recipes and orders. As long as its engine
// runs it starts the runs of orders and delivers alerts.
type Desk struct {
	*usecase.Base
	engine    *engine.Engine
	catalog   *catalog.Catalog
	sealer    *seal.Sealer
	alerts    *alert.Sender
	pause     time.Duration // after the first failed try of an alert
	lookEvery time.Duration
	patience  time.Duration // see stopPatience
	grace     time.Duration // see Config.MisfireGrace
	ordered   chan struct{} // an order may be due earlier than the loop knows
}

// New prepares a desk together with its engine: Start and Stop of that are the desk's too.
func New(cfg Config) (*Desk, error) {
	d := &Desk{alerts: cfg.Alerts, pause: cfg.AlertPause, lookEvery: cfg.LookEvery, patience: stopPatience, grace: cfg.MisfireGrace, ordered: make(chan struct{}, 1)}
	if d.pause <= 0 {
		d.pause = alertPause
	}
	if d.lookEvery <= 0 {
		d.lookEvery = time.Second
	}
	cfg.Engine.Hook = d
	e, err := engine.New(cfg.Engine)
	if err != nil {
		return nil, err
	}
	d.engine, d.Base, d.catalog, d.sealer = e, e.Base, e.Catalog(), e.Sealer
	return d, nil
}

// Engine is the desk's.
func (d *Desk) Engine() *engine.Engine { return d.engine }
