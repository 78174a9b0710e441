package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewJobTypesDataSource returns the data source galley_job_types (contract 1.3).
func NewJobTypesDataSource() datasource.DataSource {
	return &listDataSource[client.JobTypeQuery, api.JobType, jobTypeResult]{
		name:   "job_types",
		things: "job types",
		doc: "Job types, each version on its own, sorted by name. `galley_job_type` gives the manifest of one, with its " +
			"inputs and outputs.",
		filters: map[string]schema.Attribute{
			"keyword":   textsFilter("With one of these texts in the name or in a tag, whatever their case."),
			"id":        numbersFilter("With one of these ids."),
			"is_active": flagFilter("Active or not."),
			"is_system": flagFilter("Part of the system or not."),
		},
		results: jobTypeResultAttributes(),
		query:   jobTypeQuery,
		list:    (*client.Client).JobTypes,
		result:  newJobTypeResult,
	}
}

func jobTypeQuery(f *filterValues) client.JobTypeQuery {
	return client.JobTypeQuery{
		Keywords: f.texts("keyword"),
		IDs:      f.numbers("id"),
		IsActive: f.flag("is_active"),
		IsSystem: f.flag("is_system"),
		Limit:    f.limit(),
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
		IconCode:     textOrNull(deref(j.IconCode)),
		MaxTries:     types.Int64Value(int64(j.MaxTries)),
		Deprecated:   timeOrNull(j.Deprecated),
		Paused:       timeOrNull(j.Paused),
	}
}

// jobTypeResultAttributes are the attributes of jobTypeResult.
func jobTypeResultAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            computedNumber("Id of the job type."),
		"name":          computedText("Name of the job type."),
		"version":       computedText("Version of the job type."),
		"docker_image":  computedText("Image of the job."),
		"is_active":     computedFlag("Whether it is in use."),
		"is_paused":     computedFlag("Whether its jobs wait in the queue instead of running."),
		"max_scheduled": computedNumber("How many of its jobs may run at the same time; null if there is no limit."),
		"revision_num":  computedNumber("Number of the latest revision of the manifest."),
		"title":         computedText("Title, from the manifest."),
		"description":   computedText("Description, from the manifest."),
		"is_system":     computedFlag("Whether it is part of the system."),
		"is_published":  computedFlag("Whether it is published."),
		"icon_code":     computedText("Code of the icon, if there is one."),
		"max_tries":     computedNumber("How often a job is tried."),
		"created":       computedText("When it was created (RFC 3339)."),
		"deprecated":    computedText("When it was deactivated (RFC 3339)."),
		"paused":        computedText("When it was paused (RFC 3339)."),
		"last_modified": computedText("When it was changed last (RFC 3339)."),
	}
}
