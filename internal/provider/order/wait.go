package order

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// orderLook is what is seen of an order at one time.
type orderLook struct {
	kitchen string
	order   api.Order
	run     *api.OrderRun // the newest; nil: there is none yet
}

func lookAtOrder(ctx context.Context, c *client.Client, kitchen, id string) (orderLook, error) {
	o, run, err := c.Order(ctx, kitchen, id)
	return orderLook{kitchen, o, run}, err
}

// String reads "ACTIVE_ORDER, its run 4711 is PLANNED_SERVING".
func (l orderLook) String() string {
	if l.run == nil {
		return l.order.Status + ", without a run so far"
	}
	return fmt.Sprintf("%s, its run %s is %s", l.order.Status, l.run.HID, l.run.Status)
}

// awaitOrder waits until an order has ended. The error is context.DeadlineExceeded when
// the time is up, with the last failure.
func awaitOrder(ctx context.Context, c *client.Client, kitchen, id string, timeout time.Duration) (orderLook, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	said := ""
	return kit.Poll[orderLook]{Pause: kit.PauseBetweenLooks, Look: func(ctx context.Context) (orderLook, bool, error) {
		l, err := lookAtOrder(ctx, c, kitchen, id)
		if err != nil {
			return l, false, err
		}
		if said != l.String() {
			said = l.String()
			tflog.Info(ctx, "waiting for order", map[string]any{"order_id": id, "state": said})
		}
		return l, order.Status(l.order.Status).HasEnded(), nil
	}}.Run(ctx)
}

// orderTimeoutText tells what an order was doing when the time was up.
func orderTimeoutText(ctx context.Context, c *client.Client, l orderLook, timeout time.Duration, err error) string {
	if l.order.HID == "" {
		return fmt.Sprintf("Nothing could be learned about it within %s.%s The order goes on.", timeout, kit.LastFailure(err))
	}
	text := fmt.Sprintf("The order is %s.", l)
	if l.run != nil && l.run.RecipeID != nil {
		if d, readErr := c.Recipe(ctx, *l.run.RecipeID); readErr == nil {
			return text + " Of its recipe: " + kit.TimeoutText(d, timeout, err)
		}
	}
	return text + fmt.Sprintf(" It did not end within %s.%s The order goes on.", timeout, kit.LastFailure(err))
}

// orderFailureText explains why an order is not completed: its run, and the nodes of
// the run's recipe.
func orderFailureText(ctx context.Context, c *client.Client, l orderLook) string {
	if l.run == nil {
		return "It has ended without a run."
	}
	text := fmt.Sprintf("Run %s is %s.", l.run.HID, l.run.Status)
	if l.run.Error != "" {
		text += " " + value.Sentence(l.run.Error)
	}
	if l.run.RecipeID == nil {
		return text
	}
	d, err := c.Recipe(ctx, *l.run.RecipeID)
	if err != nil {
		return fmt.Sprintf("%s Its recipe %d could not be read: %s", text, *l.run.RecipeID, value.Sentence(err.Error()))
	}
	return text + "\n" + kit.FailureText(ctx, c, d)
}
