package jobtype

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewListDataSource returns the data source galley_job_types (contract 1.3).
func NewListDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.JobTypeQuery, api.JobType, jobTypeResult]{
		Name:   "job_types",
		Things: "job types",
		Doc: "Job types, each version on its own, sorted by name. `galley_job_type` gives the manifest of one, with its " +
			"inputs and outputs.",
		Filters: map[string]schema.Attribute{
			"keyword":   kit.TextsFilter("With one of these texts in the name or in a tag, whatever their case."),
			"id":        kit.NumbersFilter("With one of these ids."),
			"is_active": kit.FlagFilter("Active or not."),
			"is_system": kit.FlagFilter("Part of the system or not."),
		},
		Results: jobTypeResultAttributes(),
		Query:   jobTypeQuery,
		List:    (*client.Client).JobTypes,
		Result:  newJobTypeResult,
	}
}

func jobTypeQuery(f *kit.Filters) client.JobTypeQuery {
	return client.JobTypeQuery{
		Keywords: f.Texts("keyword"),
		IDs:      f.Numbers("id"),
		IsActive: f.Flag("is_active"),
		IsSystem: f.Flag("is_system"),
		Limit:    f.Limit(),
	}
}

// jobTypeResult is a job type in a list.
type jobTypeResult struct {
	jobTypeFacts
	Title       types.String `tfsdk:"title"`
	Description types.String `tfsdk:"description"`
	IsSystem    types.Bool   `tfsdk:"is_system"`
	IsPublished types.Bool   `tfsdk:"is_published"`
	IconCode    types.String `tfsdk:"icon_code"`
	MaxTries    types.Int64  `tfsdk:"max_tries"`
	Deprecated  types.String `tfsdk:"deprecated"`
	Paused      types.String `tfsdk:"paused"`
}

func newJobTypeResult(j api.JobType) jobTypeResult {
	return jobTypeResult{
		jobTypeFacts: factsOfJobType(j),
		Title:        types.StringValue(j.Title),
		Description:  types.StringValue(j.Description),
		IsSystem:     types.BoolValue(j.IsSystem),
		IsPublished:  types.BoolValue(j.IsPublished),
		IconCode:     value.TextOrNull(value.Deref(j.IconCode)),
		MaxTries:     types.Int64Value(int64(j.MaxTries)),
		Deprecated:   kit.TimeOrNull(j.Deprecated),
		Paused:       kit.TimeOrNull(j.Paused),
	}
}

// jobTypeResultAttributes are the attributes of jobTypeResult.
func jobTypeResultAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            kit.ComputedNumber("Id of the job type."),
		"name":          kit.ComputedText("Name of the job type."),
		"version":       kit.ComputedText("Version of the job type."),
		"docker_image":  kit.ComputedText("Image of the job."),
		"is_active":     kit.ComputedFlag("Whether it is in use."),
		"is_paused":     kit.ComputedFlag("Whether its jobs wait in the queue instead of running."),
		"max_scheduled": kit.ComputedNumber("How many of its jobs may run at the same time; null if there is no limit."),
		"revision_num":  kit.ComputedNumber("Number of the latest revision of the manifest."),
		"title":         kit.ComputedText("Title, from the manifest."),
		"description":   kit.ComputedText("Description, from the manifest."),
		"is_system":     kit.ComputedFlag("Whether it is part of the system."),
		"is_published":  kit.ComputedFlag("Whether it is published."),
		"icon_code":     kit.ComputedText("Code of the icon, if there is one."),
		"max_tries":     kit.ComputedNumber("How often a job is tried."),
		"created":       kit.ComputedText("When it was created (RFC 3339)."),
		"deprecated":    kit.ComputedText("When it was deactivated (RFC 3339)."),
		"paused":        kit.ComputedText("When it was paused (RFC 3339)."),
		"last_modified": kit.ComputedText("When it was changed last (RFC 3339)."),
	}
}
