package jobtype

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// warnOfDestroy says, in the plan, what is deactivated with m, a state, and which orders that stops.
func (r *jobTypeResource) warnOfDestroy(ctx context.Context, m jobTypeModel, diags *diag.Diagnostics) {
	what := "The API has no call to delete a job type. Destroying one sets is_active to false"
	if name := m.Name.ValueString(); name != "" {
		what = fmt.Sprintf("The API has no call to delete a job type. Destroying %s %s sets its is_active to false", name, m.Version.ValueString())
	}
	diags.AddWarning("Job type will be deactivated, not deleted",
		what+". Recipes that are under way are not affected."+r.takesAlong(ctx, m))
	r.Online().Report(diags)
}

// takesAlong says what a deactivation of m, a state, deactivates, too.
func (r *jobTypeResource) takesAlong(ctx context.Context, m jobTypeModel) string {
	a := r.Kitchens().AffectedByJobType(ctx, m.Name.ValueString(), m.Version.ValueString())
	switch users := a.Users(); {
	case users == "":
		return ""
	case len(a.Versions) > 0:
		return fmt.Sprintf(" Active recipe types use it: %s. They stay active as long as another version of it is (now: %s), and go on with this one.",
			users, value.Few(a.Versions))
	default:
		return " It takes the active recipe types that use it along: " + users + "." + a.Stops()
	}
}

// warnOfReplace says, in the plan, what becomes of m, a state, that is made anew as another job type.
func (r *jobTypeResource) warnOfReplace(ctx context.Context, m jobTypeModel, as string, diags *diag.Diagnostics) {
	name, _, _ := strings.Cut(as, "/")
	old := m.Name.ValueString() + " " + m.Version.ValueString()
	text := fmt.Sprintf("Job type %s is deactivated, not deleted, once %s exists.", old, strings.Replace(as, "/", " ", 1))
	a := r.Kitchens().AffectedByJobType(ctx, m.Name.ValueString(), m.Version.ValueString())
	switch users := a.Users(); {
	case users == "":
	case name == m.Name.ValueString():
		text += fmt.Sprintf(" Active recipe types use it: %s. They stay active, as another version of it is. Those whose configuration says so move to that one; "+
			"the others go on with this one.", users)
	default:
		text += fmt.Sprintf(" It takes the active recipe types that use it along: %s. Those that this apply moves to the new one are activated again.%s "+
			"With lifecycle { create_before_destroy = true } they move first, and nothing of them is deactivated.", users, a.Stops())
	}
	diags.AddWarning("Job type will be replaced", text)
	r.Online().Report(diags)
}

// deferDelete leaves the delete of m to the create that follows, if one does: what uses it is not
// to be without both.
func (r *jobTypeResource) deferDelete(ctx context.Context, private kit.PrivateData, m jobTypeModel) bool {
	replacement, ok := kit.ReplacementOf(ctx, private)
	if !ok || replacement.Old != idOf(m) {
		return false
	}
	r.Ledger().Defer(plan.KindJobType, replacement)
	r.Origins().Release(ctx, api.OriginJobType, replacement.Old) // if the create does not come, another one may have it
	return true
}

// deactivate is what destroys a job type.
func (r *jobTypeResource) deactivate(ctx context.Context, c *client.Client, name, version string) ([]api.Finding, error) {
	v, err := c.EditJobType(ctx, name, version, api.JobTypeEdit{IsActive: new(false), Spare: true})
	if api.IsNotFound(err) {
		err = nil
	}
	r.Ledger().Deactivated()
	return v.Warnings, err
}

// finishReplace deactivates the job type that m, which exists now, was made instead of.
func (r *jobTypeResource) finishReplace(ctx context.Context, c *client.Client, old string, m jobTypeModel, diags *diag.Diagnostics) {
	name, version, _ := strings.Cut(old, "/")
	if old == "" || old == idOf(m) {
		return
	}
	if diags.HasError() {
		diags.AddWarning("Job type "+name+" "+version+" is still active", fmt.Sprintf("It was to be replaced, and what replaces it could not be made. So it "+
			"was left as it is, with all that uses it, and is in no state now. To keep it, put it back into the configuration: the next apply takes it over. "+
			"To be rid of it: terraform import galley_job_type.<label> %s, and destroy.", old))
		return
	}
	warnings, err := r.deactivate(ctx, c, name, version)
	if err != nil {
		diags.AddWarning("Job type "+name+" "+version+" is still active", "It is replaced, but could not be deactivated: "+fault.Detail(err))
	}
	fault.AddFindings(diags, "Job type was deactivated with warnings", warnings)
}

// warnOfEdit says, in the plan of an update, what goes beyond the job type itself: recipe types
// that get its new revision, and those that it takes along.
func (r *jobTypeResource) warnOfEdit(ctx context.Context, planned, state jobTypeModel, diags *diag.Diagnostics) {
	if state.Name.IsNull() {
		return // a create
	}
	what := "Job type " + state.Name.ValueString() + " " + state.Version.ValueString()
	if state.mayBeActive() && !planned.mayBeActive() {
		if along := r.takesAlong(ctx, state); along != "" {
			diags.AddWarning(what+" will be deactivated", strings.TrimSpace(along))
		}
	}
	if !sameManifest(planned.Manifest, state.Manifest) {
		raised, kept := r.Kitchens().Raised(ctx, r.Origins(), r.Kitchens().UsersOfJobType(ctx, state.Name.ValueString(), state.Version.ValueString()))
		if text := plan.RaisedText(strings.ToLower(what[:1])+what[1:], raised, kept); text != "" {
			diags.AddWarning(what+" is updated in other recipe types", text)
		}
	}
	r.Online().Report(diags)
}
