package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewFilesDataSource returns the data source galley_files (contract 1.5).
func NewFilesDataSource() datasource.DataSource {
	return &listDataSource[client.FileQuery, api.File, fileResult]{
		name:   "files",
		things: "files",
		doc:    "Files: those that were uploaded, and the products of jobs. Deleted ones are among them: see `is_deleted`.",
		filters: merged(sourceFilters(), map[string]schema.Attribute{
			"countries": textsFilter("In one of these countries (ISO 3166, three letters)."),
			"file_type": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf("SOURCE", "PRODUCT"))},
				MarkdownDescription: "Uploaded (`SOURCE`) or made by a job (`PRODUCT`).",
			},
			"media_type":       textsFilter("Of one of these media types."),
			"data_started":     instantFilter("With data that start at this time or later"),
			"data_ended":       instantFilter("With data that end at this time or earlier"),
			"created_started":  instantFilter("Created at this time or later"),
			"created_ended":    instantFilter("Created at this time or earlier"),
			"modified_started": instantFilter("Changed at this time or later"),
			"modified_ended":   instantFilter("Changed at this time or earlier"),
			"job_type_id":      numbersFilter("Made by a job of one of the types with these ids."),
			"job_type_name":    textsFilter("Made by a job of one of the types with these names."),
			"job_id":           numbersFilter("Made by one of the jobs with these ids."),
			"job_output":       textsFilter("Made for one of these outputs of a job."),
			"recipe_id":        numbersFilter("Made by one of the recipes with these ids."),
			"recipe_type_id":   numbersFilter("Made by a recipe of one of the types with these ids."),
			"recipe_node":      textsFilter("Made by one of these nodes of a recipe."),
			"batch_id":         numbersFilter("Of one of the batches with these ids."),
			"file_name":        textsFilter("With one of these names, exactly."),
			"file_name_search": textFilter("With this text in the name, whatever its case."),
			"file_id":          numbersFilter("With one of these ids. `galleyd` only: other backends ignore it."),
			"file_path":        textsFilter("At one of these paths of a workspace. `galleyd` only: other backends ignore it."),
			"sha256":           textsFilter("With content of one of these SHA-256. `galleyd` only: other backends ignore it."),
			"workspace":        textsFilter("In one of the workspaces with these names. `galleyd` only: other backends ignore it."),
			"is_deleted":       flagFilter("Deleted or not. `galleyd` only: other backends ignore it."),
			"order":            orderArgument("last_modified"),
		}),
		results: fileResultAttributes(),
		query:   fileQuery,
		list:    (*client.Client).Files,
		result:  newFileResult,
	}
}

func fileQuery(f *filterValues) client.FileQuery {
	q := client.FileQuery{
		Countries:      f.texts("countries"),
		FileTypes:      f.texts("file_type"),
		MediaTypes:     f.texts("media_type"),
		SourceQuery:    f.source(),
		JobTypeIDs:     f.numbers("job_type_id"),
		JobTypeNames:   f.texts("job_type_name"),
		JobIDs:         f.numbers("job_id"),
		JobOutputs:     f.texts("job_output"),
		RecipeIDs:      f.numbers("recipe_id"),
		RecipeTypeIDs:  f.numbers("recipe_type_id"),
		RecipeNodes:    f.texts("recipe_node"),
		BatchIDs:       f.numbers("batch_id"),
		FileNames:      f.texts("file_name"),
		FileNameSearch: f.text("file_name_search"),
		FileIDs:        f.numbers("file_id"),
		FilePaths:      f.texts("file_path"),
		SHA256s:        f.texts("sha256"),
		Workspaces:     f.texts("workspace"),
		IsDeleted:      f.flag("is_deleted"),
		Order:          f.texts("order"),
		Limit:          f.limit(),
	}
	q.DataStarted, q.DataEnded = f.between("data_started", "data_ended")
	q.CreatedStarted, q.CreatedEnded = f.between("created_started", "created_ended")
	q.ModifiedStarted, q.ModifiedEnded = f.between("modified_started", "modified_ended")
	return q
}
