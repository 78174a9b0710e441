package file

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewRecipeInputDataSource returns the data source galley_recipe_input_files
// (contract 1.2).
func NewRecipeInputDataSource() datasource.DataSource {
	return &kit.ListDataSource[inputFilesOf, api.File, fileResult]{
		Name:   "recipe_input_files",
		Things: "input files",
		Of:     "recipe_id",
		Doc:    "The input files of a recipe, sorted by the time of their last change.",
		Filters: map[string]schema.Attribute{
			"recipe_id": schema.Int64Attribute{Required: true, CustomType: value.WholeNumber{}, MarkdownDescription: "Id of the recipe."},
			"started":   kit.InstantFilter("From this time on, by `time_field`"),
			"ended":     kit.InstantFilter("Up to this time, by `time_field`"),
			"time_field": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf("last_modified", "data", "source")},
				MarkdownDescription: "The times that `started` and `ended` are about: `last_modified` (default), `data` or " +
					"`source`.",
			},
			"file_name":    kit.TextFilter("Exact name of the file."),
			"recipe_input": kit.TextFilter("Name of an input of the recipe."),
		},
		Results: fileResultAttributes(),
		Query:   inputFileQuery,
		List:    listInputFiles,
		Result:  newFileResult,
	}
}

// inputFilesOf asks for the input files of one recipe.
type inputFilesOf struct {
	client.InputFileQuery
	recipeID int64
}

func inputFileQuery(f *kit.Filters) inputFilesOf {
	started, ended := f.Between("started", "ended")
	return inputFilesOf{
		recipeID: f.Number("recipe_id"),
		InputFileQuery: client.InputFileQuery{
			Started:     started,
			Ended:       ended,
			TimeField:   f.Text("time_field"),
			FileName:    f.Text("file_name"),
			RecipeInput: f.Text("recipe_input"),
			Limit:       f.Limit(),
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
