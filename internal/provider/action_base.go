package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
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
