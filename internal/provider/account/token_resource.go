package account

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// kindAPI is the kind of tokens that can be managed; others are those of logins.
const kindAPI = "api"

var _ kit.Resource = (*tokenResource)(nil)

// NewTokenResource returns the resource galley_token.
func NewTokenResource() resource.Resource { return &tokenResource{} }

type tokenResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *tokenResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_token"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *tokenResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = kit.IDIdentity("Id of the token.")
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *tokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m tokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	check(&resp.Diagnostics, "name", m.Name, account.CheckTokenName)
	check(&resp.Diagnostics, "username", m.Username, account.CheckUsername)
	check(&resp.Diagnostics, "role", m.Role, account.CheckRole)
	check(&resp.Diagnostics, "expires", m.Expires, checkTime)
	check(&resp.Diagnostics, "secret_wo", m.SecretWO, account.CheckSecret)
}

func checkTime(text string) error {
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
		return fmt.Errorf("found %q, expected a time such as 2027-01-31T00:00:00Z (RFC 3339)", text)
	}
	return nil
}

// ModifyPlan refuses a role above that of the user, and a new token that has expired, and warns
// of one that has and stays so.
func (r *tokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var planned, state tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	defer r.Online().Report(&resp.Diagnostics)
	if name, role := planned.Username.ValueString(), planned.Role.ValueString(); name != "" && role != "" && !planned.Role.Equal(state.Role) {
		if has := plan.RoleOf(ctx, r.Ledger(), r.Online(), name); has != "" && account.MayMore(role, has) {
			r.Online().Finding(&resp.Diagnostics, path.Root("role"), "Token may more than its user", fmt.Sprintf(
				"role: found %q, but the user %q is %s, and a token never may more than its user. Give the token that role or a lesser one, or the "+
					"user another; if this configuration does, set username = galley_user.<label>.name, so that it comes first.", role, name, has))
		}
	}
	end := planned.expires()
	switch isPast := end != nil && !end.After(time.Now()); {
	case !isPast:
	case req.State.Raw.IsNull() || len(resp.RequiresReplace) > 0:
		resp.Diagnostics.AddAttributeError(path.Root("expires"), "Token would never be taken", fmt.Sprintf(
			"expires: found %s, which has passed already. A token has to expire in the future; leave it out for the default.", end))
	default:
		resp.Diagnostics.AddAttributeWarning(path.Root("expires"), "Token has expired", fmt.Sprintf(
			"expires: the token %q is not taken since %s. Set expires to a later time, or change secret_wo_version for a new token.",
			planned.Name.ValueString(), end))
	}
}

// Create implements resource.Resource.
func (r *tokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	check(&resp.Diagnostics, "secret_wo", config.SecretWO, account.CheckSecret) // it may have been unknown
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	t, err := c.CreateToken(ctx, plan.toCreate(config))
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create token "+plan.Name.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(t.APIToken))...)
}

// Read implements resource.Resource. A token that was revoked is gone.
func (r *tokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	id := state.ID.ValueInt64()
	t, err := c.Token(ctx, id)
	switch {
	case api.IsNotFound(err), err == nil && t.Revoked != nil:
		resp.State.RemoveResource(ctx)
	case err != nil:
		r.CannotRead(req.State, &resp.Diagnostics, fmt.Sprintf("Cannot read token %d", id), err)
	case t.Kind != kindAPI:
		resp.Diagnostics.AddError("Token is that of a login", fmt.Sprintf(
			"The token %d is that of a login, which ends by itself and cannot be managed. GET /v6/tokens/ lists those that can.", id))
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, state.fromAPI(t))...)
	}
}

// Update implements resource.Resource. Another secret is a replacement.
func (r *tokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, state tokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	t, err := c.EditToken(ctx, state.ID.ValueInt64(), plan.toEdit(state))
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change token "+state.Name.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(t))...)
}

// Delete revokes.
func (r *tokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state tokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := c.RevokeToken(ctx, state.ID.ValueInt64()); err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot revoke token "+state.Name.ValueString(), err)
	}
}

// ImportState implements resource.ResourceWithImportState: by id.
func (r *tokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(req.ID, "id="), 10, 64)
	if err != nil {
		resp.Diagnostics.AddError("Cannot import token", fmt.Sprintf(
			"%q is no id of a token. Ids are numbers: the data source galley_tokens lists them, and so does `galleyd token list`.", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}

// tokenMoves is what can be moved to galley_token.
func tokenMoves() kit.MoveTarget { return kit.IDTarget("token", "tokens", "token_id") }

// MoveState implements resource.ResourceWithMoveState.
func (r *tokenResource) MoveState(context.Context) []resource.StateMover {
	return tokenMoves().Mover(nil)
}
