package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var (
	_ kit.Resource                      = (*orderResource)(nil)
	_ resource.ResourceWithUpgradeState = (*orderResource)(nil)
)

// The timeouts, where the configuration has none.
const (
	orderCreateTimeout = 30 * time.Minute
	orderUpdateTimeout = 30 * time.Minute
)

// NewResource returns the resource galley_order.
func NewResource() resource.Resource { return &orderResource{} }

type orderResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *orderResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_order"
}

// Schema implements resource.Resource.
func (r *orderResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = orderSchema(ctx)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *orderResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.TextIdentity(map[string]string{"kitchen": "Name of the kitchen.", "id": "Id of the order."})
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *orderResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config orderModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// Create implements resource.Resource.
func (r *orderResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan orderModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("parameters_wo"), &plan.ParametersWO)...)
	timeout := kit.ReadTimeout(plan.Timeouts, "create", orderCreateTimeout, &resp.Diagnostics)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	kitchen := plan.Kitchen.ValueString()
	body, err := plan.toCreate()
	plan.ParametersWO = value.NullLike(plan.ParametersWO) // it stays in no state
	taken := r.takeOver(ctx, c, &plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err == nil && !taken {
		// An interrupt must not come between the server and its answer: there would be an
		// order that the state does not know.
		var id string
		lost := false
		id, lost, err = c.SubmitOrder(context.WithoutCancel(ctx), kitchen, plan.Recipe.ValueString(), plan.Variation.ValueString(), body)
		plan.ID = types.StringValue(id)
		if err == nil && lost && plan.OnRecreate.ValueString() == kit.OnRecreateNew && plan.hasFailed(context.WithoutCancel(ctx), c) {
			r.Origins().Keep(ctx, api.OriginOrder, id) // nobody is to find it again
			id, lost, err = c.SubmitOrder(context.WithoutCancel(ctx), kitchen, plan.Recipe.ValueString(), plan.Variation.ValueString(), body)
			plan.ID = types.StringValue(id)
		}
		if err == nil && lost {
			plan.warnOfLost(&resp.Diagnostics)
			plan.resume(context.WithoutCancel(ctx), c, &resp.Diagnostics)
		}
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot order %s/%s in kitchen %s",
			plan.Recipe.ValueString(), plan.Variation.ValueString(), kitchen), err)
		return
	}
	// From here on there is an order that must not be lost, whatever happens.
	plan.begin()
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	r.finish(ctx, c, &plan, timeout, resp.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		mark := kit.ReadMark(ctx, resp.Private)
		mark.Tainted = true
		resp.Diagnostics.Append(mark.Write(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// begin gives m what is known of an order that has just been made.
func (m *orderModel) begin() {
	m.Status, m.RunCount, m.RunsSkipped = types.StringValue(string(order.Active)), types.Int64Value(0), types.Int64Value(0)
	m.EffectiveSchedule, m.NextRun, m.Created = types.StringNull(), types.StringNull(), types.StringNull()
	m.LastRun = lastRunObject(nil)
	if value.IsUnknown(m.EffectiveParameters) {
		m.EffectiveParameters = types.DynamicNull()
	}
}

// finish looks at the order of m, and waits for it if it runs once and m says so. It
// marks an order that it could not wait for until the end, for the next apply.
func (r *orderResource) finish(
	ctx context.Context, c *client.Client, m *orderModel, timeout time.Duration, private kit.PrivateData, diags *diag.Diagnostics,
) {
	planned, paused := m.EffectiveParameters, m.Paused
	l, err := lookAtOrder(context.WithoutCancel(ctx), c, m.Kitchen.ValueString(), m.ID.ValueString())
	if err != nil {
		fault.Add(diags, "Cannot read "+m.what(), err)
		return
	}
	diags.Append(m.fromAPI(l.order, l.run)...)
	var mark kit.Mark
	if m.runsOnce() && m.WaitForCompletion.ValueBool() && !m.Paused.ValueBool() && !diags.HasError() {
		mark.UnfinishedOrder = !r.wait(ctx, c, m, timeout, diags)
	}
	diags.Append(mark.Write(ctx, private)...)
	if !planned.IsNull() && !planned.IsUnknown() {
		m.EffectiveParameters = planned // the next refresh shows what has become of it
	}
	m.Paused = paused
}

// wait waits until the order of m has ended and takes over how. It is false if it has
// stopped waiting before.
func (r *orderResource) wait(
	ctx context.Context, c *client.Client, m *orderModel, timeout time.Duration, diags *diag.Diagnostics,
) (finished bool) {
	l, err := awaitOrder(ctx, c, m.Kitchen.ValueString(), m.ID.ValueString(), timeout)
	if l.order.HID != "" {
		diags.Append(m.fromAPI(l.order, l.run)...)
	}
	return kit.Outcome{
		Kind: "order", What: m.what(), Status: l.order.Status, IsCompleted: l.order.Status == string(order.Completed),
		OnFailure: m.OnFailure.ValueString(),
		Doing:     func() string { return orderTimeoutText(ctx, c, l, timeout, err) },
		Failure:   func() string { return orderFailureText(ctx, c, l) },
	}.Report(ctx, err, diags)
}

// Read implements resource.Resource.
func (r *orderResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state orderModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	imported := state.Variation.IsNull()
	ctx = client.Claiming(ctx, api.OriginOrder, state.ID.ValueString())
	l, err := lookAtOrder(ctx, c, state.Kitchen.ValueString(), state.ID.ValueString())
	switch {
	case api.IsNotFound(err) && (imported || !state.runsOnce() || state.OnMissing.ValueString() == kit.OnMissingRerun):
		resp.State.RemoveResource(ctx)
		return
	case api.IsNotFound(err):
		resp.Diagnostics.AddWarning("Order no longer exists", fmt.Sprintf(
			"The backend has no %s any more. Its last known state (%s) is kept, as it runs once. To order it again, set "+
				"on_missing = \"rerun\", or replace it: terraform apply -replace=ADDRESS", state.what(), state.Status.ValueString()))
		return
	case err != nil:
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read "+state.what(), err)
		return
	}
	resp.Diagnostics.Append(state.fromAPI(l.order, l.run)...)
	if kit.ReadMark(ctx, req.Private).Tainted {
		r.leave(state)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// Delete implements resource.Resource.
func (r *orderResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state orderModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	kitchen, id := state.Kitchen.ValueString(), state.ID.ValueString()
	if kit.IsTakenOver(ctx, req.Private) {
		r.leave(state)
		r.Origins().Release(ctx, api.OriginOrder, id) // if nobody comes to the create, the next apply does
		return
	}
	r.Origins().Keep(ctx, api.OriginOrder, id) // what is created instead is another one
	if state.OnDestroy.ValueString() == onDestroyDelete {
		if err := c.DeleteOrder(ctx, kitchen, id); err != nil && !api.IsNotFound(err) {
			fault.Add(&resp.Diagnostics, "Cannot delete "+state.what(), err)
		}
		return
	}
	err := c.StopOrder(ctx, kitchen, id)
	if err != nil && !api.IsNotFound(err) {
		if l, lookErr := lookAtOrder(ctx, c, kitchen, id); lookErr == nil && order.Status(l.order.Status).HasEnded() {
			return // there was nothing to stop
		}
		fault.Add(&resp.Diagnostics, "Cannot stop "+state.what(), err)
	}
}

// ImportState implements resource.ResourceWithImportState: by kitchen/id.
func (r *orderResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	kitchen, id, ok := strings.Cut(req.ID, "/")
	if !ok || kitchen == "" || id == "" {
		resp.Diagnostics.AddError("Cannot import order", fmt.Sprintf(
			"The id is %q; expected the kitchen and the order's id with a slash between them, such as "+
				"\"production/0f8fad5b-d9cb-11ee-a165-70867728950e\".", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("kitchen"), kitchen)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}

// orderMoves is what can be moved to galley_order.
func orderMoves() kit.MoveTarget {
	return kit.MoveTarget{
		Thing: "order", Service: "order", Attributes: []string{"kitchen", "id"},
		Keys: [][]string{{"kitchen", "order_id"}, {"kitchen", "id"}, {"order"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *orderResource) MoveState(context.Context) []resource.StateMover {
	return orderMoves().Mover(nil)
}

// UpgradeState implements resource.ResourceWithUpgradeState. Runs of orders of version 0 may
// overlap, and are not made up, as nothing else could be said.
func (r *orderResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return value.TypedDocuments(func(attributes map[string]any) {
		attributes["overlap"], attributes["runs_skipped"] = string(order.OverlapAllow), 0
		attributes["catch_up"] = string(order.CatchUpNone)
		attributes["on_recreate"] = kit.OnRecreateResume
	})
}
