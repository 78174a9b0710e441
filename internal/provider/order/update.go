package order

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Update implements resource.Resource. It changes the order in place, pauses it or lets it go on,
// runs it again and waits for it, as the plan says; what would need a new order replaces the
// resource.
func (r *orderResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior orderModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("parameters_wo"), &plan.ParametersWO)...)
	timeout := kit.ReadTimeout(plan.Timeouts, "update", orderUpdateTimeout, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	change := plan
	change.ParametersWO = value.NullLike(change.ParametersWO)
	does := change.planUpdate(prior, kit.ReadMark(ctx, req.Private), nil)
	unknown := plan.Status.IsUnknown() || value.IsUnknown(plan.EffectiveParameters) || plan.EffectiveSchedule.IsUnknown() || plan.NextRun.IsUnknown()
	if len(does.edit) == 0 && !unknown { // only settings
		plan.ParametersWO = value.NullLike(plan.ParametersWO)
		mark := kit.Mark{UnfinishedOrder: kit.ReadMark(ctx, req.Private).UnfinishedOrder}
		resp.Diagnostics.Append(mark.Write(ctx, resp.Private)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() || !plan.change(ctx, c, prior, req.State, &resp.Diagnostics) {
		return // nothing was done: the state stays as it was
	}
	plan.ParametersWO = value.NullLike(plan.ParametersWO) // it stays in no state
	if !plan.Status.IsUnknown() {
		plan.learn(ctx, c, prior, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	plan.keepProgress(prior)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	if does.again && !r.runAgain(ctx, c, &plan, timeout, resp.Private, &resp.Diagnostics) {
		return
	}
	plan.EffectiveParameters = types.DynamicUnknown()
	r.finish(ctx, c, &plan, timeout, resp.Private, &resp.Diagnostics)
	if value.IsUnknown(plan.EffectiveParameters) {
		plan.EffectiveParameters = prior.EffectiveParameters // it could not be read
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// sameOfOrder compares what an order was made with by meaning.
var sameOfOrder = map[string]kit.SameFunc{
	"parameters": value.SameValues, "secret_parameters": value.SameValues, "infrastructure": value.SameValues,
}

// change makes the order of prior, a state, that of m. It is false, with an error, if nothing was
// done, also because the order is not that of the state any more.
func (m orderModel) change(ctx context.Context, c *client.Client, prior orderModel, state tfsdk.State, diags *diag.Diagnostics) bool {
	update, changes, err := m.toUpdate(prior)
	kitchen, id := m.Kitchen.ValueString(), m.ID.ValueString()
	switch {
	case err != nil:
	case changes:
		var l orderLook
		if l, err = lookAtOrder(ctx, c, kitchen, id); err != nil {
			break
		}
		now := prior
		diags.Append(now.fromAPI(l.order, l.run)...)
		if diags.HasError() || !kit.HoldsTo(ctx, state, now, m.what(), "", sameOfOrder, diags) {
			return false
		}
		update.IfMatch = l.order.ETag
		err = c.UpdateOrder(context.WithoutCancel(ctx), kitchen, id, update)
	case !m.Paused.Equal(prior.Paused) && !prior.hasEnded():
		err = setPaused(ctx, c, kitchen, id, m.Paused.ValueBool())
	}
	if err != nil {
		what := "Cannot change: "
		if !changes && m.Paused.ValueBool() {
			what = "Cannot pause: "
		} else if !changes {
			what = "Cannot let go on: "
		}
		fault.Add(diags, what+m.what(), err)
	}
	return err == nil
}

// learn gives m, the plan of a change in place, what it could not know. What its runs change
// shows with the next refresh.
func (m *orderModel) learn(ctx context.Context, c *client.Client, prior orderModel, diags *diag.Diagnostics) {
	now := *m
	now.EffectiveParameters = types.DynamicNull()
	l, err := lookAtOrder(context.WithoutCancel(ctx), c, m.Kitchen.ValueString(), m.ID.ValueString())
	if err != nil {
		fault.Add(diags, "Cannot read "+m.what(), err)
		now = prior
	} else {
		diags.Append(now.fromAPI(l.order, l.run)...)
	}
	if m.EffectiveSchedule.IsUnknown() {
		m.EffectiveSchedule = now.EffectiveSchedule
	}
	if m.NextRun.IsUnknown() {
		m.NextRun = now.NextRun
	}
	if value.IsUnknown(m.EffectiveParameters) {
		m.EffectiveParameters = now.EffectiveParameters
	}
	m.AlertRecipients = m.recipients()
}

// runAgain starts another run of an order that runs once, when the one that goes on has ended. It
// is false, with an error, if there is none; then the next apply waits for the order.
func (r *orderResource) runAgain(ctx context.Context, c *client.Client, m *orderModel, timeout time.Duration, private kit.PrivateData, diags *diag.Diagnostics) bool {
	kitchen, id := m.Kitchen.ValueString(), m.ID.ValueString()
	l, err := awaitOrder(ctx, c, kitchen, id, timeout)
	if err == nil {
		_, err = c.RunOrder(context.WithoutCancel(ctx), kitchen, id)
	} else if l.order.HID != "" {
		err = fmt.Errorf("the run before has not ended: %w", err)
	}
	if err != nil {
		fault.Add(diags, "Cannot run again: "+m.what()+" (to run it with its new parameters, replace it: terraform apply -replace=ADDRESS)", err)
		diags.Append(kit.Mark{UnfinishedOrder: true}.Write(ctx, private)...)
	}
	return err == nil
}

// setPaused pauses an order or lets it go on. That it is so already is no failure.
func setPaused(ctx context.Context, c *client.Client, kitchen, id string, paused bool) error {
	set := c.UnpauseOrder
	if paused {
		set = c.PauseOrder
	}
	err := set(ctx, kitchen, id)
	if err == nil {
		return nil
	}
	if o, _, readErr := c.Order(ctx, kitchen, id); readErr == nil {
		is := order.Status(o.Status)
		if paused && is == order.Paused || !paused && is == order.Active {
			return nil
		}
	}
	return err
}
