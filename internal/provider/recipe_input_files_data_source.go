package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewRecipeInputFilesDataSource returns the data source galley_recipe_input_files
// (contract 1.2).
func NewRecipeInputFilesDataSource() datasource.DataSource {
	return &listDataSource[inputFilesOf, api.File, fileResult]{
		name:   "recipe_input_files",
		things: "input files",
		of:     "recipe_id",
		doc:    "The input files of a recipe, sorted by the time of their last change.",
		filters: map[string]schema.Attribute{
			"recipe_id": schema.Int64Attribute{Required: true, MarkdownDescription: "Id of the recipe."},
			"started":   instantFilter("From this time on, by `time_field`"),
			"ended":     instantFilter("Up to this time, by `time_field`"),
			"time_field": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf("last_modified", "data", "source")},
				MarkdownDescription: "The times that `started` and `ended` are about: `last_modified` (default), `data` or " +
					"`source`.",
			},
			"file_name":    textFilter("Exact name of the file."),
			"recipe_input": textFilter("Name of an input of the recipe."),
		},
		results: fileResultAttributes(),
		query:   inputFileQuery,
		list:    listInputFiles,
		result:  newFileResult,
	}
}

// inputFilesOf asks for the input files of one recipe.
type inputFilesOf struct {
	client.InputFileQuery
	recipeID int64
}

func inputFileQuery(f *filterValues) inputFilesOf {
	started, ended := f.between("started", "ended")
	return inputFilesOf{
		recipeID: f.number("recipe_id"),
		InputFileQuery: client.InputFileQuery{
			Started:     started,
			Ended:       ended,
			TimeField:   f.text("time_field"),
			FileName:    f.text("file_name"),
			RecipeInput: f.text("recipe_input"),
			Limit:       f.limit(),
		},
	}
}

// listInputFiles looks the recipe up, too, if there are none: the API answers an
// unknown one with an empty list.
func listInputFiles(c *client.Client, ctx context.Context, q inputFilesOf) ([]api.File, error) {
	files, err := c.RecipeInputFiles(ctx, q.recipeID, q.InputFileQuery)
	if err == nil && len(files) == 0 {
		_, err = c.Recipe(ctx, q.recipeID)
	}
	return files, err
}
