package kit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// ActionTimeout is how long an action waits where the configuration does not say so.
const ActionTimeout = 30 * time.Minute

// Action is what every action of the provider is.
type Action interface {
	action.ActionWithConfigure
	action.ActionWithModifyPlan
}

// ActionBase gives an action its Configure. Embed it.
type ActionBase struct{ base }

// Configure implements action.ActionWithConfigure.
func (b *ActionBase) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	b.configure(req.ProviderData, &resp.Diagnostics)
}

// WaitArgument is the attribute wait_for_completion of an action; what is waited for.
func WaitArgument(what string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Whether the action waits until " + what + ", and fails if that is not by completing. Default `true`.",
	}
}

// Waits tells whether wait_for_completion is true, as it is without a value.
func Waits(v types.Bool) bool { return v.IsNull() || v.ValueBool() }

// Progress sends lines to whoever has invoked an action, none of them twice in a row.
type Progress struct {
	send func(action.InvokeProgressEvent)
	last string
}

// NewProgress sends to whoever has invoked the action.
func NewProgress(resp *action.InvokeResponse) *Progress {
	return &Progress{send: resp.SendProgress}
}

// Say sends a line.
func (p *Progress) Say(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); line != p.last {
		p.last = line
		p.send(action.InvokeProgressEvent{Message: line})
	}
}

// Tell is TellProgress: first the nodes, then the whole.
func (p *Progress) Tell(_ context.Context, d api.RecipeDetail, changes []nodeChange) {
	for _, c := range changes {
		p.Say("Recipe %d: %s", d.ID, c)
	}
	n := d.RecipeCounts
	if status := RunStatus(d.IsCompleted, n); n.JobsFailed > 0 && !IsSettled(status) {
		p.Say("Recipe %d is %s: %d of %d jobs completed, %d failed", d.ID, status, n.JobsCompleted, n.JobsTotal, n.JobsFailed)
	} else {
		p.Say("Recipe %d is %s: %d of %d jobs completed", d.ID, status, n.JobsCompleted, n.JobsTotal)
	}
}
