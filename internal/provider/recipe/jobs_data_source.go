package recipe

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewJobsDataSource returns the data source galley_jobs (contract 1.4).
func NewJobsDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.JobQuery, api.Job, jobResult]{
		Name:   "jobs",
		Things: "jobs",
		Doc:    "Jobs: of a recipe, or all that have failed. What they have printed is in `galley_job_log`.",
		Filters: kit.Merged(kit.SourceFilters(), map[string]schema.Attribute{
			"started":        kit.InstantFilter("Changed at this time or later"),
			"ended":          kit.InstantFilter("Changed at this time or earlier"),
			"status":         kit.TextsFilter("With one of these statuses, such as `FAILED` or `RUNNING`."),
			"job_id":         kit.NumbersFilter("With one of these ids."),
			"job_type_id":    kit.NumbersFilter("Of one of the job types with these ids."),
			"job_type_name":  kit.TextsFilter("Of one of the job types with these names."),
			"batch_id":       kit.NumbersFilter("Of one of the batches with these ids."),
			"recipe_id":      kit.NumbersFilter("Of one of these recipes; those of sub-recipes are of their own recipe."),
			"error_category": kit.TextsFilter("With an error of one of these categories: `SYSTEM`, `ALGORITHM` or `DATA`."),
			"error_id":       kit.NumbersFilter("With one of these errors."),
			"is_superseded":  kit.FlagFilter("Superseded or not."),
			"order":          kit.OrderArgument("last_modified"),
		}),
		Results: map[string]schema.Attribute{
			"id":                kit.ComputedNumber("Id of the job."),
			"job_type":          kit.ComputedText("Name of its job type."),
			"job_type_version":  kit.ComputedText("Version of the job type."),
			"job_type_revision": kit.ComputedNumber("Revision of the job type."),
			"status":            kit.ComputedText("`PENDING`, `BLOCKED`, `QUEUED`, `RUNNING`, `COMPLETED`, `FAILED` or `CANCELED`."),
			"recipe_id":         kit.ComputedNumber("Id of its recipe; null if it is of none."),
			"recipe_node":       kit.ComputedText("Its node in the recipe."),
			"tries":             kit.ComputedNumber("How often it was run."),
			"is_superseded":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether a later recipe has another job in its place."},
			"error_name":        kit.ComputedText("Name of its error; null if it has none."),
			"error_title":       kit.ComputedText("Title of the error."),
			"error_category":    kit.ComputedText("Category of the error."),
			"error_description": kit.ComputedText("What the program said of it."),
			"created":           kit.ComputedText("When it was made (RFC 3339)."),
			"queued":            kit.ComputedText("When it was queued (RFC 3339)."),
			"started":           kit.ComputedText("When its latest try started (RFC 3339)."),
			"ended":             kit.ComputedText("When it ended (RFC 3339)."),
		},
		Query:  jobsQuery,
		List:   (*client.Client).Jobs,
		Result: newJobResult,
	}
}

func jobsQuery(f *kit.Filters) client.JobQuery {
	started, ended := f.Between("started", "ended")
	return client.JobQuery{
		Started: started, Ended: ended, SourceQuery: f.Source(), Statuses: f.Texts("status"), JobIDs: f.Numbers("job_id"),
		JobTypeIDs: f.Numbers("job_type_id"), JobTypeNames: f.Texts("job_type_name"), BatchIDs: f.Numbers("batch_id"),
		RecipeIDs: f.Numbers("recipe_id"), ErrorCategories: f.Texts("error_category"), ErrorIDs: f.Numbers("error_id"),
		IsSuperseded: f.Flag("is_superseded"), Order: f.Texts("order"), Limit: f.Limit(),
	}
}

// jobResult is a job in a list.
type jobResult struct {
	ID               types.Int64  `tfsdk:"id"`
	JobType          types.String `tfsdk:"job_type"`
	JobTypeVersion   types.String `tfsdk:"job_type_version"`
	JobTypeRevision  types.Int64  `tfsdk:"job_type_revision"`
	Status           types.String `tfsdk:"status"`
	RecipeID         types.Int64  `tfsdk:"recipe_id"`
	RecipeNode       types.String `tfsdk:"recipe_node"`
	Tries            types.Int64  `tfsdk:"tries"`
	IsSuperseded     types.Bool   `tfsdk:"is_superseded"`
	ErrorName        types.String `tfsdk:"error_name"`
	ErrorTitle       types.String `tfsdk:"error_title"`
	ErrorCategory    types.String `tfsdk:"error_category"`
	ErrorDescription types.String `tfsdk:"error_description"`
	Created          types.String `tfsdk:"created"`
	Queued           types.String `tfsdk:"queued"`
	Started          types.String `tfsdk:"started"`
	Ended            types.String `tfsdk:"ended"`
}

func newJobResult(j api.Job) jobResult {
	out := jobResult{
		ID: types.Int64Value(j.ID), JobType: types.StringValue(j.JobType.Name), JobTypeVersion: types.StringValue(j.JobType.Version),
		JobTypeRevision: types.Int64Value(int64(j.JobTypeRev.RevisionNum)), Status: types.StringValue(j.Status), RecipeID: idOfRecipe(j.Recipe),
		RecipeNode: value.TextOrNull(value.Deref(j.RecipeNode)), Tries: types.Int64Value(int64(j.NumExes)), IsSuperseded: types.BoolValue(j.IsSuperseded),
		Created: types.StringValue(j.Created.String()), Queued: kit.TimeOrNull(j.Queued), Started: kit.TimeOrNull(j.Started), Ended: kit.TimeOrNull(j.Ended),
	}
	if e := j.Error; e != nil {
		out.ErrorName, out.ErrorTitle = value.TextOrNull(e.Name), value.TextOrNull(e.Title)
		out.ErrorCategory, out.ErrorDescription = value.TextOrNull(e.Category), value.TextOrNull(e.Description)
	}
	return out
}
