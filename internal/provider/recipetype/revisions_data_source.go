package recipetype

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewRevisionsDataSource returns the data source
// galley_recipe_type_revisions (contract 1.1).
func NewRevisionsDataSource() datasource.DataSource {
	return &kit.ListDataSource[revisionsOf, api.RecipeTypeRevisionDetail, revisionResult]{
		Name:   "recipe_type_revisions",
		Things: "revisions",
		Of:     "name",
		Doc:    "The revisions of a recipe type, newest first. Each takes a request of its own: `limit` spares those that are not needed.",
		Filters: map[string]schema.Attribute{
			"name": kit.NameArgument("Name of the recipe type."),
		},
		Results: map[string]schema.Attribute{
			"id":              kit.ComputedNumber("Id of the revision."),
			"revision_num":    kit.ComputedNumber("Number of the revision, from 1."),
			"created":         kit.ComputedText("When the revision was made (RFC 3339)."),
			"definition_json": kit.ComputedText("The definition of the revision, as JSON text."),
		},
		Query:  revisionQuery,
		List:   listRevisions,
		Result: newRevisionResult,
	}
}

// revisionsOf asks for the revisions of one recipe type.
type revisionsOf struct {
	name  string
	limit int
}

func revisionQuery(f *kit.Filters) revisionsOf {
	return revisionsOf{name: f.Text("name"), limit: f.Limit()}
}

// listRevisions looks the recipe type up, too, if there are none: the API answers an
// unknown one with an empty list.
func listRevisions(c *client.Client, ctx context.Context, q revisionsOf) ([]api.RecipeTypeRevisionDetail, error) {
	revisions, err := c.RecipeTypeRevisionDetails(ctx, q.name, q.limit)
	if err == nil && len(revisions) == 0 {
		_, err = c.RecipeType(ctx, q.name)
	}
	return revisions, err
}

// revisionResult is a revision of a recipe type in a list.
type revisionResult struct {
	ID             types.Int64  `tfsdk:"id"`
	RevisionNum    types.Int64  `tfsdk:"revision_num"`
	Created        types.String `tfsdk:"created"`
	DefinitionJSON types.String `tfsdk:"definition_json"`
}

func newRevisionResult(r api.RecipeTypeRevisionDetail) revisionResult {
	_, text := value.DefinitionForms(r.Definition)
	return revisionResult{
		ID:             types.Int64Value(r.ID),
		RevisionNum:    types.Int64Value(int64(r.RevisionNum)),
		Created:        types.StringValue(r.Created.String()),
		DefinitionJSON: text,
	}
}
