package recipe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// knownRecipe finds the newest recipe of the chain that the argument recipe_id of an
// action names, to check the action while planning. It is false if there is none, which
// it reports, or if nobody can say.
func knownRecipe(
	ctx context.Context, o *plan.Online, id types.Int64, summary string, diags *diag.Diagnostics,
) (d api.RecipeDetail, ok bool) {
	if o == nil || id.IsNull() || id.IsUnknown() {
		return d, false
	}
	key := fmt.Sprintf("newest recipe after %d", id.ValueInt64())
	d, exists, err := plan.AskFor(ctx, o, key, func(ctx context.Context) (api.RecipeDetail, error) {
		return kit.NewestRecipe(ctx, o.Client, id.ValueInt64())
	})
	if err == nil && !exists {
		o.Finding(diags, path.Root("recipe_id"), summary, fmt.Sprintf("recipe_id: there is no recipe %d.", id.ValueInt64()))
	}
	return d, err == nil && exists
}

// newestKnown is NewestRecipe for an action that is invoked: it tells p if there is another
// one than that of the argument, and is false, with the error reported, without one.
func newestKnown(
	ctx context.Context, c *client.Client, p *kit.Progress, id int64, summary string, diags *diag.Diagnostics,
) (api.RecipeDetail, bool) {
	d, err := kit.NewestRecipe(ctx, c, id)
	switch {
	case api.IsNotFound(err):
		diags.AddAttributeError(path.Root("recipe_id"), summary, fmt.Sprintf("recipe_id: there is no recipe %d.", id))
	case err != nil:
		fault.Add(diags, summary, err)
	case d.ID != id:
		p.Say("Recipe %d has superseded recipe %d", d.ID, id)
	}
	return d, err == nil
}

// reportEnd reports how a recipe has ended that an action has waited for.
func reportEnd(
	ctx context.Context, c *client.Client, id int64, d api.RecipeDetail, timeout time.Duration, err error, diags *diag.Diagnostics,
) {
	what := fmt.Sprintf("Recipe %d", id)
	switch status := kit.RunStatus(d.IsCompleted, d.RecipeCounts); {
	case ctx.Err() != nil:
		diags.AddError("Interrupted while waiting for a recipe", what+" goes on.")
	case errors.Is(err, context.DeadlineExceeded):
		diags.AddError(what+" has not finished in time", kit.TimeoutText(d, timeout, err)+
			" More time is given with timeouts = { invoke = \"1h\" }.")
	case err != nil:
		fault.Add(diags, fmt.Sprintf("Cannot wait for recipe %d", id), err)
	case d.ID != id:
		diags.AddWarning(what+" was reprocessed elsewhere", fmt.Sprintf(
			"While this action was waiting, recipe %d has superseded it, which is %s.", d.ID, status))
	case status != kit.StatusCompleted:
		diags.AddError(what+" is "+status, kit.FailureText(ctx, c, d))
	}
}
