package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Resource = (*userResource)(nil)

// NewUserResource returns the resource galley_user.
func NewUserResource() resource.Resource { return &userResource{} }

type userResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *userResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *userResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = kit.TextIdentity(map[string]string{"name": "Name of the user."})
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *userResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m userModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	check(&resp.Diagnostics, "name", m.Name, account.CheckUsername)
	check(&resp.Diagnostics, "role", m.Role, account.CheckRole)
	check(&resp.Diagnostics, "password_wo", m.PasswordWO, account.CheckPassword)
	switch version := m.PasswordWOVersion; {
	case !m.PasswordWO.IsNull() && version.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("password_wo_version"), "Password without a version",
			"password_wo_version: found nothing, expected a number beside password_wo, such as 1. Terraform does not keep the password: it is a "+
				"change of the number that sets it again.")
	case m.PasswordWO.IsNull() && !version.IsNull() && !version.IsUnknown():
		resp.Diagnostics.AddAttributeError(path.Root("password_wo"), "Version without a password",
			"password_wo: found nothing, expected the password beside password_wo_version. Leave both out for a user who only has tokens.")
	}
}

// check applies a rule to an argument that is known.
func check(diags *diag.Diagnostics, name string, v types.String, rule func(string) error) {
	if v.IsNull() || v.IsUnknown() {
		return
	}
	if err := rule(v.ValueString()); err != nil {
		diags.AddAttributeError(path.Root(name), "Invalid "+strings.TrimSuffix(name, "_wo"), value.Sentence(name+": "+err.Error()))
	}
}

// ModifyPlan makes known what follows from the arguments.
func (r *userResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.NeedsRole(ctx, "admin", &req, resp)
	if req.Plan.Raw.IsNull() {
		return
	}
	var planned, state userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r.Ledger().SetUser(planned.Name, planned.Role)
	if !planned.PasswordWOVersion.IsUnknown() {
		has := types.BoolValue(state.HasPassword.ValueBool() || planned.sendsPassword(state))
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("has_password"), has)...)
	}
	switch {
	case planned.IsActive.IsUnknown():
	case planned.IsActive.ValueBool():
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("disabled"), types.StringNull())...)
	case planned.IsActive.Equal(state.IsActive):
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("disabled"), state.Disabled)...)
	}
}

// Create implements resource.Resource. The API makes a user who is active; to disable him
// is an edit.
func (r *userResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	u, err := c.CreateUser(ctx, plan.toCreate(config))
	if api.IsConflict(err) {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Cannot create user "+name, fault.Detail(err)+fmt.Sprintf(
			"\n\nIf there is a user %q already, choose another name, or manage that one: terraform import galley_user.<label> %s", name, name))
		return
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create user "+name, err)
		return
	}
	// The user exists from here on, and has to be in the state whatever happens.
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(u))...)
	if plan.IsActive.ValueBool() {
		return
	}
	u, err = c.EditUser(ctx, u.ID, api.UserEdit{IsActive: new(false)})
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot disable user "+name, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(u))...)
}

// Read implements resource.Resource.
func (r *userResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state userModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	name := state.Name.ValueString()
	found, err := c.Users(ctx, client.UserQuery{Usernames: []string{name}})
	switch {
	case err != nil:
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read user "+name, err)
	case len(found) == 0:
		resp.State.RemoveResource(ctx)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, state.fromAPI(found[0]))...)
	}
}

// Update implements resource.Resource.
func (r *userResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, state, config userModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	u, err := c.EditUser(ctx, state.ID.ValueInt64(), plan.toEdit(state, config))
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change user "+state.Name.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(u))...)
}

// Delete implements resource.Resource.
func (r *userResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := c.DeleteUser(ctx, state.ID.ValueInt64()); err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot delete user "+state.Name.ValueString(), err)
	}
}

// ImportState implements resource.ResourceWithImportState: by name.
func (r *userResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if !kit.ImportIdentity(ctx, req, resp) {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), kit.ImportedName(req))...)
	}
}

// userMoves is what can be moved to galley_user.
func userMoves() kit.MoveTarget {
	return kit.MoveTarget{
		Thing: "user", Service: "users", Attributes: []string{"name"}, Keys: [][]string{{"username"}, {"user"}, {"name"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *userResource) MoveState(context.Context) []resource.StateMover {
	return userMoves().Mover(nil)
}
