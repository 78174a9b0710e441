package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// actionTimeout is how long an action waits where the configuration does not say so.
const actionTimeout = 30 * time.Minute

// ActionBase gives an action its Configure. Embed it.
type ActionBase struct{ base }

// Configure implements action.ActionWithConfigure.
func (b *ActionBase) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	b.configure(req.ProviderData, &resp.Diagnostics)
}

// invokeTimeout is the attribute timeouts of an action.
func invokeTimeout(ctx context.Context, doc string) schema.Attribute {
	a := timeouts.AttributesWithOpts(ctx, timeouts.Opts{InvokeDescription: doc})
	if nested, ok := a.(schema.SingleNestedAttribute); ok {
		nested.MarkdownDescription = "How long the action may take."
		return nested
	}
	return a
}

// waitArgument is the attribute wait_for_completion of an action; what is waited for.
func waitArgument(what string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Whether the action waits until " + what + ", and fails if that is not by completing. Default `true`.",
	}
}

// waits tells whether wait_for_completion is true, as it is without a value.
func waits(v types.Bool) bool { return v.IsNull() || v.ValueBool() }

// progress sends lines to whoever has invoked an action, none of them twice in a row.
type progress struct {
	send func(action.InvokeProgressEvent)
	last string
}

func newProgress(resp *action.InvokeResponse) *progress {
	return &progress{send: resp.SendProgress}
}

func (p *progress) say(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); line != p.last {
		p.last = line
		p.send(action.InvokeProgressEvent{Message: line})
	}
}

// tell is tellProgress: first the nodes, then the whole.
func (p *progress) tell(_ context.Context, d api.RecipeDetail, changes []nodeChange) {
	for _, c := range changes {
		p.say("Recipe %d: %s", d.ID, c)
	}
	n := d.RecipeCounts
	if status := runStatus(d.IsCompleted, n); n.JobsFailed > 0 && !isSettled(status) {
		p.say("Recipe %d is %s: %d of %d jobs completed, %d failed", d.ID, status, n.JobsCompleted, n.JobsTotal, n.JobsFailed)
	} else {
		p.say("Recipe %d is %s: %d of %d jobs completed", d.ID, status, n.JobsCompleted, n.JobsTotal)
	}
}

// knownRecipe finds the newest recipe of the chain that the argument recipe_id of an
// action names, to check the action while planning. It is false if there is none, which
// it reports, or if nobody can say.
func (b *base) knownRecipe(
	ctx context.Context, id types.Int64, summary string, diags *diag.Diagnostics,
) (d api.RecipeDetail, ok bool) {
	o := b.online()
	if o == nil || id.IsNull() || id.IsUnknown() {
		return d, false
	}
	key := fmt.Sprintf("newest recipe after %d", id.ValueInt64())
	d, exists, err := askFor(ctx, o, key, func(ctx context.Context) (api.RecipeDetail, error) {
		return newestRecipe(ctx, o.client, id.ValueInt64())
	})
	if err == nil && !exists {
		o.finding(diags, path.Root("recipe_id"), summary, fmt.Sprintf("recipe_id: there is no recipe %d.", id.ValueInt64()))
	}
	return d, err == nil && exists
}

// newest is newestRecipe for an action that is invoked: it says so if there is another
// one than that of the argument, and is false, with the error reported, without one.
func (p *progress) newest(
	ctx context.Context, c *client.Client, id int64, summary string, diags *diag.Diagnostics,
) (api.RecipeDetail, bool) {
	d, err := newestRecipe(ctx, c, id)
	switch {
	case api.IsNotFound(err):
		diags.AddAttributeError(path.Root("recipe_id"), summary, fmt.Sprintf("recipe_id: there is no recipe %d.", id))
	case err != nil:
		addError(diags, summary, err)
	case d.ID != id:
		p.say("Recipe %d has superseded recipe %d", d.ID, id)
	}
	return d, err == nil
}

// reportEnd reports how a recipe has ended that an action has waited for.
func reportEnd(
	ctx context.Context, c *client.Client, id int64, d api.RecipeDetail, timeout time.Duration, err error, diags *diag.Diagnostics,
) {
	what := fmt.Sprintf("Recipe %d", id)
	switch status := runStatus(d.IsCompleted, d.RecipeCounts); {
	case ctx.Err() != nil:
		diags.AddError("Interrupted while waiting for a recipe", what+" goes on.")
	case errors.Is(err, context.DeadlineExceeded):
		diags.AddError(what+" has not finished in time", timeoutText(d, timeout, err)+
			" More time is given with timeouts = { invoke = \"1h\" }.")
	case err != nil:
		addError(diags, fmt.Sprintf("Cannot wait for recipe %d", id), err)
	case d.ID != id:
		diags.AddWarning(what+" was reprocessed elsewhere", fmt.Sprintf(
			"While this action was waiting, recipe %d has superseded it, which is %s.", d.ID, status))
	case status != statusCompleted:
		diags.AddError(what+" is "+status, failureText(ctx, c, d))
	}
}
