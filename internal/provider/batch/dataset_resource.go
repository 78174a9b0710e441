package batch

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

var _ kit.Resource = (*datasetResource)(nil)

// NewDatasetResource returns galley_dataset.
func NewDatasetResource() resource.Resource { return &datasetResource{} }

type datasetResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *datasetResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_dataset"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *datasetResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = kit.IDIdentity("Id of the data set.")
}

// Schema implements resource.Resource.
func (r *datasetResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A data set: inputs for many recipes, which a `galley_batch` makes. Each member gives the input of one recipe, together with " +
			"`global_data`.\n\nThe API can only add members: a change that appends to `members` is made in place, every other one makes a " +
			"new data set. It cannot delete data sets: **destroy forgets it**, and it stays on the backend. Members that others have added " +
			"are left alone." + datasetMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}, MarkdownDescription: "Id of the data set.",
			},
			"title":       optionalText(fmt.Sprintf("Title for people; 1 to %d characters. Another one makes a new data set.", recipe.MaxTitle), recipe.MaxTitle),
			"description": optionalText(fmt.Sprintf("Description; 1 to %d characters. Another one makes a new data set.", recipe.MaxDescription), recipe.MaxDescription),
			"parameters":  value.OptionalDocument(form.InterfaceShape(), "What each member gives. A change makes a new data set."),
			"global_parameters": value.OptionalDocument(form.InterfaceShape(), "What all members share. A parameter has one name in both. "+
				"A change makes a new data set."),
			"global_data": value.OptionalDocument(form.DataShape(), "The values of `global_parameters`. A change makes a new data set."),
			"members": value.Document{Shape: membersShape(), DynamicAttribute: schema.DynamicAttribute{
				Optional: true, Computed: true, Default: dynamicdefault.StaticValue(value.DynamicOf([]any{})),
				MarkdownDescription: "The members, at most 20,000 at a time. What is appended is added in place; any other change makes a new data set.",
			}},
			"member_ids": schema.ListAttribute{
				Computed: true, ElementType: types.Int64Type, MarkdownDescription: "Ids of the members, also of those that others have added.",
			},
			"created": schema.StringAttribute{
				Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}, MarkdownDescription: "When it was created (RFC 3339).",
			},
		},
	}
}

// optionalText is a text that may be left out but not be empty.
func optionalText(doc string, most int) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: doc, Validators: []validator.String{stringvalidator.UTF8LengthBetween(1, most)}}
}

// ValidateConfig checks what is known without a server.
func (r *datasetResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config datasetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

// ModifyPlan says what destroy does, and what cannot be changed in place.
func (r *datasetResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.NeedsRole(ctx, "operator", &req, resp)
	if req.Plan.Raw.IsNull() {
		warnOfForgetting(&resp.Diagnostics)
		return
	}
	if req.State.Raw.IsNull() || kit.KeepPriorIfEqual(ctx, req, resp, nil) {
		return
	}
	var planned, prior datasetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	for name, changed := range planned.changed(prior) {
		if changed {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
		}
	}
	if len(resp.RequiresReplace) > 0 {
		warnOfForgetting(&resp.Diagnostics)
	}
}

func warnOfForgetting(diags *diag.Diagnostics) {
	diags.AddWarning("Data set will be forgotten, not deleted", "The API has no call to delete a data set. It stays on the backend, with its members, and batches can still be made of it.")
}

// changed tells of each argument whether it is another one that cannot be changed in place.
func (m datasetModel) changed(prior datasetModel) map[string]bool {
	out := map[string]bool{
		"title": !m.Title.Equal(prior.Title), "description": !m.Description.Equal(prior.Description),
		"parameters":        !value.Same(form.InterfaceShape(), m.Parameters, prior.Parameters),
		"global_parameters": !value.Same(form.InterfaceShape(), m.GlobalParameters, prior.GlobalParameters),
		"global_data":       !value.Same(form.DataShape(), m.GlobalData, prior.GlobalData),
	}
	now, before := m.drafts(), prior.drafts()
	_, known := value.Tree(m.Members).([]any)
	out["members"] = known && len(now) < len(before)
	for i := range min(len(now), len(before)) {
		out["members"] = out["members"] || now[i].Known() && !sameJSON(now[i].Data, before[i].Data)
	}
	if value.IsNull(m.Members) {
		out["members"] = len(before) > 0
	}
	return out
}

// Create implements resource.Resource.
func (r *datasetResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan datasetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	body := plan.toCreate(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	d, err := c.CreateDataset(ctx, body)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create data set", err)
		return
	}
	plan.ID, plan.Created = types.Int64Value(d.ID), types.StringValue(d.Created.String())
	ids := make([]int64, len(d.Members))
	for i, member := range d.Members {
		ids[i] = member.ID
	}
	plan.MemberIDs = value.Int64List(ids)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Read implements resource.Resource.
func (r *datasetResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state datasetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	d, members, err := readDataset(ctx, c, state.ID.ValueInt64())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil {
		state, err = state.fromAPI(d, members)
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read data set", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func readDataset(ctx context.Context, c *client.Client, id int64) (api.DatasetDetail, []api.DatasetMember, error) {
	d, err := c.Dataset(ctx, id)
	if err != nil {
		return d, nil, err
	}
	members, err := c.DatasetMembers(ctx, id)
	return d, members, err
}

// Update adds members.
func (r *datasetResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior datasetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	for name, changed := range plan.changed(prior) {
		if changed { // it was not known while planning
			resp.Diagnostics.AddAttributeError(path.Root(name), "Data set cannot be changed", fmt.Sprintf("The API can only add members, so that another value of %s needs a new data set. "+
				"It was not known while planning; plan again.", name))
			return
		}
	}
	members, err := plan.wire()
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("members"), invalidDataset, err.Error())
		return
	}
	if added := members[len(prior.drafts()):]; len(added) > 0 {
		if _, err := c.AddDatasetMembers(ctx, plan.ID.ValueInt64(), slices.Clone(added)); err != nil {
			fault.Add(&resp.Diagnostics, "Cannot add members to data set", err)
			return
		}
	}
	_, all, err := readDataset(ctx, c, plan.ID.ValueInt64())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot read data set after changing it", err)
		return
	}
	ids := make([]int64, len(all))
	for i, member := range all {
		ids[i] = member.ID
	}
	plan.MemberIDs = value.Int64List(ids)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete forgets.
func (r *datasetResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// ImportState takes an id, or the identity.
func (r *datasetResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if !kit.ImportIdentity(ctx, req, resp) {
		kit.ImportByID(ctx, "data set", req, resp)
	}
}

func datasetMoves() kit.MoveTarget { return kit.IDTarget("data set", "datasets", "dataset_id") }

// MoveState implements resource.ResourceWithMoveState.
func (r *datasetResource) MoveState(context.Context) []resource.StateMover {
	return datasetMoves().Mover(nil)
}
