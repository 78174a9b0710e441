package recipe

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var (
	_ kit.Action                      = (*jobsRequeueAction)(nil)
	_ action.ActionWithValidateConfig = (*jobsRequeueAction)(nil)
)

const cannotRequeue = "Cannot requeue jobs"

// NewRequeueAction returns the action galley_jobs_requeue.
func NewRequeueAction() action.Action { return &jobsRequeueAction{} }

type jobsRequeueAction struct{ kit.ActionBase }

// jobFilterNames are the arguments that choose jobs.
func jobFilterNames() []string {
	return []string{
		"started", "ended", "error_categories", "error_ids", "job_ids", "status", "job_type_ids", "job_type_names", "job_types",
		"batch_ids", "recipe_ids",
	}
}

// jobTypesShape describes the argument job_types.
func jobTypesShape() document.Shape {
	text := document.Simple(document.Text)
	return document.SetOf(document.ObjectOf(
		document.Member{Name: "name", Shape: text, Required: true, Doc: "Name of the job type."},
		document.Member{Name: "version", Shape: text, Required: true, Doc: "Version of the job type."},
	))
}

// Metadata implements action.Action.
func (a *jobsRequeueAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_jobs_requeue"
}

// Schema implements action.Action.
func (a *jobsRequeueAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	words := func(doc string, of ...string) schema.SetAttribute {
		s := schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: doc}
		if len(of) > 0 {
			s.Validators = []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf(of...))}
		}
		return s
	}
	numbers := func(doc string) schema.SetAttribute {
		return schema.SetAttribute{Optional: true, ElementType: types.Int64Type, MarkdownDescription: doc}
	}
	instant := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: doc + ": an instant (RFC 3339, `2026-01-31T00:00:00Z`), " +
			"or a duration before now (ISO 8601, `PT3H`)."}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lets jobs run again, in place: with the same id, input and configuration, in the recipe that they are in, " +
			"whose other nodes go on when they complete.\n\n" +
			"The filters choose the jobs; they are combined with *and*, the values of one with *or*. At least one is needed, and one " +
			"without values chooses nothing. Of the chosen jobs those run again that have not completed, have not been superseded, " +
			"and have run before or were canceled: **without `status` also those that are running**, which are started anew.",
		Attributes: map[string]schema.Attribute{
			"started":          instant("Changed at this time or later"),
			"ended":            instant("Changed at this time or earlier"),
			"error_categories": words("That have failed by an error of one of these categories: `SYSTEM`, `ALGORITHM`, `DATA`.", "SYSTEM", "ALGORITHM", "DATA"),
			"error_ids":        numbers("That have failed by one of the errors with these ids."),
			"job_ids":          numbers("With one of these ids."),
			"status": words("In one of these states: `PENDING`, `BLOCKED`, `QUEUED`, `RUNNING`, `FAILED`, `CANCELED`.",
				kit.StatusPending, kit.StatusBlocked, string(recipe.Queued), kit.StatusRunning, kit.StatusFailed, kit.StatusCanceled),
			"job_type_ids":   numbers("Of one of the job types with these ids."),
			"job_type_names": words("Of one of the job types with these names, in any version."),
			"job_types": value.ActionDocument{Shape: jobTypesShape(), DynamicAttribute: schema.DynamicAttribute{
				Optional: true, MarkdownDescription: "Of one of these job types.",
				Validators: []validator.Dynamic{value.DocumentValidator{Shape: jobTypesShape(), Summary: "Invalid job types"}},
			}},
			"batch_ids":  numbers("Of one of the batches with these ids."),
			"recipe_ids": numbers("Of one of the recipes with these ids, such as `galley_recipe.x.recipe_id`; those of sub-recipes are not among them."),
			"priority": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Priority of the jobs from now on, 1 or more: a lower number runs sooner. Default: the one that each has.",
			},
			"wait_for_completion": kit.WaitArgument("the jobs have finished"),
			"timeouts":            kit.InvokeTimeout("How long to wait for the jobs to finish, as `90s` or `2h`. Default `30m`."),
		},
	}
}

// ValidateConfig implements action.ActionWithValidateConfig. It needs no server.
func (a *jobsRequeueAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	f := kit.ReadFilters(ctx, req.Config)
	jobQuery(f)
	resp.Diagnostics.Append(f.Diags...)
	isGiven := func(name string) bool { return f.Values[name] != nil && !f.Values[name].IsNull() }
	if !slices.ContainsFunc(jobFilterNames(), isGiven) {
		resp.Diagnostics.AddError("No jobs are chosen", "None of the filters is set, which would be every job of the backend. "+
			"Set one or more, such as recipe_ids = [galley_recipe.x.recipe_id] or status = [\"FAILED\"].")
	}
}

// ModifyPlan looks for the job types.
func (a *jobsRequeueAction) ModifyPlan(
	ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse,
) {
	f := kit.ReadFilters(ctx, req.Config)
	wanted := jobTypesOf(f)
	o := a.Online()
	if o == nil || len(wanted) == 0 {
		return
	}
	defer o.Report(&resp.Diagnostics)
	exist, err := o.JobTypeRefs(ctx)
	if err != nil {
		return
	}
	var names []string
	for _, ref := range append(a.Ledger().JobTypeRefs(), exist...) {
		names = append(names, ref.Name+" "+ref.Version)
	}
	for _, t := range wanted {
		if name := t.Name + " " + t.Version; !slices.Contains(names, name) {
			o.Finding(&resp.Diagnostics, path.Root("job_types"), cannotRequeue,
				fmt.Sprintf("job_types: there is no job type %s%s", name, recipe.DidYouMean(name, names)))
		}
	}
}

// jobTypesOf are the elements of job_types that are known.
func jobTypesOf(f *kit.Filters) []api.JobTypeNameVersion {
	var out []api.JobTypeNameVersion
	elements, _ := f.Document("job_types", jobTypesShape()).([]any)
	for _, e := range elements {
		members, _ := e.(map[string]any)
		name, knowsName := members["name"].(string)
		version, knowsVersion := members["version"].(string)
		if knowsName && knowsVersion {
			out = append(out, api.JobTypeNameVersion{Name: name, Version: version})
		}
	}
	return out
}

// jobQuery is the filters as a list of jobs, without job_types.
func jobQuery(f *kit.Filters) client.JobQuery {
	started, ended := f.Between("started", "ended")
	return client.JobQuery{
		Started:         started,
		Ended:           ended,
		ErrorCategories: f.Texts("error_categories"),
		ErrorIDs:        f.Numbers("error_ids"),
		JobIDs:          f.Numbers("job_ids"),
		Statuses:        f.Texts("status"),
		JobTypeIDs:      f.Numbers("job_type_ids"),
		JobTypeNames:    f.Texts("job_type_names"),
		BatchIDs:        f.Numbers("batch_ids"),
		RecipeIDs:       f.Numbers("recipe_ids"),
		IsSuperseded:    new(false),
	}
}

// choose lists the jobs that the filters choose: none if a filter has no values.
func (a *jobsRequeueAction) choose(
	ctx context.Context, c *client.Client, f *kit.Filters, diags *diag.Diagnostics,
) []api.Job {
	for _, name := range jobFilterNames() {
		if values, ok := value.Tree(f.Values[name]).([]any); ok && len(values) == 0 {
			return nil
		}
	}
	q := jobQuery(f)
	for _, t := range jobTypesOf(f) {
		j, err := c.JobType(ctx, t.Name, t.Version)
		if err != nil {
			fault.AddAt(diags, path.Root("job_types"), fmt.Sprintf("Cannot find job type %s %s", t.Name, t.Version), err)
			return nil
		}
		q.JobTypeIDs = append(q.JobTypeIDs, j.ID)
	}
	jobs, err := c.Jobs(ctx, q)
	if err != nil {
		fault.Add(diags, "Cannot list jobs", err)
	}
	return jobs
}

// Invoke implements action.Action. What is requeued are the jobs that it has listed, so
// that it is those that it waits for.
func (a *jobsRequeueAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	f := kit.ReadFilters(ctx, req.Config)
	var limit types.Dynamic
	f.Diags.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &limit)...)
	f.Diags.Append(value.CheckDocuments(ctx, tfsdk.Plan(req.Config))...)
	timeout := kit.ReadInvokeTimeout(limit, kit.ActionTimeout, &f.Diags)
	c := a.Client(&f.Diags)
	resp.Diagnostics.Append(f.Diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	chosen := a.choose(ctx, c, f, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := kit.NewProgress(resp)
	r := newRequeue(c, p, chosen)
	p.Say("%d of %d chosen jobs can run again", len(r.before), len(chosen))
	if len(r.before) == 0 {
		return
	}
	if err := r.start(ctx, f.Number("priority")); err != nil {
		fault.Add(&resp.Diagnostics, cannotRequeue, err)
		return
	}
	if wait := f.Flag("wait_for_completion"); wait == nil || *wait {
		r.wait(ctx, timeout, &resp.Diagnostics)
	}
}
