package file

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

var _ kit.Resource = (*sourceFileResource)(nil)

// NewResource returns galley_source_file.
func NewResource() resource.Resource { return &sourceFileResource{} }

type sourceFileResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *sourceFileResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_source_file"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *sourceFileResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.IDIdentity("Id of the file.")
}

// ValidateConfig checks what is known without looking at any file.
func (r *sourceFileResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var m sourceFileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	given := 0
	for _, v := range []types.String{m.Source, m.Content, m.ContentBase64} {
		if !v.IsNull() {
			given++
		}
	}
	if given == 0 || given > 1 && m.bytesKnown() {
		resp.Diagnostics.AddError("Invalid source file", fmt.Sprintf(
			"The bytes are given %d times; give exactly one of source (a local file), content and content_base64.", given))
	}
	if _, err := base64.StdEncoding.DecodeString(m.ContentBase64.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("content_base64"), "Invalid base64",
			value.Sentence(err.Error())+" Use filebase64() or base64encode().")
	}
	if !m.Path.IsUnknown() {
		if err := workspace.CheckFilePath(m.Path.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("path"), "Invalid path", value.Sentence(err.Error()))
		}
	}
	value.CheckNotEmpty(path.Root("workspace"), m.Workspace, "the name of a workspace, such as galley_workspace.<label>.name", &resp.Diagnostics)
	value.CheckNotEmpty(path.Root("source"), m.Source, "the path of a local file", &resp.Diagnostics)
	value.CheckTexts(path.Root("data_types"), m.DataTypes, "a tag", &resp.Diagnostics)
	if v := m.MediaType; v.ValueString() != "" {
		if err := recipe.CheckMediaType(v.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("media_type"), "Invalid media type", value.Sentence("media_type: "+err.Error()))
		}
	}
	started, errStarted := instant(m.SourceStarted)
	ended, errEnded := instant(m.SourceEnded)
	if errEnded == nil && started != nil && ended != nil {
		errEnded = workspace.CheckSourceTimes(started.Time, ended.Time)
	}
	for name, err := range map[string]error{"source_started": errStarted, "source_ended": errEnded} {
		if err != nil {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Invalid time", value.Sentence(name+": "+err.Error()))
		}
	}
	for name, v := range map[string]types.String{
		"source_sensor_class": m.SourceSensorClass, "source_sensor": m.SourceSensor,
		"source_collection": m.SourceCollection, "source_task": m.SourceTask, "media_type": m.MediaType,
	} {
		if !v.IsNull() && !v.IsUnknown() && v.ValueString() == "" {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Empty text",
				"Leave the argument out, or use null, when there is nothing to say.")
		}
	}
}

// ModifyPlan computes digest, size and media type, so that changed bytes show in the
// plan and replace the file.
func (r *sourceFileResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "operator", &req, resp)
	if req.Plan.Raw.IsNull() {
		return
	}
	var config, planned, state sourceFileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case !config.MediaType.IsNull() || planned.Path.IsUnknown():
	case exists && planned.Path.Equal(state.Path):
		planned.MediaType = state.MediaType
	default:
		planned.MediaType = types.StringValue(mediaTypeOf(planned.Path.ValueString()))
	}
	if exists && sameInstant(planned.SourceStarted, state.SourceStarted) {
		planned.SourceStarted = state.SourceStarted
	}
	if exists && sameInstant(planned.SourceEnded, state.SourceEnded) {
		planned.SourceEnded = state.SourceEnded
	}
	planned.SHA256, planned.Size = types.StringUnknown(), types.Int64Unknown()
	if planned.bytesKnown() {
		b, err := planned.open()
		switch {
		case err == nil:
			_ = b.close()
			planned.SHA256, planned.Size = types.StringValue(b.sha256), types.Int64Value(b.size)
		case errors.Is(err, fs.ErrNotExist) && !planned.Source.IsNull():
			resp.Diagnostics.AddAttributeError(path.Root("source"), "Cannot read the bytes of the file", fmt.Sprintf(
				"source: found no file %q, where Terraform runs. The path is relative to there; ${path.module} makes it relative to the module. If another "+
					"resource makes the file in this apply, take the path from something of it that is not known before, such as its id, or its bytes as "+
					"content or content_base64.", planned.Source.ValueString()))
			return
		default:
			resp.Diagnostics.AddAttributeError(planned.bytesAttribute(), "Cannot read the bytes of the file",
				value.Sentence(err.Error())+" The path is relative to where Terraform runs; ${path.module} makes it relative to the module.")
			return
		}
	}
	if exists {
		for _, change := range []struct {
			attribute string
			changed   bool
		}{
			{"sha256", !planned.SHA256.Equal(state.SHA256)},
			{"media_type", !planned.MediaType.Equal(state.MediaType)},
			{"source_started", !planned.SourceStarted.Equal(state.SourceStarted)},
			{"source_ended", !planned.SourceEnded.Equal(state.SourceEnded)},
		} {
			if change.changed {
				resp.RequiresReplace.Append(path.Root(change.attribute))
			}
		}
	}
	if len(resp.RequiresReplace) > 0 {
		planned.ID, planned.URL, planned.Created = types.Int64Unknown(), types.StringUnknown(), types.StringUnknown()
	}
	if exists && r.Ledger().Rebases(planned.Workspace.ValueString()) {
		planned.URL = types.StringUnknown()
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, planned)...)
	if !exists && planned.Workspace.ValueString() != "" && planned.Path.ValueString() != "" {
		plan.Claim{Kind: plan.KindFile, Name: planned.Workspace.ValueString() + ":" + planned.Path.ValueString(), At: path.Root("path")}.
			Check(ctx, r.Ledger(), r.Online(), &resp.Diagnostics)
	}
	if !planned.Workspace.IsUnknown() && (!exists || !planned.Workspace.Equal(state.Workspace)) {
		plan.CheckWorkspaces(ctx, r.Ledger(), r.Online(), []plan.WorkspaceUse{{Name: planned.Workspace.ValueString(), At: path.Root("workspace")}}, &resp.Diagnostics)
	}
}

// Create implements resource.Resource.
func (r *sourceFileResource) Create(
	ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan sourceFileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	b, err := plan.open()
	if err != nil {
		resp.Diagnostics.AddAttributeError(plan.bytesAttribute(), "Cannot read the bytes of the file", value.Sentence(err.Error()))
		return
	}
	defer func() { _ = b.close() }()
	if !plan.SHA256.IsUnknown() && plan.SHA256.ValueString() != b.sha256 {
		resp.Diagnostics.AddAttributeError(plan.bytesAttribute(), "The bytes of the file have changed since the plan",
			fmt.Sprintf("Their SHA-256 was %s, and is %s now. Nothing was uploaded: plan again.", plan.SHA256.ValueString(), b.sha256))
		return
	}
	upload := plan.toUpload(ctx, b.sha256, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	f, err := c.UploadFile(ctx, upload, b)
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot upload %s to workspace %s", upload.Path, upload.Workspace), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(ctx, f.File, &resp.Diagnostics))...)
}

// Read takes a file that was deleted, or replaced at its path, as gone.
func (r *sourceFileResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state sourceFileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	f, err := c.File(ctx, state.ID.ValueInt64())
	if api.IsNotFound(err) || err == nil && f.IsDeleted {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read file", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.fromAPI(ctx, f.File, &resp.Diagnostics))...)
}

// Update is reached when only the way changes in which the same bytes or instants
// are given: there is nothing to tell the server.
func (r *sourceFileResource) Update(
	ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan sourceFileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.URL.IsUnknown() { // the workspace has another base URL
		c := r.Client(&resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		f, err := c.File(ctx, plan.ID.ValueInt64())
		if err != nil {
			fault.Add(&resp.Diagnostics, "Cannot read file", err)
			return
		}
		plan.URL = value.TextOrNull(value.Deref(f.URL))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete purges the bytes.
func (r *sourceFileResource) Delete(
	ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse,
) {
	var state sourceFileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := c.PurgeFile(ctx, state.ID.ValueInt64()); err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot delete file", err)
	}
}

// ImportState takes an id, or the identity.
func (r *sourceFileResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	kit.ImportByID(ctx, "file", req, resp)
}

// sourceFileMoves is what can be moved to galley_source_file.
func sourceFileMoves() kit.MoveTarget {
	return kit.IDTarget("file", "files", "file_id")
}

// MoveState implements resource.ResourceWithMoveState.
func (r *sourceFileResource) MoveState(context.Context) []resource.StateMover {
	return sourceFileMoves().Mover(nil)
}

// sameInstant compares two texts by what they mean.
func sameInstant(a, b types.String) bool {
	x, errX := instant(a)
	y, errY := instant(b)
	if errX != nil || errY != nil || x == nil || y == nil || a.IsUnknown() || b.IsUnknown() {
		return a.Equal(b)
	}
	return x.Equal(y.Time)
}
