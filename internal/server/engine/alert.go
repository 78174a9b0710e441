package engine

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// alert queues, in the transaction in which something has happened to a run, one message
// to each destination of the run's kitchen (its own settings) and of the run's variables
// (order.Destinations). The same event of a run alerts once, however often it is called.
func (e *Engine) alert(ctx context.Context, tx *store.Tx, run store.OrderRun, event order.Event) error {
	return nil
}
