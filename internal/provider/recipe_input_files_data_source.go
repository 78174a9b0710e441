package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

var (
	_ datasource.DataSourceWithConfigure      = (*recipeInputFilesDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*recipeInputFilesDataSource)(nil)
)

// NewRecipeInputFilesDataSource returns the data source galley_recipe_input_files.
func NewRecipeInputFilesDataSource() datasource.DataSource { return &recipeInputFilesDataSource{} }

type recipeInputFilesDataSource struct{ DataSourceBase }

// recipeInputFilesModel is the data source galley_recipe_input_files.
type recipeInputFilesModel struct {
	RecipeID    types.Int64  `tfsdk:"recipe_id"`
	Started     types.String `tfsdk:"started"`
	Ended       types.String `tfsdk:"ended"`
	TimeField   types.String `tfsdk:"time_field"`
	FileName    types.String `tfsdk:"file_name"`
	RecipeInput types.String `tfsdk:"recipe_input"`
	Results     types.List   `tfsdk:"results"`
}

// Metadata implements datasource.DataSource.
func (d *recipeInputFilesDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipe_input_files"
}

// Schema implements datasource.DataSource.
func (d *recipeInputFilesDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The input files of a recipe, sorted by the time of their last change.",
		Attributes: map[string]schema.Attribute{
			"recipe_id": schema.Int64Attribute{
				Required: true, MarkdownDescription: "Id of the recipe.",
			},
			"started": instantAttribute("From this time on, by `time_field`"),
			"ended":   instantAttribute("Up to this time, by `time_field`"),
			"time_field": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf("last_modified", "data", "source")},
				MarkdownDescription: "The times that `started` and `ended` are about: `last_modified` (default), `data` or " +
					"`source`.",
			},
			"file_name":    schema.StringAttribute{Optional: true, MarkdownDescription: "Exact name of the file."},
			"recipe_input": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of an input of the recipe."},
			"results": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The files.",
				NestedObject:        schema.NestedAttributeObject{Attributes: fileResultAttributes()},
			},
		},
	}
}

func fileResultAttributes() map[string]schema.Attribute {
	number := func(doc string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	}
	text := func(doc string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return map[string]schema.Attribute{
		"id":                  number("Id of the file."),
		"file_name":           text("Name of the file."),
		"file_path":           text("Path of the file in its workspace."),
		"workspace":           text("Name of the workspace."),
		"media_type":          text("Media type."),
		"file_type":           text("`SOURCE` or `PRODUCT`."),
		"file_size":           number("Size in bytes."),
		"sha256":              text("SHA-256 of the content, as hexadecimal text."),
		"url":                 text("URL of the file; null if its workspace has no base URL."),
		"is_deleted":          schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the file was deleted."},
		"data_types":          schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Tags."},
		"data_started":        text("Start of the data (RFC 3339)."),
		"data_ended":          text("End of the data (RFC 3339)."),
		"source_started":      text("Start of the collection (RFC 3339)."),
		"source_ended":        text("End of the collection (RFC 3339)."),
		"source_sensor_class": text("Class of the sensor."),
		"source_sensor":       text("Sensor."),
		"source_collection":   text("Collection."),
		"source_task":         text("Task."),
		"created":             text("When the file was created (RFC 3339)."),
		"last_modified":       text("When the file was changed last (RFC 3339)."),
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *recipeInputFilesDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var m recipeInputFilesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		m.query(time.Now(), &resp.Diagnostics)
	}
}

// Read implements datasource.DataSource. The API answers an unknown recipe with an
// empty list, so it is looked up, too.
func (d *recipeInputFilesDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	var m recipeInputFilesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	c := d.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	query := m.query(time.Now(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	id := m.RecipeID.ValueInt64()
	files, err := c.RecipeInputFiles(ctx, id, query)
	if err == nil && len(files) == 0 {
		_, err = c.Recipe(ctx, id)
	}
	if err != nil {
		addAttributeError(&resp.Diagnostics, path.Root("recipe_id"), fmt.Sprintf("Cannot list input files of recipe %d", id), err)
		return
	}
	kind := objectType(fileResultAttributes())
	results := make([]attr.Value, 0, len(files))
	for _, f := range files {
		results = append(results, types.ObjectValueMust(kind.AttrTypes, fileResult(f)))
	}
	m.Results = types.ListValueMust(kind, results)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// query is m as a request; unknown filters are left out.
func (m recipeInputFilesModel) query(now time.Time, diags *diag.Diagnostics) client.InputFileQuery {
	return client.InputFileQuery{
		Started:     instantOf(path.Root("started"), m.Started, now, diags),
		Ended:       instantOf(path.Root("ended"), m.Ended, now, diags),
		TimeField:   m.TimeField.ValueString(),
		FileName:    m.FileName.ValueString(),
		RecipeInput: m.RecipeInput.ValueString(),
	}
}

// fileResult is one element of results.
func fileResult(f api.File) map[string]attr.Value {
	return map[string]attr.Value{
		"id":                  types.Int64Value(f.ID),
		"file_name":           types.StringValue(f.FileName),
		"file_path":           types.StringValue(f.FilePath),
		"workspace":           types.StringValue(f.Workspace.Name),
		"media_type":          types.StringValue(f.MediaType),
		"file_type":           types.StringValue(f.FileType),
		"file_size":           types.Int64Value(f.FileSize),
		"sha256":              textOrNull(f.SHA256),
		"url":                 textOrNull(deref(f.URL)),
		"is_deleted":          types.BoolValue(f.IsDeleted),
		"data_types":          stringList(f.DataTypeTags),
		"data_started":        timeOrNull(f.DataStarted),
		"data_ended":          timeOrNull(f.DataEnded),
		"source_started":      timeOrNull(f.SourceStarted),
		"source_ended":        timeOrNull(f.SourceEnded),
		"source_sensor_class": textOrNull(deref(f.SourceSensorClass)),
		"source_sensor":       textOrNull(deref(f.SourceSensor)),
		"source_collection":   textOrNull(deref(f.SourceCollection)),
		"source_task":         textOrNull(deref(f.SourceTask)),
		"created":             types.StringValue(f.Created.String()),
		"last_modified":       types.StringValue(f.LastModified.String()),
	}
}
