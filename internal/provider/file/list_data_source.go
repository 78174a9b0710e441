package file

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListDataSource returns the data source galley_files (contract 1.5).
func NewListDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.FileQuery, api.File, fileResult]{
		Name:   "files",
		Things: "files",
		Doc:    "Files: those that were uploaded, and the products of jobs. Deleted ones are among them: see `is_deleted`.",
		Filters: kit.Merged(kit.SourceFilters(), map[string]schema.Attribute{
			"countries": kit.TextsFilter("In one of these countries (ISO 3166, three letters)."),
			"file_type": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf("SOURCE", "PRODUCT"))},
				MarkdownDescription: "Uploaded (`SOURCE`) or made by a job (`PRODUCT`).",
			},
			"media_type":       kit.TextsFilter("Of one of these media types."),
			"data_started":     kit.InstantFilter("With data that start at this time or later"),
			"data_ended":       kit.InstantFilter("With data that end at this time or earlier"),
			"created_started":  kit.InstantFilter("Created at this time or later"),
			"created_ended":    kit.InstantFilter("Created at this time or earlier"),
			"modified_started": kit.InstantFilter("Changed at this time or later"),
			"modified_ended":   kit.InstantFilter("Changed at this time or earlier"),
			"job_type_id":      kit.NumbersFilter("Made by a job of one of the types with these ids."),
			"job_type_name":    kit.TextsFilter("Made by a job of one of the types with these names."),
			"job_id":           kit.NumbersFilter("Made by one of the jobs with these ids."),
			"job_output":       kit.TextsFilter("Made for one of these outputs of a job."),
			"recipe_id":        kit.NumbersFilter("Made by one of the recipes with these ids."),
			"recipe_type_id":   kit.NumbersFilter("Made by a recipe of one of the types with these ids."),
			"recipe_node":      kit.TextsFilter("Made by one of these nodes of a recipe."),
			"batch_id":         kit.NumbersFilter("Of one of the batches with these ids."),
			"file_name":        kit.TextsFilter("With one of these names, exactly."),
			"file_name_search": kit.TextFilter("With this text in the name, whatever its case."),
			"file_id":          kit.NumbersFilter("With one of these ids. `galleyd` only: other backends ignore it."),
			"file_path":        kit.TextsFilter("At one of these paths of a workspace. `galleyd` only: other backends ignore it."),
			"sha256":           kit.TextsFilter("With content of one of these SHA-256. `galleyd` only: other backends ignore it."),
			"workspace":        kit.TextsFilter("In one of the workspaces with these names. `galleyd` only: other backends ignore it."),
			"is_deleted":       kit.FlagFilter("Deleted or not. `galleyd` only: other backends ignore it."),
			"order":            kit.OrderArgument("last_modified"),
		}),
		Results: fileResultAttributes(),
		Query:   fileQuery,
		List:    (*client.Client).Files,
		Result:  newFileResult,
	}
}

func fileQuery(f *kit.Filters) client.FileQuery {
	q := client.FileQuery{
		Countries:      f.Texts("countries"),
		FileTypes:      f.Texts("file_type"),
		MediaTypes:     f.Texts("media_type"),
		SourceQuery:    f.Source(),
		JobTypeIDs:     f.Numbers("job_type_id"),
		JobTypeNames:   f.Texts("job_type_name"),
		JobIDs:         f.Numbers("job_id"),
		JobOutputs:     f.Texts("job_output"),
		RecipeIDs:      f.Numbers("recipe_id"),
		RecipeTypeIDs:  f.Numbers("recipe_type_id"),
		RecipeNodes:    f.Texts("recipe_node"),
		BatchIDs:       f.Numbers("batch_id"),
		FileNames:      f.Texts("file_name"),
		FileNameSearch: f.Text("file_name_search"),
		FileIDs:        f.Numbers("file_id"),
		FilePaths:      f.Texts("file_path"),
		SHA256s:        f.Texts("sha256"),
		Workspaces:     f.Texts("workspace"),
		IsDeleted:      f.Flag("is_deleted"),
		Order:          f.Texts("order"),
		Limit:          f.Limit(),
	}
	q.DataStarted, q.DataEnded = f.Between("data_started", "data_ended")
	q.CreatedStarted, q.CreatedEnded = f.Between("created_started", "created_ended")
	q.ModifiedStarted, q.ModifiedEnded = f.Between("modified_started", "modified_ended")
	return q
}
