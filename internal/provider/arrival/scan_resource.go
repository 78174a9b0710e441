package arrival

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Resource = (*scanResource)(nil)

// NewScanResource returns galley_scan.
func NewScanResource() resource.Resource { return &scanResource{} }

type scanResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *scanResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_scan"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *scanResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = kit.IDIdentity("Id of the scan.")
}

// Schema implements resource.Resource.
func (r *scanResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A scan: it goes through a workspace once and ingests the files that it finds there, which may run a recipe. Nothing runs until the action " +
			"`galley_scan_process` runs it. A scan ingests **once for ever**: after that any change replaces it by a new one, which has not run.\n\n" +
			"The API cannot delete scans: **destroy cancels** what it still ingests and forgets it. The name stays taken: a scan of the same title gets digits " +
			"behind its name." + scanMoves().Doc(),
		Attributes: attributesOf(ingest.Scan),
	}
	resp.Schema.Attributes["recursive"] = schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether folders in the folder are gone through, too. Default: `true`.",
	}
	resp.Schema.Attributes["is_launched"] = schema.BoolAttribute{
		Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		MarkdownDescription: "Whether it has ingested, or does, so that it cannot be changed any more.",
	}
}

// ValidateConfig checks what is known without a server.
func (r *scanResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m scanModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		m.validate(ingest.Scan, &resp.Diagnostics)
	}
}

// ModifyPlan says what destroy does, looks for what the configuration names, and replaces a scan that has run.
func (r *scanResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Scan will be canceled, not deleted",
			"The API has no call to delete a scan. Destroying cancels what it still ingests; what was ingested stays, and so does its name.")
		return
	}
	if kit.KeepPriorIfEqual(ctx, req, resp, sameParts(ingest.Scan)) {
		req.Plan = resp.Plan
	}
	var planned, state scanModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !state.IsLaunched.ValueBool() {
		checkDescription(state.Description, planned.Description, &resp.Diagnostics)
	} else {
		r.replace(ctx, req, resp)
	}
	checkNames(ctx, planned.arguments, ingest.Scan, r.Types(), &resp.Diagnostics)
	r.Online().Report(&resp.Diagnostics)
}

// replace has every change of a scan that has run make a new one.
func (r *scanResource) replace(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	for name, a := range req.Plan.Schema.GetAttributes() {
		if a.IsWriteOnly() || !a.IsRequired() && !a.IsOptional() {
			continue
		}
		var planned, before attr.Value
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(name), &planned)...)
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &before)...)
		if same := sameParts(ingest.Scan)[name]; !resp.Diagnostics.HasError() && !planned.Equal(before) && (same == nil || !same(planned, before)) {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
		}
	}
}

// Create implements resource.Resource.
func (r *scanResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config scanModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	configuration := plan.encode(ingest.Scan, plan.Scanner, plan.Recursive, config.arguments)
	s, err := c.CreateScan(ctx, api.ScanCreate{Title: plan.Title.ValueString(), Description: plan.Description.ValueString(), Configuration: configuration})
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create scan", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(s))...)
	if s.TakenOver {
		kit.WarnOfLost(&resp.Diagnostics, "Scan "+s.Name)
		r.edit(ctx, c, plan, config, s, &resp.Diagnostics, func(m scanModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) })
	}
}

// Read implements resource.Resource.
func (r *scanResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state scanModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	ctx = client.Claiming(ctx, api.OriginScan, strconv.FormatInt(state.ID.ValueInt64(), 10))
	s, err := c.Scan(ctx, state.ID.ValueInt64())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read scan", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.fromAPI(s))...)
}

// Update implements resource.Resource.
func (r *scanResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior, config scanModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	current, err := c.Scan(ctx, plan.ID.ValueInt64())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change scan", err)
		return
	}
	if !kit.HoldsTo(ctx, req.State, prior.fromAPI(current), "scan "+current.Name, current.LastModified.String(), sameParts(ingest.Scan), &resp.Diagnostics) {
		return
	}
	r.edit(ctx, c, plan, config, current, &resp.Diagnostics, func(m scanModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) })
}

// edit makes the server's scan what m says, and hands what it then is to set.
func (r *scanResource) edit(ctx context.Context, c *client.Client, m, config scanModel, current api.ScanDetail, diags *diag.Diagnostics, set func(scanModel)) {
	edit := api.ScanEdit{Title: m.Title.ValueStringPointer(), Description: m.Description.ValueStringPointer(),
		Configuration: m.encode(ingest.Scan, m.Scanner, m.Recursive, config.arguments), IfMatch: current.ETag}
	if err := c.EditScan(ctx, current.ID, edit); err != nil {
		fault.Add(diags, "Cannot change scan", err)
		return
	}
	s, err := c.Scan(ctx, current.ID)
	if err != nil {
		fault.Add(diags, "Cannot read scan after changing it", err)
		return
	}
	set(m.fromAPI(s))
}

// Delete cancels what still runs.
func (r *scanResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state scanModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	s, err := c.Scan(ctx, state.ID.ValueInt64())
	if err == nil && s.Job != nil { // the original has a fault without one
		_, err = c.CancelScan(ctx, s.ID)
	}
	if err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot cancel scan", err)
	}
}

// ImportState takes an id or a name, or the identity. A bare number is an id: name=7 is one that is a name.
func (r *scanResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	id, isName := importedID(req)
	if isName {
		id = r.idOf(ctx, kit.ImportedName(req), &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	}
}

// idOf compares whole names: the filter of the API takes a part.
func (r *scanResource) idOf(ctx context.Context, name string, diags *diag.Diagnostics) int64 {
	c := r.Client(diags)
	if c == nil {
		return 0
	}
	for s, err := range c.EachScan(ctx, client.ArrivalQuery{Names: []string{name}}) {
		if err != nil {
			fault.Add(diags, "Cannot import scan", err)
			return 0
		}
		if s.Name == name {
			return s.ID
		}
	}
	noSuch("scan", name, diags)
	return 0
}

// scanMoves is what can be moved to galley_scan.
func scanMoves() kit.MoveTarget { return kit.IDTarget("scan", "scans", "scan_id") }

// MoveState implements resource.ResourceWithMoveState.
func (r *scanResource) MoveState(context.Context) []resource.StateMover {
	return scanMoves().Mover(nil)
}
