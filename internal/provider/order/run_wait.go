package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// lookAtRun is lookAtOrder for one run, which need not be the newest.
func lookAtRun(ctx context.Context, c *client.Client, kitchen, id string) (orderLook, error) {
	o, run, err := c.OrderRun(ctx, kitchen, id)
	return orderLook{kitchen, o, &run}, err
}

// awaitRun waits until a run of an order has ended. tell hears of its recipe, which is
// another one when somebody has reprocessed it. The error is context.DeadlineExceeded when
// the time is up, with the last failure.
func awaitRun(
	ctx context.Context, c *client.Client, kitchen, id string, timeout time.Duration, tell kit.TellProgress,
) (orderLook, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var told api.RecipeDetail
	return kit.Poll[orderLook]{Pause: kit.PauseBetweenLooks, Look: func(ctx context.Context) (orderLook, bool, error) {
		l, err := lookAtRun(ctx, c, kitchen, id)
		if err != nil {
			return l, false, err
		}
		if l.run.RecipeID != nil {
			d, err := c.Recipe(ctx, *l.run.RecipeID)
			if err != nil {
				return l, false, err
			}
			if d.ID != told.ID {
				told = api.RecipeDetail{}
			}
			tell.News(ctx, told, d)
			told = d
		}
		return l, order.RunStatus(l.run.Status).HasEnded(), nil
	}}.Run(ctx)
}

// reportRunEnd reports how a run has ended that an action has waited for.
func reportRunEnd(
	ctx context.Context, c *client.Client, id string, l orderLook, timeout time.Duration, err error, diags *diag.Diagnostics,
) {
	what := "Run " + id
	switch {
	case ctx.Err() != nil:
		diags.AddError("Interrupted while waiting for a run", what+" goes on.")
	case errors.Is(err, context.DeadlineExceeded):
		diags.AddError(what+" has not finished in time", orderTimeoutText(ctx, c, l, timeout, err)+
			" More time is given with timeouts = { invoke = \"1h\" }.")
	case err != nil:
		fault.Add(diags, "Cannot wait for run "+id, err)
	case l.run.Status == string(order.RunResumed):
		diags.AddWarning(what+" was resumed elsewhere", fmt.Sprintf(
			"While this action was waiting, it ended without completing, and run %s has resumed it.", value.Deref(l.run.ResumedBy)))
	case l.run.Status != string(order.RunCompleted):
		diags.AddError(what+" is "+l.run.Status, orderFailureText(ctx, c, l))
	}
}
