package arrival

import (
	"context"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Resource = (*strikeResource)(nil)

// NewStrikeResource returns galley_strike.
func NewStrikeResource() resource.Resource { return &strikeResource{} }

type strikeResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *strikeResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_strike"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *strikeResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = kit.IDIdentity("Id of the strike.")
}

// Schema implements resource.Resource.
func (r *strikeResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A strike: it watches a workspace, **from its creation on**, and ingests every file that arrives at the top of its folder, which may run a " +
			"recipe. Whole files are moved to `ingesting/` there, and those that no rule is for to `deferred/`.\n\nThe API cannot delete strikes: **destroy stops " +
			"the watch**, and what was ingested stays. The name stays taken: a strike of the same title gets digits behind its name." + strikeMoves().Doc(),
		Attributes: attributesOf(ingest.Strike),
	}
	resp.Schema.Attributes["watch"] = schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether it watches. `false` cancels its job, which `true` queues again. Default: `true`.",
	}
	resp.Schema.Attributes["job_id"] = schema.Int64Attribute{
		Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		MarkdownDescription: "Id of the job that is the watch.",
	}
}

// ValidateConfig checks what is known without a server.
func (r *strikeResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m strikeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		m.validate(ingest.Strike, &resp.Diagnostics)
	}
}

// ModifyPlan says what destroy does, and looks for what the configuration names.
func (r *strikeResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Strike will be stopped, not deleted",
			"The API has no call to delete a strike. Destroying cancels its job; what was ingested stays, and so does its name.")
		return
	}
	if kit.KeepPriorIfEqual(ctx, req, resp, sameParts(ingest.Strike)) {
		req.Plan = resp.Plan
	}
	var planned, state strikeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	checkDescription(state.Description, planned.Description, &resp.Diagnostics)
	checkNames(ctx, planned.arguments, ingest.Strike, r.Types(), &resp.Diagnostics)
	r.Online().Report(&resp.Diagnostics)
}

// Create implements resource.Resource.
func (r *strikeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config strikeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	configuration := plan.encode(ingest.Strike, plan.Monitor, types.BoolNull(), config.arguments)
	s, err := c.CreateStrike(ctx, api.StrikeCreate{Title: plan.Title.ValueString(), Description: plan.Description.ValueString(), Configuration: configuration})
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create strike", err)
		return
	}
	// The strike watches from here on, and has to be in the state whatever happens.
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.fromAPI(s))...)
	set := func(m strikeModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) }
	if s.TakenOver {
		kit.WarnOfLost(&resp.Diagnostics, "Strike "+s.Name)
		r.edit(ctx, c, plan, config, s, &resp.Diagnostics, set)
		return
	}
	if !plan.Watch.ValueBool() {
		r.watch(ctx, c, plan, s, &resp.Diagnostics, set)
	}
}

// Read implements resource.Resource.
func (r *strikeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state strikeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	ctx = client.Claiming(ctx, api.OriginStrike, strconv.FormatInt(state.ID.ValueInt64(), 10))
	s, err := c.Strike(ctx, state.ID.ValueInt64())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read strike", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.fromAPI(s))...)
}

// Update implements resource.Resource.
func (r *strikeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior, config strikeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	current, err := c.Strike(ctx, plan.ID.ValueInt64())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change strike", err)
		return
	}
	if !kit.HoldsTo(ctx, req.State, prior.fromAPI(current), "strike "+current.Name, current.LastModified.String(), sameParts(ingest.Strike), &resp.Diagnostics) {
		return
	}
	r.edit(ctx, c, plan, config, current, &resp.Diagnostics, func(m strikeModel) { resp.Diagnostics.Append(resp.State.Set(ctx, m)...) })
}

// edit makes the server's strike what m says, and hands what it then is to set.
func (r *strikeResource) edit(ctx context.Context, c *client.Client, m, config strikeModel, current api.StrikeDetail, diags *diag.Diagnostics, set func(strikeModel)) {
	edit := api.StrikeEdit{Title: m.Title.ValueStringPointer(), Description: m.Description.ValueStringPointer(),
		Configuration: m.encode(ingest.Strike, m.Monitor, types.BoolNull(), config.arguments), IfMatch: current.ETag}
	if err := c.EditStrike(ctx, current.ID, edit); err != nil {
		fault.Add(diags, "Cannot change strike", err)
		return
	}
	s, err := c.Strike(ctx, current.ID)
	if err != nil {
		fault.Add(diags, "Cannot read strike after changing it", err)
		return
	}
	r.watch(ctx, c, m, s, diags, set)
}

// watch has a strike watch, or not, as m says, and hands what it then is to set.
func (r *strikeResource) watch(ctx context.Context, c *client.Client, m strikeModel, s api.StrikeDetail, diags *diag.Diagnostics, set func(strikeModel)) {
	if s.Job == nil || isWatching(s.Job) == m.Watch.ValueBool() {
		set(m.fromAPI(s))
		return
	}
	filter := api.JobFilter{JobIDs: []int64{s.Job.ID}}
	what, call := "Cannot stop strike", func() error { return c.CancelJobs(ctx, filter) }
	if m.Watch.ValueBool() {
		what, call = "Cannot start strike", func() error { return c.RequeueJobs(ctx, api.JobRequeue{JobFilter: filter}) }
	}
	if err := call(); err != nil {
		fault.Add(diags, what, err)
		return
	}
	for range watchLooks { // what runs takes a moment to stop
		now, err := c.Strike(ctx, s.ID)
		if err != nil {
			fault.Add(diags, "Cannot read strike after changing it", err)
			return
		}
		if s = now; isWatching(s.Job) == m.Watch.ValueBool() {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchPause):
		}
	}
	after := m.fromAPI(s)
	after.Watch = m.Watch
	set(after)
}

// How often, and with which pauses, a strike is looked at until it has stopped.
const (
	watchLooks = 40
	watchPause = 250 * time.Millisecond
)

// Delete stops the watch.
func (r *strikeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state strikeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() || state.JobID.IsNull() {
		return
	}
	if err := c.CancelJobs(ctx, api.JobFilter{JobIDs: []int64{state.JobID.ValueInt64()}}); err != nil {
		fault.Add(&resp.Diagnostics, "Cannot stop strike", err)
	}
}

// ImportState takes an id or a name, or the identity. A bare number is an id: name=7 is one that is a name.
func (r *strikeResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
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

func (r *strikeResource) idOf(ctx context.Context, name string, diags *diag.Diagnostics) int64 {
	c := r.Client(diags)
	if c == nil {
		return 0
	}
	for s, err := range c.EachStrike(ctx, client.ArrivalQuery{Names: []string{name}}) {
		if err != nil {
			fault.Add(diags, "Cannot import strike", err)
			return 0
		}
		if s.Name == name {
			return s.ID
		}
	}
	noSuch("strike", name, diags)
	return 0
}

// strikeMoves is what can be moved to galley_strike.
func strikeMoves() kit.MoveTarget { return kit.IDTarget("strike", "strikes", "strike_id") }

// MoveState implements resource.ResourceWithMoveState.
func (r *strikeResource) MoveState(context.Context) []resource.StateMover {
	return strikeMoves().Mover(nil)
}
