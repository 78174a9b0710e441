package jobtype

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// checkRetry applies the rules of a retry to what is known, and holds it against the manifest,
// if that is known.
func (m jobTypeModel) checkRetry(manifest *seed.Manifest, diags *diag.Diagnostics) {
	if value.IsNull(m.Retry) || value.IsUnknown(m.Retry) {
		return
	}
	retry, problems, complete := form.ReadRetry(value.Tree(m.Retry))
	if complete && manifest != nil {
		problems = retry.CheckErrors(manifest.Interface().Errors)
	}
	value.AddDocumentProblems(diags, path.Root("retry"), form.RetryShape(), "Invalid retry", problems)
}

// fits holds a configuration against what the manifest has to configure.
func (m jobTypeModel) fits(c recipe.Configuration, manifest *seed.Manifest, diags *diag.Diagnostics) {
	const summary = "Configuration does not fit the manifest"
	shape := form.JobTypeConfigurationShape()
	for _, p := range m.In(c).Check(manifest.Configurable()) {
		switch p.Code {
		case recipe.MissingMount, recipe.MissingSetting: // they may come from the recipe
		case recipe.UnknownSetting:
			at := m.SettingPath(p.Path[len(p.Path)-1])
			diags.AddAttributeWarning(at, summary, fmt.Sprintf("%s: %s (%s)", at, p.Text(), p.Code))
		default:
			value.AddDocumentProblems(diags, path.Root("configuration"), shape, summary, recipe.Problems{p})
		}
	}
}

// ModifyPlan makes known what the manifest determines.
func (r *jobTypeResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	if req.Plan.Raw.IsNull() {
		var state jobTypeModel
		if !req.State.Raw.IsNull() {
			resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
			r.hold(state)
		}
		r.warnOfDestroy(ctx, state, &resp.Diagnostics)
		return
	}
	var config, planned jobTypeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	var state jobTypeModel
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if planned.planManifest(config, state); config.Manifest.IsNull() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("manifest"), planned.Manifest)...)
	}
	if planned.Manifest.IsUnknown() {
		return
	}
	manifest, problems := seed.Parse([]byte(planned.Manifest.ValueString()))
	value.AddProblems(&resp.Diagnostics, path.Root("manifest"), "Invalid manifest", problems)
	if manifest == nil {
		return
	}
	if config.DockerImage.IsNull() {
		planned.DockerImage = types.StringValue(seed.StandardImage(manifest))
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("docker_image"), planned.DockerImage)...)
	}
	if exists {
		r.hold(state)
	}
	if kit.KeepPriorIfEqual(ctx, req, resp, map[string]kit.SameFunc{"manifest": sameManifest}) {
		r.Ledger().SetJobType(manifest, int(state.RevisionNum.ValueInt64()))
		r.Ledger().SetJobTypeActive(manifest.Job.Name, manifest.Job.JobVersion, planned.mayBeActive())
		return
	}
	planned = planned.withManifest(manifest)
	planned.Configuration = value.KeepPlanned(form.JobTypeConfigurationShape(), planned.Configuration, state.Configuration)
	planned.Retry = value.KeepPlanned(form.RetryShape(), planned.Retry, state.Retry)
	if exists {
		if sameManifest(planned.Manifest, state.Manifest) {
			planned.RevisionNum = state.RevisionNum
		}
		for name, same := range map[string]bool{
			"name": planned.Name.Equal(state.Name), "version": planned.Version.Equal(state.Version),
		} {
			if !same {
				resp.RequiresReplace.Append(path.Root(name))
			}
		}
	}
	planned.Ref = planned.ref()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, planned)...)
	if len(resp.RequiresReplace) > 0 { // it is planned again, as a create
		r.Ledger().Replace(plan.KindJobType, plan.Replacement{Old: idOf(state), New: idOf(planned)})
		r.warnOfReplace(ctx, state, idOf(planned), &resp.Diagnostics)
		return
	}
	planned.enterPlan(r.Ledger(), manifest, state)
	r.Ledger().SetJobTypeActive(manifest.Job.Name, manifest.Job.JobVersion, planned.mayBeActive())
	if !exists {
		if old := r.Ledger().ReplacedBy(plan.KindJobType, idOf(planned)); old != "" {
			resp.Diagnostics.Append(kit.MarkReplacement(ctx, resp.Private, plan.Replacement{Old: old, New: idOf(planned)})...)
		}
		r.claim(ctx, planned, &resp.Diagnostics)
	}
	r.warnOfEdit(ctx, planned, state, &resp.Diagnostics)
	if !exists || !planned.Configuration.Equal(state.Configuration) {
		plan.CheckWorkspaces(ctx, r.Ledger(), r.Online(), plan.WorkspacesOf(form.JobTypeConfigurationShape(), config.Configuration), &resp.Diagnostics)
		if c, problems, _ := form.ReadConfiguration(form.JobTypeConfigurationShape(), value.Tree(config.Configuration)); problems.Err() == nil {
			r.Online().CheckMounts(ctx, c, manifest.Configurable().Mounts, path.Root("configuration"), &resp.Diagnostics)
		}
	}
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
