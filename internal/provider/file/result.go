package file

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// fileResult is a file in a list (contract 1.5).
type fileResult struct {
	ID                types.Int64  `tfsdk:"id"`
	FileName          types.String `tfsdk:"file_name"`
	FilePath          types.String `tfsdk:"file_path"`
	Workspace         types.String `tfsdk:"workspace"`
	MediaType         types.String `tfsdk:"media_type"`
	FileType          types.String `tfsdk:"file_type"`
	FileSize          types.Int64  `tfsdk:"file_size"`
	SHA256            types.String `tfsdk:"sha256"`
	URL               types.String `tfsdk:"url"`
	IsDeleted         types.Bool   `tfsdk:"is_deleted"`
	Deleted           types.String `tfsdk:"deleted"`
	DataTypes         types.List   `tfsdk:"data_types"`
	DataStarted       types.String `tfsdk:"data_started"`
	DataEnded         types.String `tfsdk:"data_ended"`
	SourceStarted     types.String `tfsdk:"source_started"`
	SourceEnded       types.String `tfsdk:"source_ended"`
	SourceSensorClass types.String `tfsdk:"source_sensor_class"`
	SourceSensor      types.String `tfsdk:"source_sensor"`
	SourceCollection  types.String `tfsdk:"source_collection"`
	SourceTask        types.String `tfsdk:"source_task"`
	Created           types.String `tfsdk:"created"`
	LastModified      types.String `tfsdk:"last_modified"`
	Geometry          types.String `tfsdk:"geometry"`
	CenterPoint       types.String `tfsdk:"center_point"`
	Countries         types.List   `tfsdk:"countries"`
	JobType           types.String `tfsdk:"job_type"`
	JobTypeVersion    types.String `tfsdk:"job_type_version"`
	JobID             types.Int64  `tfsdk:"job_id"`
	JobOutput         types.String `tfsdk:"job_output"`
	RecipeType        types.String `tfsdk:"recipe_type"`
	RecipeID          types.Int64  `tfsdk:"recipe_id"`
	RecipeNode        types.String `tfsdk:"recipe_node"`
	BatchID           types.Int64  `tfsdk:"batch_id"`
	IsSuperseded      types.Bool   `tfsdk:"is_superseded"`
	Superseded        types.String `tfsdk:"superseded"`
}

func newFileResult(f api.File) fileResult {
	r := fileResult{
		ID:                types.Int64Value(f.ID),
		FileName:          types.StringValue(f.FileName),
		FilePath:          types.StringValue(f.FilePath),
		Workspace:         types.StringValue(f.Workspace.Name),
		MediaType:         types.StringValue(f.MediaType),
		FileType:          types.StringValue(f.FileType),
		FileSize:          types.Int64Value(f.FileSize),
		SHA256:            value.TextOrNull(f.SHA256),
		URL:               value.TextOrNull(value.Deref(f.URL)),
		IsDeleted:         types.BoolValue(f.IsDeleted),
		Deleted:           kit.TimeOrNull(f.Deleted),
		DataTypes:         value.StringList(f.DataTypeTags),
		DataStarted:       kit.TimeOrNull(f.DataStarted),
		DataEnded:         kit.TimeOrNull(f.DataEnded),
		SourceStarted:     kit.TimeOrNull(f.SourceStarted),
		SourceEnded:       kit.TimeOrNull(f.SourceEnded),
		SourceSensorClass: value.TextOrNull(value.Deref(f.SourceSensorClass)),
		SourceSensor:      value.TextOrNull(value.Deref(f.SourceSensor)),
		SourceCollection:  value.TextOrNull(value.Deref(f.SourceCollection)),
		SourceTask:        value.TextOrNull(value.Deref(f.SourceTask)),
		Created:           types.StringValue(f.Created.String()),
		LastModified:      types.StringValue(f.LastModified.String()),
		Geometry:          value.TextOrNull(value.Deref(f.Geometry)),
		CenterPoint:       value.TextOrNull(value.Deref(f.CenterPoint)),
		Countries:         value.StringList(f.Countries),
		JobID:             kit.IDOf(f.Job),
		JobOutput:         value.TextOrNull(value.Deref(f.JobOutput)),
		RecipeID:          kit.IDOf(f.Recipe),
		RecipeNode:        value.TextOrNull(value.Deref(f.RecipeNode)),
		BatchID:           kit.BatchIDOf(f.Batch),
		IsSuperseded:      types.BoolValue(f.IsSuperseded),
		Superseded:        kit.TimeOrNull(f.Superseded),
	}
	if f.JobType != nil {
		r.JobType, r.JobTypeVersion = types.StringValue(f.JobType.Name), types.StringValue(f.JobType.Version)
	}
	if f.RecipeType != nil {
		r.RecipeType = types.StringValue(f.RecipeType.Name)
	}
	return r
}

func fileResultAttributes() map[string]schema.Attribute {
	texts := func(doc string) schema.Attribute {
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: doc}
	}
	return map[string]schema.Attribute{
		"id":                  kit.ComputedNumber("Id of the file."),
		"file_name":           kit.ComputedText("Name of the file."),
		"file_path":           kit.ComputedText("Path of the file in its workspace."),
		"workspace":           kit.ComputedText("Name of the workspace."),
		"media_type":          kit.ComputedText("Media type."),
		"file_type":           kit.ComputedText("`SOURCE`, or `PRODUCT` of a job."),
		"file_size":           kit.ComputedNumber("Size in bytes."),
		"sha256":              kit.ComputedText("SHA-256 of the content, as hexadecimal text."),
		"url":                 kit.ComputedText("URL of the file; null if its workspace has no base URL."),
		"is_deleted":          kit.ComputedFlag("Whether the file was deleted."),
		"deleted":             kit.ComputedText("When the file was deleted (RFC 3339)."),
		"data_types":          texts("Tags (`data_type_tags` in the API)."),
		"data_started":        kit.ComputedText("Start of the data (RFC 3339)."),
		"data_ended":          kit.ComputedText("End of the data (RFC 3339)."),
		"source_started":      kit.ComputedText("Start of the collection (RFC 3339)."),
		"source_ended":        kit.ComputedText("End of the collection (RFC 3339)."),
		"source_sensor_class": kit.ComputedText("Class of the sensor."),
		"source_sensor":       kit.ComputedText("Sensor."),
		"source_collection":   kit.ComputedText("Collection."),
		"source_task":         kit.ComputedText("Task."),
		"created":             kit.ComputedText("When the file was created (RFC 3339)."),
		"last_modified":       kit.ComputedText("When the file was changed last (RFC 3339)."),
		"geometry":            kit.ComputedText("Area of the data, as WKT."),
		"center_point":        kit.ComputedText("Center of the area, as WKT."),
		"countries":           texts("Codes of the countries in the area (ISO 3166, three letters)."),
		"job_type":            kit.ComputedText("Name of the type of the job that made the file; null for source files."),
		"job_type_version":    kit.ComputedText("Version of that job type."),
		"job_id":              kit.ComputedNumber("Id of the job that made the file."),
		"job_output":          kit.ComputedText("Name of the job's output."),
		"recipe_type":         kit.ComputedText("Name of the type of the recipe that made the file; null if none did."),
		"recipe_id":           kit.ComputedNumber("Id of that recipe."),
		"recipe_node":         kit.ComputedText("Name of the node of that recipe."),
		"batch_id":            kit.ComputedNumber("Id of the batch, if there is one."),
		"is_superseded":       kit.ComputedFlag("Whether a reprocess has made a newer file in its place."),
		"superseded":          kit.ComputedText("When it was superseded (RFC 3339)."),
	}
}
