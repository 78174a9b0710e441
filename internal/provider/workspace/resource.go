package workspace

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

var (
	_ kit.Resource                      = (*workspaceResource)(nil)
	_ resource.ResourceWithUpgradeState = (*workspaceResource)(nil)
)

// NewResource returns galley_workspace.
func NewResource() resource.Resource { return &workspaceResource{} }

type workspaceResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *workspaceResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_workspace"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *workspaceResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.IDIdentity("Id of the workspace.")
}

// Schema implements resource.Resource.
func (r *workspaceResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keepText := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	emptyText := stringdefault.StaticString("")
	resp.Schema = schema.Schema{
		Version: 1,
		MarkdownDescription: "A workspace: a place where the backend keeps files. A fresh backend has one, `default`.\n\n" +
			"The API cannot delete workspaces: **destroy deactivates** it, and its files stay. Creating it again with " +
			"the same title and the same broker takes the inactive one back into use, with its name (`on_existing`)." +
			workspaceMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				Computed:            true,
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
				MarkdownDescription: "Id of the workspace.",
			},
			"name": schema.StringAttribute{
				Computed: true, PlanModifiers: keepText,
				MarkdownDescription: "Name that other things refer to. The backend makes it of the first title, in lower " +
					"case and with dashes, and appends digits if it is taken. It never changes.",
			},
			"title": schema.StringAttribute{
				Required: true, MarkdownDescription: fmt.Sprintf("Title for people; at most %d characters.", recipe.MaxTitle),
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Default: emptyText,
				MarkdownDescription: fmt.Sprintf("Description; at most %d characters.", recipe.MaxDescription),
			},
			"base_url": schema.StringAttribute{
				Optional: true, Computed: true, Default: emptyText,
				MarkdownDescription: "URL below which the files of the workspace are served by somebody else. " +
					"With it, files have a `url`.",
			},
			"is_active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether files may be added. Default: `true`.",
			},
			"broker": value.Document{Shape: workspace.BrokerShape(), DynamicAttribute: schema.DynamicAttribute{
				Required: true, MarkdownDescription: "The storage.",
				Validators: []validator.Dynamic{value.DocumentValidator{
					Shape: workspace.BrokerShape(), Summary: "Invalid storage of a workspace",
					Check: func(v any) []document.Problem {
						_, problems := workspace.ReadBroker(v)
						return problems
					},
				}},
			}},
			"on_existing": kit.OnExistingAttribute("workspace", "the same title and storage"),
			"created": schema.StringAttribute{
				Computed: true, PlanModifiers: keepText, MarkdownDescription: "When it was created, RFC 3339.",
			},
		},
	}
}

// ValidateConfig checks what is known without a server.
func (r *workspaceResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var title, description, baseURL types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("title"), &title)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("description"), &description)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("base_url"), &baseURL)...)
	value.CheckTitle(&resp.Diagnostics, "workspace", title, description, recipe.NameOf)
	if err := workspace.CheckBaseURL(baseURL.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("base_url"), "Invalid URL of a workspace", value.Sentence(err.Error()))
	}
}

// Create implements resource.Resource.
func (r *workspaceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan workspaceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	old, err := inactiveWorkspace(ctx, c, plan)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot look for an inactive workspace", err)
		return
	}
	if old != nil {
		e, err := r.Origins().Existing(ctx, api.OriginWorkspace, strconv.FormatInt(old.ID, 10), false, true)
		if err != nil {
			fault.Add(&resp.Diagnostics, "Cannot learn who has made workspace "+old.Name, err)
			return
		}
		if takes, why := e.Takes(plan.OnExisting.ValueString()); !takes {
			resp.Diagnostics.AddAttributeError(path.Root("title"), "Workspace exists already", fmt.Sprintf("There is an inactive workspace %q (%q) with "+
				"the same storage.%s%s Choose another title, or manage the existing one: terraform import galley_workspace.<label> %d",
				old.Name, old.Title, e.Whose(), why, old.ID))
			return
		}
		plan.ID = types.Int64Value(old.ID)
		r.edit(ctx, c, plan, old.ETag, &resp.Diagnostics, func(m workspaceModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) })
		return
	}
	w, err := c.CreateWorkspace(ctx, plan.toCreate())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create workspace", err)
		return
	}
	if w.TakenOver {
		kit.WarnOfLost(&resp.Diagnostics, "Workspace "+w.Name)
		plan.ID = types.Int64Value(w.ID)
		r.edit(ctx, c, plan, w.ETag, &resp.Diagnostics, func(m workspaceModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) })
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(w))...)
}

// Read implements resource.Resource.
func (r *workspaceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state workspaceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	ctx = client.Claiming(ctx, api.OriginWorkspace, strconv.FormatInt(state.ID.ValueInt64(), 10))
	w, err := c.Workspace(ctx, state.ID.ValueInt64())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read workspace", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.fromAPI(w))...)
}

// Update implements resource.Resource.
func (r *workspaceResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior workspaceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	current, err := c.Workspace(ctx, plan.ID.ValueInt64())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change workspace", err)
		return
	}
	if !kit.HoldsTo(ctx, req.State, prior.fromAPI(current), "workspace "+current.Name, current.LastModified.String(), nil, &resp.Diagnostics) {
		return
	}
	r.edit(ctx, c, plan, current.ETag, &resp.Diagnostics, func(m workspaceModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) })
}

// Delete deactivates.
func (r *workspaceResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state workspaceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	err := c.EditWorkspace(ctx, state.ID.ValueInt64(), api.WorkspaceEdit{IsActive: new(false)})
	if err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot deactivate workspace", err)
	}
}

// ImportState takes an id or a name, or the identity. A bare number is an id: name=7 is one that is a name.
func (r *workspaceResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(req.ID, "id="), 10, 64)
	name := kit.ImportedName(req)
	if err != nil || name != req.ID {
		c := r.Client(&resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		found, err := c.Workspaces(ctx, client.WorkspaceQuery{Names: []string{name}})
		if err != nil {
			fault.Add(&resp.Diagnostics, "Cannot import workspace", err)
			return
		}
		if len(found) == 0 {
			resp.Diagnostics.AddError("Cannot import workspace",
				fmt.Sprintf("There is no workspace named %q. Import by the id, such as 7 or id=7, or by the name, such as raw or name=7, which is not the title.", name))
			return
		}
		id = found[0].ID
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}

// workspaceMoves is what can be moved to galley_workspace.
func workspaceMoves() kit.MoveTarget {
	return kit.IDTarget("workspace", "workspaces", "workspace_id")
}

// MoveState implements resource.ResourceWithMoveState.
func (r *workspaceResource) MoveState(context.Context) []resource.StateMover {
	return workspaceMoves().Mover(nil)
}

// UpgradeState implements resource.ResourceWithUpgradeState.
func (r *workspaceResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return value.TypedDocuments(func(attributes map[string]any) { attributes["on_existing"] = onExistingDefault })
}

// edit makes the server's workspace, in the version with that tag, what m says and hands
// what it then is to set.
func (r *workspaceResource) edit(
	ctx context.Context, c *client.Client, m workspaceModel, etag string, diags *diag.Diagnostics, set func(workspaceModel),
) {
	if err := c.EditWorkspace(ctx, m.ID.ValueInt64(), m.toEdit(etag)); err != nil {
		fault.Add(diags, "Cannot change workspace", err)
		return
	}
	w, err := c.Workspace(ctx, m.ID.ValueInt64())
	if err != nil {
		fault.Add(diags, "Cannot read workspace after changing it", err)
		return
	}
	set(m.fromAPI(w))
}

// inactiveWorkspace returns the workspace that a destroy of the same configuration
// has left behind, or nil. Only the same storage counts: with another one, files
// that are still known would be lost.
func inactiveWorkspace(ctx context.Context, c *client.Client, m workspaceModel) (*api.WorkspaceDetail, error) {
	name := recipe.Slug(m.Title.ValueString())
	if name == "" {
		return nil, nil //nolint:nilnil // the server will say what is wrong with the title
	}
	found, err := c.Workspaces(ctx, client.WorkspaceQuery{Names: []string{name}})
	if err != nil {
		return nil, err
	}
	for _, w := range found {
		if w.IsActive || w.Title != m.Title.ValueString() {
			continue
		}
		detail, err := c.Workspace(ctx, w.ID)
		if err != nil {
			return nil, err
		}
		b := detail.Configuration.Broker
		if b.Type == brokerHost && m.isAdopted(b.HostPath) {
			return &detail, nil
		}
	}
	return nil, nil //nolint:nilnil // nothing to adopt is no error
}
