package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var (
	_ action.ActionWithConfigure      = (*jobsRequeueAction)(nil)
	_ action.ActionWithValidateConfig = (*jobsRequeueAction)(nil)
	_ action.ActionWithModifyPlan     = (*jobsRequeueAction)(nil)
)

const cannotRequeue = "Cannot requeue jobs"

// NewJobsRequeueAction returns the action galley_jobs_requeue.
func NewJobsRequeueAction() action.Action { return &jobsRequeueAction{} }

type jobsRequeueAction struct{ ActionBase }

// jobsRequeueModel is the action galley_jobs_requeue, once everything is known.
type jobsRequeueModel struct {
	Started           types.String         `tfsdk:"started"`
	Ended             types.String         `tfsdk:"ended"`
	ErrorCategories   []string             `tfsdk:"error_categories"`
	ErrorIDs          []int64              `tfsdk:"error_ids"`
	JobIDs            []int64              `tfsdk:"job_ids"`
	Status            []string             `tfsdk:"status"`
	JobTypeIDs        []int64              `tfsdk:"job_type_ids"`
	JobTypeNames      []string             `tfsdk:"job_type_names"`
	JobTypes          []jobTypeNameVersion `tfsdk:"job_types"`
	BatchIDs          []int64              `tfsdk:"batch_ids"`
	RecipeIDs         []int64              `tfsdk:"recipe_ids"`
	Priority          types.Int64          `tfsdk:"priority"`
	WaitForCompletion types.Bool           `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value       `tfsdk:"timeouts"`
}

// jobTypeNameVersion is an element of job_types.
type jobTypeNameVersion struct {
	Name    types.String `tfsdk:"name"`
	Version types.String `tfsdk:"version"`
}

// jobFilterNames are the arguments that choose jobs.
func jobFilterNames() []string {
	return []string{
		"started", "ended", "error_categories", "error_ids", "job_ids", "status", "job_type_ids", "job_type_names", "job_types",
		"batch_ids", "recipe_ids",
	}
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
				statusPending, statusBlocked, string(recipe.Queued), statusRunning, statusFailed, statusCanceled),
			"job_type_ids":   numbers("Of one of the job types with these ids."),
			"job_type_names": words("Of one of the job types with these names, in any version."),
			"job_types": schema.SetNestedAttribute{
				Optional: true, MarkdownDescription: "Of one of these job types.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":    schema.StringAttribute{Required: true, MarkdownDescription: "Name of the job type."},
					"version": schema.StringAttribute{Required: true, MarkdownDescription: "Version of the job type."},
				}},
			},
			"batch_ids":  numbers("Of one of the batches with these ids."),
			"recipe_ids": numbers("Of one of the recipes with these ids, such as `galley_recipe.x.recipe_id`; those of sub-recipes are not among them."),
			"priority": schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Priority of the jobs from now on, 1 or more: a lower number runs sooner. Default: the one that each has.",
			},
			"wait_for_completion": waitArgument("the jobs have finished"),
			"timeouts":            invokeTimeout(ctx, "How long to wait for the jobs to finish, as `90s` or `2h`. Default `30m`."),
		},
	}
}

// ValidateConfig implements action.ActionWithValidateConfig. It needs no server.
func (a *jobsRequeueAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	some := false
	for _, name := range jobFilterNames() {
		v := configValue(ctx, req.Config, name, &resp.Diagnostics)
		some = some || v != nil && !v.IsNull()
		if text, ok := v.(types.String); ok {
			instantOf(path.Root(name), text, time.Now(), &resp.Diagnostics)
		}
	}
	if !some {
		resp.Diagnostics.AddError("No jobs are chosen", "None of the filters is set, which would be every job of the backend. "+
			"Set one or more, such as recipe_ids = [galley_recipe.x.recipe_id] or status = [\"FAILED\"].")
	}
}

// configValue is one attribute of a configuration.
func configValue(ctx context.Context, config tfsdk.Config, name string, diags *diag.Diagnostics) attr.Value {
	var v attr.Value
	diags.Append(config.GetAttribute(ctx, path.Root(name), &v)...)
	return v
}

// ModifyPlan looks for the job types.
func (a *jobsRequeueAction) ModifyPlan(
	ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse,
) {
	o := a.online()
	set, _ := configValue(ctx, req.Config, "job_types", &resp.Diagnostics).(types.Set)
	if o == nil || len(set.Elements()) == 0 {
		return
	}
	defer o.report(&resp.Diagnostics)
	exist, err := o.jobTypeRefs(ctx)
	if err != nil {
		return
	}
	var names []string
	for _, ref := range append(a.ledger().jobTypeRefs(), exist...) {
		names = append(names, ref.Name+" "+ref.Version)
	}
	for _, e := range set.Elements() {
		object, _ := e.(types.Object)
		name, okName := object.Attributes()["name"].(types.String)
		version, okVersion := object.Attributes()["version"].(types.String)
		if !okName || !okVersion || name.IsUnknown() || version.IsUnknown() {
			continue
		}
		if wanted := name.ValueString() + " " + version.ValueString(); !slices.Contains(names, wanted) {
			o.finding(&resp.Diagnostics, path.Root("job_types").AtSetValue(e), cannotRequeue,
				fmt.Sprintf("job_types: there is no job type %s%s", wanted, recipe.DidYouMean(wanted, names)))
		}
	}
}

// query is the filter as a list of jobs. Nothing: a filter is there that has no values.
func (m jobsRequeueModel) query(
	ctx context.Context, c *client.Client, diags *diag.Diagnostics,
) (q client.JobQuery, nothing bool) {
	now := time.Now()
	superseded := false
	q = client.JobQuery{
		Started:         instantOf(path.Root("started"), m.Started, now, diags),
		Ended:           instantOf(path.Root("ended"), m.Ended, now, diags),
		ErrorCategories: m.ErrorCategories,
		ErrorIDs:        m.ErrorIDs,
		JobIDs:          m.JobIDs,
		Statuses:        m.Status,
		JobTypeIDs:      m.JobTypeIDs,
		JobTypeNames:    m.JobTypeNames,
		BatchIDs:        m.BatchIDs,
		RecipeIDs:       m.RecipeIDs,
		IsSuperseded:    &superseded,
	}
	empty := func(isSet bool, n int) bool { return isSet && n == 0 }
	nothing = empty(m.ErrorCategories != nil, len(m.ErrorCategories)) || empty(m.ErrorIDs != nil, len(m.ErrorIDs)) ||
		empty(m.JobIDs != nil, len(m.JobIDs)) || empty(m.Status != nil, len(m.Status)) ||
		empty(m.JobTypeIDs != nil, len(m.JobTypeIDs)) || empty(m.JobTypeNames != nil, len(m.JobTypeNames)) ||
		empty(m.JobTypes != nil, len(m.JobTypes)) || empty(m.BatchIDs != nil, len(m.BatchIDs)) ||
		empty(m.RecipeIDs != nil, len(m.RecipeIDs))
	for _, t := range m.JobTypes {
		j, err := c.JobType(ctx, t.Name.ValueString(), t.Version.ValueString())
		if err != nil {
			addAttributeError(diags, path.Root("job_types"), fmt.Sprintf("Cannot find job type %s %s",
				t.Name.ValueString(), t.Version.ValueString()), err)
			continue
		}
		q.JobTypeIDs = append(q.JobTypeIDs, j.ID)
	}
	return q, nothing
}

// Invoke implements action.Action. What is requeued are the jobs that it has listed, so
// that it is those that it waits for.
func (a *jobsRequeueAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m jobsRequeueModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	timeout, diags := m.Timeouts.Invoke(ctx, actionTimeout)
	resp.Diagnostics.Append(diags...)
	c := a.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	query, nothing := m.query(ctx, c, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := newProgress(resp)
	var chosen []api.Job
	if !nothing {
		var err error
		if chosen, err = c.Jobs(ctx, query); err != nil {
			addError(&resp.Diagnostics, "Cannot list jobs", err)
			return
		}
	}
	r := newRequeue(c, p, chosen)
	p.say("%d of %d chosen jobs can run again", len(r.before), len(chosen))
	if len(r.before) == 0 {
		return
	}
	if err := r.start(ctx, m.Priority); err != nil {
		addError(&resp.Diagnostics, cannotRequeue, err)
		return
	}
	if waits(m.WaitForCompletion) {
		r.wait(ctx, timeout, &resp.Diagnostics)
	}
}
