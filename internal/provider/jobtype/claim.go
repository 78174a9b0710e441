package jobtype

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

const existsAlready = "Job type exists already"

// kindJobType is plan.KindJobType, where plan is a model.
const kindJobType = plan.KindJobType

// idOf is what names a job type in an import.
func idOf(m jobTypeModel) string { return m.Name.ValueString() + "/" + m.Version.ValueString() }

// hold enters that a state has the job type.
func (r *jobTypeResource) hold(m jobTypeModel) { r.Ledger().Hold(plan.KindJobType, idOf(m)) }

// claim reports what already has the name and version of a job type that m, a plan, creates.
func (r *jobTypeResource) claim(ctx context.Context, m jobTypeModel, diags *diag.Diagnostics) {
	plan.Claim{
		Kind: plan.KindJobType, Name: idOf(m), At: path.Root("manifest"),
		Taken: func(ctx context.Context, o *plan.Online) (plan.Taken, error) {
			all, err := o.JobTypes(ctx)
			for _, j := range all {
				switch {
				case j.Name != m.Name.ValueString() || j.Version != m.Version.ValueString():
				default:
					return r.taken(ctx, j, m)
				}
			}
			return plan.Taken{}, err
		},
	}.Check(ctx, r.Ledger(), r.Online(), diags)
	r.Online().Report(diags)
}

func (r *jobTypeResource) existing(ctx context.Context, j api.JobType) (plan.Existing, error) {
	return r.Origins().Existing(ctx, api.OriginJobType, j.Name+"/"+j.Version, j.IsActive, true)
}

func (r *jobTypeResource) taken(ctx context.Context, j api.JobType, m jobTypeModel) (plan.Taken, error) {
	e, err := r.existing(ctx, j)
	if err != nil {
		return plan.Taken{}, err
	}
	if takes, why := e.Takes(m.OnExisting.ValueString()); !takes {
		return plan.Taken{Summary: existsAlready, Detail: existing(j, e.Whose()+why)}, nil
	}
	kind := "an inactive"
	if e.IsActive { // so it is lost
		kind = "already a"
	}
	return plan.Taken{IsTakenOver: true, Summary: "Job type is taken over", Detail: fmt.Sprintf(
		"There is %s job type %s in version %s (revision %d, changed last at %s).%s Apply activates it and makes it what the "+
			"configuration says, instead of making another one.", kind, j.Name, j.Version, j.RevisionNum, j.LastModified, e.Whose())}, nil
}

// existing says what to do about a job type that is not taken over, for the reason why.
func existing(j api.JobType, why string) string {
	kind := "an active"
	if !j.IsActive {
		kind = "an inactive"
	}
	return fmt.Sprintf("There is %s job type %s in version %s (revision %d, changed last at %s), which is not in the state.%s Give the manifest "+
		"another jobVersion, or manage the existing one: terraform import galley_job_type.<label> %s/%s. If it is in the state at another "+
		"address, a moved block keeps it.", kind, j.Name, j.Version, j.RevisionNum, j.LastModified, why, j.Name, j.Version)
}
