package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var (
	_ kit.Resource                      = (*kitchenResource)(nil)
	_ resource.ResourceWithUpgradeState = (*kitchenResource)(nil)
)

// NewKitchenResource returns the resource galley_kitchen.
func NewKitchenResource() resource.Resource { return &kitchenResource{} }

type kitchenResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *kitchenResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_kitchen"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *kitchenResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.TextIdentity(map[string]string{"name": "Name of the kitchen."})
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *kitchenResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config kitchenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// sameOfKitchen compares what is written in a kitchen by meaning.
var sameOfKitchen = map[string]kit.SameFunc{"overrides": value.SameValues, "secret_overrides": value.SameValues}

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *kitchenResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	var planned, prior kitchenModel
	known := r.Kitchens()
	defer known.Online.Report(&resp.Diagnostics)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if prior.Name.ValueString() != "" {
		r.Ledger().Hold(plan.KindKitchen, prior.Name.ValueString())
	}
	if req.Plan.Raw.IsNull() {
		warnOfKitchenDestroy(ctx, known, prior.Name.ValueString(), &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if resp.Diagnostics.HasError() {
		return
	}
	kept := kit.KeepPriorIfEqual(ctx, req, resp, sameOfKitchen)
	given := planned
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("overrides_wo"), &given.OverridesWO)...)
	r.Ledger().SetKitchen(planned.Name, plan.Kitchen{Parent: planned.Parent, Overrides: given.secrets().All()})
	if kept {
		return
	}
	planned.AlertRecipients = planned.recipients()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
	if !req.State.Raw.IsNull() && !(planned.Name.Equal(prior.Name) && planned.Parent.Equal(prior.Parent)) { // it is replaced
		warnOfKitchenDestroy(ctx, known, prior.Name.ValueString(), &resp.Diagnostics)
	}
	if name := planned.Name.ValueString(); req.State.Raw.IsNull() && name != "" && r.Ledger().Holds(plan.KindKitchen, name) {
		warnOfKitchenDestroy(ctx, known, name, &resp.Diagnostics) // it is made anew
	}
	if name := planned.Name.ValueString(); req.State.Raw.IsNull() && name != "" {
		plan.Claim{Kind: plan.KindKitchen, Name: name, At: path.Root("name"), Taken: func(ctx context.Context, _ *plan.Online) (plan.Taken, error) {
			if _, exists, err := known.Named(ctx, name); err != nil || !exists {
				return plan.Taken{}, err
			}
			e, err := r.Origins().Existing(ctx, api.OriginKitchen, name, true, true)
			if err != nil || e.IsLost() {
				return plan.Taken{IsTakenOver: true, Summary: "Kitchen is taken over", Detail: fmt.Sprintf("There is a kitchen %q already.%s Apply makes it "+
					"what the configuration says, instead of making another one.", name, e.Whose())}, err
			}
			return plan.Taken{Summary: "Kitchen exists already", Detail: fmt.Sprintf("There is a kitchen %q. Choose another name, or manage it: "+
				"terraform import galley_kitchen.<label> %s. If it is in the state at another address, a moved block keeps it.%s", name, name, e.Whose())}, nil
		}}.Check(ctx, r.Ledger(), r.Online(), &resp.Diagnostics)
	}
	if !planned.Parent.IsNull() && !planned.Parent.IsUnknown() {
		known.MustExist(ctx, planned.Parent.ValueString(), path.Root("parent"), &resp.Diagnostics)
	}
}

// Create implements resource.Resource. The API makes a kitchen with nothing but a
// description; the rest is an update of its record.
func (r *kitchenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan kitchenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("overrides_wo"), &plan.OverridesWO)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	created, err := c.CreateKitchen(ctx, plan.Parent.ValueString(), name, api.KitchenCreate{Description: plan.Description.ValueString()})
	if api.IsConflict(err) {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Cannot create kitchen", fault.Detail(err)+fmt.Sprintf(
			"\n\nIf there is a kitchen %q already, choose another name, or manage it: terraform import galley_kitchen.<label> %q", name, name))
		return
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create kitchen "+name, err)
		return
	}
	if created.TakenOver {
		kit.WarnOfLost(&resp.Diagnostics, "Kitchen "+name)
	}
	// The kitchen exists from here on: it has to be in the state whatever happens.
	made, err := kitchenModel{}.fromAPI(created)
	if err == nil {
		resp.Diagnostics.Append(resp.State.Set(ctx, made)...)
		made, err = plan.update(ctx, c, created, kitchenModel{})
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot set up kitchen "+name, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, made)...)
}

// update makes the record of current what m says, and returns what it then is.
// prior is what the state had.
func (m kitchenModel) update(ctx context.Context, c *client.Client, current api.Kitchen, prior kitchenModel) (kitchenModel, error) {
	record, err := m.record(current, prior)
	if err != nil {
		return m, err
	}
	k, err := c.UpdateKitchen(ctx, current.Name, api.KitchenUpdate{Kitchen: record, IfMatch: current.ETag})
	if err != nil {
		return m, err
	}
	return m.fromAPI(k)
}

// Read implements resource.Resource.
func (r *kitchenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state kitchenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	r.Ledger().Hold(plan.KindKitchen, state.Name.ValueString()) // of one that is tainted the plan shows no state
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	ctx = client.Claiming(ctx, api.OriginKitchen, state.Name.ValueString())
	k, err := c.Kitchen(ctx, state.Name.ValueString())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil {
		state, err = state.fromAPI(k)
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read kitchen "+state.Name.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update implements resource.Resource.
func (r *kitchenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior, now kitchenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("overrides_wo"), &plan.OverridesWO)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	current, err := c.Kitchen(ctx, name)
	if err == nil {
		now, err = prior.fromAPI(current)
	}
	if err == nil {
		if !kit.HoldsTo(ctx, req.State, now, "kitchen "+name, "", sameOfKitchen, &resp.Diagnostics) {
			return
		}
		plan, err = plan.update(ctx, c, current, prior)
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change kitchen "+name, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete implements resource.Resource.
func (r *kitchenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state kitchenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	name := state.Name.ValueString()
	err := c.DeleteKitchen(ctx, name)
	switch {
	case api.IsConflict(err):
		resp.Diagnostics.AddError("Cannot delete kitchen "+name, fault.Detail(err)+
			"\n\nOrders that are active or paused have to end first: stop or delete them, or let Terraform destroy them with the kitchen. "+
			"Kitchens below have to go first, too.")
	case err != nil && !api.IsNotFound(err):
		fault.Add(&resp.Diagnostics, "Cannot delete kitchen "+name, err)
	default:
		r.Ledger().Hold(plan.KindKitchen, name)
	}
}

// ImportState implements resource.ResourceWithImportState: by name.
func (r *kitchenResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if !kit.ImportIdentity(ctx, req, resp) {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), kit.ImportedName(req))...)
	}
}

// kitchenMoves is what can be moved to galley_kitchen.
func kitchenMoves() kit.MoveTarget {
	return kit.MoveTarget{
		Thing: "kitchen", Service: "kitchen", Attributes: []string{"name"},
		Keys: [][]string{{"kitchen_name"}, {"kitchen"}, {"name"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *kitchenResource) MoveState(context.Context) []resource.StateMover {
	return kitchenMoves().Mover(nil)
}

// warnOfKitchenDestroy says, in the plan, what goes with a kitchen.
func warnOfKitchenDestroy(ctx context.Context, k plan.Kitchens, name string, diags *diag.Diagnostics) {
	with := []string{"its own recipes", "the records of its orders"}
	if orders, err := k.OrdersOf(ctx, name); err == nil && orders.TotalOrders > 0 {
		with[1] = value.Counted(orders.TotalOrders, "order", "orders") + " and their records"
		var active []string
		for _, o := range orders.Orders {
			if !order.Status(o.Status).HasEnded() {
				active = append(active, o.HID+" ("+o.Status+")")
			}
		}
		if len(active) > 0 {
			const most = 10
			more := ""
			if len(active) > most {
				more, active = fmt.Sprintf(" and %d more", len(active)-most), active[:most]
			}
			with[1] += "; as long as these have not ended, the backend refuses: " + strings.Join(active, ", ") + more
		}
	}
	diags.AddWarning("Kitchen will be deleted", fmt.Sprintf("Kitchen %s is deleted with %s. It is refused while orders of it are "+
		"active or paused, or while there are kitchens below it.", name, strings.Join(with, " and ")))
}

// UpgradeState implements resource.ResourceWithUpgradeState.
func (r *kitchenResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return value.TypedDocuments(nil)
}
