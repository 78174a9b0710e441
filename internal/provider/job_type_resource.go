package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

var (
	_ resource.ResourceWithConfigure      = (*jobTypeResource)(nil)
	_ resource.ResourceWithValidateConfig = (*jobTypeResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*jobTypeResource)(nil)
	_ resource.ResourceWithImportState    = (*jobTypeResource)(nil)
	_ resource.ResourceWithIdentity       = (*jobTypeResource)(nil)
	_ resource.ResourceWithMoveState      = (*jobTypeResource)(nil)
)

// NewJobTypeResource returns galley_job_type.
func NewJobTypeResource() resource.Resource { return &jobTypeResource{} }

type jobTypeResource struct{ ResourceBase }

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
	resp.IdentitySchema = textIdentity(map[string]string{
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
	var manifest *seed.Manifest
	if !m.Manifest.IsUnknown() {
		var problems recipe.Problems
		manifest, problems = seed.Parse([]byte(m.Manifest.ValueString()))
		addProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
	}
	at := path.Root("configuration")
	m.secretSettings.validate(m.Configuration, &resp.Diagnostics)
	configuration, problems, complete := configurationDomain(m.secretSettings.in(m.Configuration))
	addProblems(&resp.Diagnostics, at, "Invalid configuration", problems)
	if manifest != nil {
		m.secretSettings.validateFor(manifest, &resp.Diagnostics)
	}
	if manifest != nil && complete && problems.Err() == nil {
		for _, p := range configuration.Check(manifest.Configurable()) {
			// Mounts and settings that are missing here may come from the recipe.
			if p.Code != recipe.MissingMount && p.Code != recipe.MissingSetting {
				addProblems(&resp.Diagnostics, at, "Configuration does not fit the manifest", recipe.Problems{p})
			}
		}
	}
	if m.DockerImage.ValueString() == "" && !m.DockerImage.IsNull() && !m.DockerImage.IsUnknown() {
		resp.Diagnostics.AddAttributeError(path.Root("docker_image"), "Empty image",
			"Leave the argument out to use the name that the Seed standard gives to the job.")
	}
	if n := m.MaxScheduled; !n.IsNull() && !n.IsUnknown() && n.ValueInt64() < 1 {
		resp.Diagnostics.AddAttributeError(path.Root("max_scheduled"), "Invalid limit",
			fmt.Sprintf("max_scheduled is %d; it has to be 1 or more. Leave it out for no limit, or set is_paused.", n.ValueInt64()))
	}
}

// ModifyPlan makes known what the manifest determines.
func (r *jobTypeResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Job type will be deactivated, not deleted",
			"The API has no call to delete a job type. Destroying sets is_active to false, and also deactivates the recipe "+
				"types that use it. Recipes that are under way are not affected.")
		return
	}
	var config, plan jobTypeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || plan.Manifest.IsUnknown() {
		return
	}
	manifest, problems := seed.Parse([]byte(plan.Manifest.ValueString()))
	addProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
	if manifest == nil {
		return
	}
	if config.DockerImage.IsNull() {
		plan.DockerImage = types.StringValue(seedImage(manifest))
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("docker_image"), plan.DockerImage)...)
	}
	var state jobTypeModel
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if keepPriorIfEqual(ctx, req, resp, map[string]sameFunc{"manifest": sameManifest}) {
		r.ledger().setJobType(manifest, int(state.RevisionNum.ValueInt64()))
		return
	}
	plan = plan.withManifest(manifest)
	if exists {
		if sameManifest(plan.Manifest, state.Manifest) {
			plan.RevisionNum = state.RevisionNum
		}
		for name, same := range map[string]bool{
			"name": plan.Name.Equal(state.Name), "version": plan.Version.Equal(state.Version),
		} {
			if !same {
				resp.RequiresReplace.Append(path.Root(name))
			}
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	if len(resp.RequiresReplace) > 0 {
		return // it is planned again, as a create
	}
	plan.enterPlan(r.ledger(), manifest, state)
	if !exists || !plan.Configuration.Equal(state.Configuration) {
		checkWorkspaces(ctx, r.ledger(), r.online(), workspacesOf(config.Configuration), &resp.Diagnostics)
	}
}

// Create implements resource.Resource. An inactive job type of that name and version
// is taken into use again; an active one belongs to somebody.
func (r *jobTypeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config jobTypeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	c := r.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	manifest, problems := seed.Parse([]byte(plan.Manifest.ValueString()))
	addProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
	if manifest == nil {
		return
	}
	config.secretSettings.validateFor(manifest, &resp.Diagnostics) // it may have been unknown
	if resp.Diagnostics.HasError() {
		return
	}
	plan = plan.withManifest(manifest)
	if plan.DockerImage.IsUnknown() {
		plan.DockerImage = types.StringValue(seedImage(manifest))
	}
	name, version := plan.Name.ValueString(), plan.Version.ValueString()
	old, err := c.JobType(ctx, name, version)
	if err != nil && !api.IsNotFound(err) {
		addError(&resp.Diagnostics, "Cannot look for a job type of the same name", err)
		return
	}
	if err == nil && old.IsActive {
		resp.Diagnostics.AddError("Job type exists already", fmt.Sprintf(
			"There is an active job type %s in version %s, which is not in the state. Import it with the id %q, or give "+
				"the manifest another jobVersion.", name, version, name+"/"+version))
		return
	}
	j, err := c.CreateJobType(ctx, plan.toCreate(config.secretSettings))
	if err != nil {
		addError(&resp.Diagnostics, fmt.Sprintf("Cannot create job type %s %s", name, version), err)
		return
	}
	state, err := plan.fromAPI(j)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read job type", err)
		return
	}
	r.ledger().setJobType(manifest, j.RevisionNum)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Read implements resource.Resource.
func (r *jobTypeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state jobTypeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.clientForRead(&resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil || state.isConfirmed(ctx, r.refresh()) {
		return
	}
	j, err := c.JobType(ctx, state.Name.ValueString(), state.Version.ValueString())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil {
		state, err = state.fromAPI(j)
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read job type", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update implements resource.Resource.
func (r *jobTypeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, state, config jobTypeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	name, version := state.Name.ValueString(), state.Version.ValueString()
	if manifest, _ := seed.Parse([]byte(plan.Manifest.ValueString())); manifest != nil {
		config.secretSettings.validateFor(manifest, &resp.Diagnostics) // it may have been unknown
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.DockerImage.IsUnknown() { // it follows a manifest that was not known while planning
		manifest, problems := seed.Parse([]byte(plan.Manifest.ValueString()))
		addProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
		if manifest == nil {
			return
		}
		plan.DockerImage = types.StringValue(seedImage(manifest))
	}
	v, err := c.EditJobType(ctx, name, version, plan.toEdit(state, config.secretSettings))
	if err != nil {
		addError(&resp.Diagnostics, fmt.Sprintf("Cannot change job type %s %s", name, version), err)
		return
	}
	addFindings(&resp.Diagnostics, "Job type was changed with warnings", uncommonFindings(v.Warnings))
	j, err := c.JobType(ctx, name, version)
	if err == nil {
		plan, err = plan.fromAPI(j)
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read job type after changing it", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete deactivates.
func (r *jobTypeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state jobTypeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	v, err := c.EditJobType(ctx, state.Name.ValueString(), state.Version.ValueString(), api.JobTypeEdit{IsActive: new(false)})
	if err != nil && !api.IsNotFound(err) {
		addError(&resp.Diagnostics, "Cannot deactivate job type", err)
		return
	}
	addFindings(&resp.Diagnostics, "Job type was deactivated with warnings", v.Warnings)
}

// ImportState takes "name/version", or the identity.
func (r *jobTypeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if importIdentity(ctx, req, resp) {
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
func jobTypeMoves() moveTarget {
	return moveTarget{
		thing: "job type", service: "job-types", attributes: []string{"name", "version"},
		keys: [][]string{{"job_type_name", "job_type_version"}, {"name", "version"}, {"job_type"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *jobTypeResource) MoveState(context.Context) []resource.StateMover {
	return jobTypeMoves().mover(nil)
}

// uncommonFindings leaves out the warnings that ValidateConfig leaves out, too.
func uncommonFindings(findings []api.Finding) []api.Finding {
	var out []api.Finding
	for _, f := range findings {
		if f.Name != string(recipe.MissingMount) && f.Name != string(recipe.MissingSetting) {
			out = append(out, f)
		}
	}
	return out
}
