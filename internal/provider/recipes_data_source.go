package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewRecipesDataSource returns the data source galley_recipes (contract 1.2).
func NewRecipesDataSource() datasource.DataSource {
	return &listDataSource[client.RecipeQuery, api.Recipe, recipeResult]{
		name:   "recipes",
		things: "recipes",
		doc:    "Recipes, sub-recipes among them.",
		filters: merged(sourceFilters(), map[string]schema.Attribute{
			"started":          instantFilter("Changed at this time or later"),
			"ended":            instantFilter("Changed at this time or earlier"),
			"recipe_id":        numbersFilter("With one of these ids."),
			"recipe_type_id":   numbersFilter("Of one of the recipe types with these ids."),
			"recipe_type_name": textsFilter("Of one of the recipe types with these names."),
			"batch_id":         numbersFilter("Of one of the batches with these ids."),
			"root_recipe_id":   numbersFilter("Of one of these outermost recipes: themselves and everything inside, at any depth."),
			"is_superseded":    flagFilter("Superseded or not."),
			"is_completed":     flagFilter("Completed or not."),
			"order":            orderArgument("last_modified"),
		}),
		results: recipeResultAttributes(),
		query:   recipeQuery,
		list:    (*client.Client).Recipes,
		result:  newRecipeResult,
	}
}

func recipeQuery(f *filterValues) client.RecipeQuery {
	started, ended := f.between("started", "ended")
	return client.RecipeQuery{
		Started:         started,
		Ended:           ended,
		SourceQuery:     f.source(),
		RecipeIDs:       f.numbers("recipe_id"),
		RecipeTypeIDs:   f.numbers("recipe_type_id"),
		RecipeTypeNames: f.texts("recipe_type_name"),
		BatchIDs:        f.numbers("batch_id"),
		RootRecipeIDs:   f.numbers("root_recipe_id"),
		IsSuperseded:    f.flag("is_superseded"),
		IsCompleted:     f.flag("is_completed"),
		Order:           f.texts("order"),
		Limit:           f.limit(),
	}
}

// recipeResult is a recipe in a list.
type recipeResult struct {
	recipeFacts
	recipeRelations
	ID types.Int64 `tfsdk:"id"`
}

// recipeRelations are what only data sources show of a recipe.
type recipeRelations struct {
	RecipeTypeID       types.Int64   `tfsdk:"recipe_type_id"`
	ParentRecipeID     types.Int64   `tfsdk:"parent_recipe_id"`
	BatchID            types.Int64   `tfsdk:"batch_id"`
	IsCompleted        types.Bool    `tfsdk:"is_completed"`
	IsSuperseded       types.Bool    `tfsdk:"is_superseded"`
	SupersededRecipeID types.Int64   `tfsdk:"superseded_recipe_id"`
	Superseded         types.String  `tfsdk:"superseded"`
	LastModified       types.String  `tfsdk:"last_modified"`
	InputFileSize      types.Float64 `tfsdk:"input_file_size"`
}

func newRecipeResult(r api.Recipe) recipeResult {
	return recipeResult{
		recipeFacts:     factsOfRecipe(r.RecipeCommon, r.RecipeTypeRev.RevisionNum),
		recipeRelations: relationsOfRecipe(r.RecipeCommon, idOf(r.SupersededRecipe)),
		ID:              types.Int64Value(r.ID),
	}
}

func relationsOfRecipe(c api.RecipeCommon, superseded types.Int64) recipeRelations {
	return recipeRelations{
		RecipeTypeID:       types.Int64Value(c.RecipeType.ID),
		ParentRecipeID:     idOfRecipe(c.Recipe),
		BatchID:            idOf(c.Batch),
		IsCompleted:        types.BoolValue(c.IsCompleted),
		IsSuperseded:       types.BoolValue(c.IsSuperseded),
		SupersededRecipeID: superseded,
		Superseded:         timeOrNull(c.Superseded),
		LastModified:       types.StringValue(c.LastModified.String()),
		InputFileSize:      types.Float64PointerValue(c.InputFileSize),
	}
}

func recipeResultAttributes() map[string]schema.Attribute {
	return merged(recipeFactsAttributes(), recipeRelationsAttributes(), map[string]schema.Attribute{
		"id": computedNumber("Id of the recipe."),
	})
}

// recipeFactsAttributes are the attributes of recipeFacts.
func recipeFactsAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"recipe_type":          computedText("Name of the recipe type."),
		"recipe_type_revision": computedNumber("Revision of the recipe type."),
		"status":               computedText(recipeStatusDoc),
	}
	for name, doc := range recipeCounters() {
		out[name] = computedNumber(doc)
	}
	for name, doc := range recipeTexts() {
		out[name] = computedText(doc)
	}
	return out
}

// recipeRelationsAttributes are the attributes of recipeRelations.
func recipeRelationsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"recipe_type_id":       computedNumber("Id of the recipe type."),
		"parent_recipe_id":     computedNumber("Id of the recipe that contains this one; null for others."),
		"batch_id":             computedNumber("Id of the batch, if there is one."),
		"is_completed":         computedFlag("Whether it is completed."),
		"is_superseded":        computedFlag("Whether a reprocess has superseded it."),
		"superseded_recipe_id": computedNumber("Id of the recipe that this one has superseded; null if none."),
		"superseded":           computedText("When it was superseded (RFC 3339)."),
		"last_modified":        computedText("When it was changed last (RFC 3339)."),
		"input_file_size": schema.Float64Attribute{
			Computed: true, MarkdownDescription: "Size of the input files in MiB; null until they have been looked at.",
		},
	}
}

// idOfRecipe is null for an absent recipe.
func idOfRecipe(r *api.RecipeBase) types.Int64 {
	if r == nil {
		return types.Int64Null()
	}
	return types.Int64Value(r.ID)
}

// idOf is null for an absent reference.
func idOf(r *api.Ref) types.Int64 {
	if r == nil {
		return types.Int64Null()
	}
	return types.Int64Value(r.ID)
}
