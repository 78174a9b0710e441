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
				case j.IsActive:
					return plan.Taken{Summary: existsAlready, Detail: existing(j)}, nil
				default:
					return plan.Taken{IsTakenOver: true, Summary: "Job type is taken over", Detail: fmt.Sprintf(
						"There is an inactive job type %s in version %s (revision %d, changed last at %s). Apply activates it and makes it what the "+
							"configuration says, instead of making another one.", j.Name, j.Version, j.RevisionNum, j.LastModified)}, nil
				}
			}
			return plan.Taken{}, err
		},
	}.Check(ctx, r.Ledger(), r.Online(), diags)
	r.Online().Report(diags)
}

// existing says what to do about an active job type.
func existing(j api.JobType) string {
	return fmt.Sprintf("There is an active job type %s in version %s (revision %d, changed last at %s), which is not in the state. Give the manifest "+
		"another jobVersion, or manage the existing one: terraform import galley_job_type.<label> %s/%s. If it is in the state at another "+
		"address, a moved block keeps it.", j.Name, j.Version, j.RevisionNum, j.LastModified, j.Name, j.Version)
}
