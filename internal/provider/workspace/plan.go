package workspace

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// ModifyPlan says what destroy does, and tells the ledger of the workspace.
func (r *workspaceResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Workspace will be deactivated, not deleted",
			"The API has no call to delete a workspace. Destroying sets is_active to false; its files stay, and no new ones "+
				"can be added.")
		if !req.State.Raw.IsNull() {
			var name types.String
			resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("name"), &name)...)
			r.Ledger().SetWorkspace(name.ValueString(), false)
		}
		return
	}
	if kit.KeepPriorIfEqual(ctx, req, resp, map[string]kit.SameFunc{"broker": sameBroker}) {
		req.Plan = resp.Plan
	}
	r.checkFolder(ctx, req, &resp.Diagnostics)
	r.enterBaseURL(ctx, req, &resp.Diagnostics)
	var name, title types.String
	var active types.Bool
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("title"), &title)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("is_active"), &active)...)
	if name.IsUnknown() && !active.IsUnknown() && !active.ValueBool() {
		// What refers to a workspace that will not be active is wrong, which only a name shows.
		slug := recipe.Slug(title.ValueString())
		if !title.IsUnknown() && slug != "" && !r.Ledger().Take(plan.KindWorkspace, slug) {
			resp.Diagnostics.AddAttributeError(path.Root("title"), "Two workspaces of one title", fmt.Sprintf(
				"Another inactive workspace of this plan has the title %q, too, so that nobody can tell which of the two %q is. Give one of them another title.",
				title.ValueString(), slug))
			return
		}
		if !title.IsUnknown() && r.Online().IsFreeWorkspace(ctx, slug) {
			name = types.StringValue(slug)
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("name"), name)...)
		}
	}
	switch {
	case active.IsUnknown():
	case name.IsUnknown(): // that of the title, unless it is taken
		r.Ledger().SetWorkspace(recipe.Slug(title.ValueString()), active.ValueBool())
	default:
		r.Ledger().SetWorkspace(name.ValueString(), active.ValueBool())
	}
}

// enterBaseURL tells the ledger that the files of the workspace get another URL.
func (r *workspaceResource) enterBaseURL(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	if req.State.Raw.IsNull() {
		return
	}
	var name, before, after types.String
	diags.Append(req.State.GetAttribute(ctx, path.Root("name"), &name)...)
	diags.Append(req.State.GetAttribute(ctx, path.Root("base_url"), &before)...)
	diags.Append(req.Plan.GetAttribute(ctx, path.Root("base_url"), &after)...)
	if !before.Equal(after) {
		r.Ledger().Rebase(name.ValueString())
	}
}

// checkFolder checks a folder that is new against those that the backend has for workspaces.
func (r *workspaceResource) checkFolder(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	var planned, before workspaceModel
	diags.Append(req.Plan.Get(ctx, &planned)...)
	if !req.State.Raw.IsNull() {
		diags.Append(req.State.Get(ctx, &before)...)
	}
	folder := planned.configuration().Broker.HostPath
	if !diags.HasError() && folder != "" && folder != before.configuration().Broker.HostPath && r.Online() != nil {
		r.Online().CheckFolder(ctx, folder, value.PathIn(path.Root("broker"), workspace.BrokerShape(), recipe.Path{"host", "path"}), diags)
		r.Online().Report(diags)
	}
}
