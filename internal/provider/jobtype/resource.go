package jobtype

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

var (
	_ kit.Resource                      = (*jobTypeResource)(nil)
	_ resource.ResourceWithUpgradeState = (*jobTypeResource)(nil)
)

// NewResource returns galley_job_type.
func NewResource() resource.Resource { return &jobTypeResource{} }

type jobTypeResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *jobTypeResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_job_type"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *jobTypeResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.TextIdentity(map[string]string{
		"name":    "Name of the job type, from its manifest.",
		"version": "Version of the job type, from its manifest (`jobVersion`).",
	})
}

// ValidateConfig applies the rules of manifests and configurations to what is known.
func (r *jobTypeResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var m jobTypeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.checkForms(&resp.Diagnostics)
	m.Manifest = m.manifestOf(&resp.Diagnostics)
	var manifest *seed.Manifest
	if !m.Manifest.IsUnknown() && !resp.Diagnostics.HasError() {
		var problems recipe.Problems
		manifest, problems = seed.Parse([]byte(m.Manifest.ValueString()))
		value.AddProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
	}
	m.JobSettings.Validate(&resp.Diagnostics)
	shape := form.JobTypeConfigurationShape()
	configuration, problems, complete := form.ReadConfiguration(shape, value.Tree(m.Configuration))
	value.AddDocumentProblems(&resp.Diagnostics, path.Root("configuration"), shape, "Invalid configuration", problems)
	if manifest != nil {
		m.JobSettings.ValidateFor(manifest, &resp.Diagnostics)
	}
	m.checkRetry(manifest, &resp.Diagnostics)
	if manifest != nil && complete && m.Known() && problems.Err() == nil {
		m.fits(configuration, manifest, &resp.Diagnostics)
	}
	if image := m.DockerImage; image.ValueString() == "" && !image.IsNull() && !image.IsUnknown() {
		resp.Diagnostics.AddAttributeError(path.Root("docker_image"), "Empty image",
			"Leave the argument out to use the name that the Seed standard gives to the job.")
	} else if err := seed.CheckImage(image.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("docker_image"), "Invalid image", value.Sentence(err.Error()))
	}
	if n := m.MaxScheduled; !n.IsNull() && !n.IsUnknown() && n.ValueInt64() < 1 {
		resp.Diagnostics.AddAttributeError(path.Root("max_scheduled"), "Invalid limit",
			fmt.Sprintf("max_scheduled is %d; it has to be 1 or more. Leave it out for no limit, or set is_paused.", n.ValueInt64()))
	} else if err := seed.CheckMaxScheduled(n.ValueInt64()); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("max_scheduled"), "Invalid limit", value.Sentence(err.Error()))
	}
}

// Create implements resource.Resource. An inactive job type of that name and version
// is taken into use again; an active one belongs to somebody.
func (r *jobTypeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config jobTypeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	c := r.Client(&resp.Diagnostics)
	plan.Manifest = config.manifestOf(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	manifest, problems := seed.Parse([]byte(plan.Manifest.ValueString()))
	value.AddProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
	if manifest == nil {
		return
	}
	config.JobSettings.ValidateFor(manifest, &resp.Diagnostics) // it may have been unknown
	if resp.Diagnostics.HasError() {
		return
	}
	plan = plan.withManifest(manifest)
	if plan.DockerImage.IsUnknown() {
		plan.DockerImage = types.StringValue(seed.StandardImage(manifest))
	}
	name, version := plan.Name.ValueString(), plan.Version.ValueString()
	replaced := r.Ledger().TakeDeferred(kindJobType, idOf(plan))
	defer func() { r.finishReplace(ctx, c, replaced, plan, &resp.Diagnostics) }()
	old, err := c.JobType(ctx, name, version)
	if err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot look for a job type of the same name", err)
		return
	}
	if err == nil && replaced != idOf(plan) {
		e, err := r.existing(ctx, old.JobType)
		if err != nil {
			fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot learn who has made job type %s %s", name, version), err)
			return
		}
		if takes, why := e.Takes(plan.OnExisting.ValueString()); !takes {
			resp.Diagnostics.AddAttributeError(path.Root("manifest"), existsAlready, existing(old.JobType, e.Whose()+why))
			return
		}
	}
	create := plan.toCreate(config.JobSettings)
	if create.Retry == nil && len(old.Retry) > 0 {
		create.Retry = json.RawMessage(neverAgain)
	}
	j, err := c.CreateJobType(ctx, create)
	if err == nil && j.TakenOver && replaced != idOf(plan) {
		j, err = plan.retake(ctx, c, j, config.JobSettings, &resp.Diagnostics)
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot create job type %s %s", name, version), err)
		return
	}
	state, err := plan.fromAPI(j)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot read job type", err)
		return
	}
	r.Ledger().SetJobType(manifest, j.RevisionNum)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// retake makes m of a job type that an earlier create has made and lost.
func (m jobTypeModel) retake(
	ctx context.Context, c *client.Client, lost api.JobTypeDetail, secrets value.JobSettings, diags *diag.Diagnostics,
) (api.JobTypeDetail, error) {
	kit.WarnOfLost(diags, fmt.Sprintf("Job type %s %s", lost.Name, lost.Version))
	now, err := jobTypeModel{}.fromAPI(lost)
	if err != nil {
		return lost, err
	}
	edit := m.toEdit(now, secrets)
	edit.IfMatch, edit.Spare = lost.ETag, true
	if _, err := c.EditJobType(ctx, lost.Name, lost.Version, edit); err != nil {
		return lost, err
	}
	return c.JobType(ctx, lost.Name, lost.Version)
}

// Read implements resource.Resource.
func (r *jobTypeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state jobTypeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	r.hold(state) // of one that is tainted the plan shows no state
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	if state.isConfirmed(ctx, r.Refresh()) {
		r.Origins().Confirm(ctx, api.OriginJobType, idOf(state))
		return
	}
	ctx = client.Claiming(ctx, api.OriginJobType, idOf(state))
	j, err := c.JobType(ctx, state.Name.ValueString(), state.Version.ValueString())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil {
		state, err = state.fromAPI(j)
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read job type", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update implements resource.Resource.
func (r *jobTypeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, state, config jobTypeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if plan.Manifest.IsUnknown() {
		plan.Manifest = config.manifestOf(&resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	name, version := state.Name.ValueString(), state.Version.ValueString()
	if manifest, _ := seed.Parse([]byte(plan.Manifest.ValueString())); manifest != nil {
		config.JobSettings.ValidateFor(manifest, &resp.Diagnostics) // it may have been unknown
		if is := manifest.Job.Name + "/" + manifest.Job.JobVersion; is != idOf(state) {
			resp.Diagnostics.AddAttributeError(path.Root("manifest"), "Manifest of another job type", fmt.Sprintf(
				"manifest: it was not known while planning, and is that of %s now, where the state has %s: that needs another job type instead of this one, "+
					"which this plan does not have. Nothing was done. Apply again: the manifest is known then, and the new plan replaces the job type.",
				strings.Replace(is, "/", " ", 1), name+" "+version))
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.DockerImage.IsUnknown() { // it follows a manifest that was not known while planning
		manifest, problems := seed.Parse([]byte(plan.Manifest.ValueString()))
		value.AddProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
		if manifest == nil {
			return
		}
		plan.DockerImage = types.StringValue(seed.StandardImage(manifest))
	}
	current, err := c.JobType(ctx, name, version)
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot change job type %s %s", name, version), err)
		return
	}
	now, err := state.fromAPI(current)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot read job type before changing it", err)
		return
	}
	if !kit.HoldsTo(ctx, req.State, now, fmt.Sprintf("job type %s %s", name, version), current.LastModified.String(),
		map[string]kit.SameFunc{"manifest": sameManifest}, &resp.Diagnostics) {
		return
	}
	edit := plan.toEdit(state, config.JobSettings)
	edit.IfMatch, edit.Spare = current.ETag, true
	v, err := c.EditJobType(ctx, name, version, edit)
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot change job type %s %s", name, version), err)
		return
	}
	fault.AddFindings(&resp.Diagnostics, "Job type was changed with warnings", uncommonFindings(v.Warnings))
	j, err := c.JobType(ctx, name, version)
	if err == nil {
		plan, err = plan.fromAPI(j)
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot read job type after changing it", err)
		return
	}
	r.Ledger().WroteJobType(name, version)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete deactivates.
func (r *jobTypeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state jobTypeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.hold(state)
	if r.deferDelete(ctx, req.Private, state) {
		return
	}
	warnings, err := r.deactivate(ctx, c, state.Name.ValueString(), state.Version.ValueString())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot deactivate job type", err)
		return
	}
	fault.AddFindings(&resp.Diagnostics, "Job type was deactivated with warnings", warnings)
}

// ImportState takes "name/version", or the identity.
func (r *jobTypeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	name, version, ok := strings.Cut(req.ID, "/")
	if !ok || name == "" || version == "" {
		resp.Diagnostics.AddError("Cannot import job type",
			fmt.Sprintf("The id is %q; it has to be the name and the version with a slash between them, such as \"my-job/1.0.0\".", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), name)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("version"), version)...)
}

// jobTypeMoves is what can be moved to galley_job_type.
func jobTypeMoves() kit.MoveTarget {
	return kit.MoveTarget{
		Thing: "job type", Service: "job-types", Attributes: []string{"name", "version"},
		Keys: [][]string{{"job_type_name", "job_type_version"}, {"name", "version"}, {"job_type"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *jobTypeResource) MoveState(context.Context) []resource.StateMover {
	return jobTypeMoves().Mover(nil)
}

// UpgradeState implements resource.ResourceWithUpgradeState.
func (r *jobTypeResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return value.TypedDocuments(func(attributes map[string]any) {
		text, _ := attributes["manifest"].(string)
		var secrets []string
		if manifest, _ := seed.Parse([]byte(text)); manifest != nil {
			secrets = manifest.Configurable().SecretSettings
		}
		value.SplitSettings(attributes, func(setting string) bool { return slices.Contains(secrets, setting) })
		attributes["on_existing"] = plan.OnExistingOwn
	})
}
