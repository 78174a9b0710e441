package recipe

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListDataSource returns the data source galley_recipes (contract 1.2).
func NewListDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.RecipeQuery, api.Recipe, recipeResult]{
		Name:   "recipes",
		Things: "recipes",
		Doc:    "Recipes, sub-recipes among them.",
		Filters: kit.Merged(kit.SourceFilters(), map[string]schema.Attribute{
			"started":          kit.InstantFilter("Changed at this time or later"),
			"ended":            kit.InstantFilter("Changed at this time or earlier"),
			"recipe_id":        kit.NumbersFilter("With one of these ids."),
			"recipe_type_id":   kit.NumbersFilter("Of one of the recipe types with these ids."),
			"recipe_type_name": kit.TextsFilter("Of one of the recipe types with these names."),
			"batch_id":         kit.NumbersFilter("Of one of the batches with these ids."),
			"root_recipe_id":   kit.NumbersFilter("Of one of these outermost recipes: themselves and everything inside, at any depth."),
			"is_superseded":    kit.FlagFilter("Superseded or not."),
			"is_completed":     kit.FlagFilter("Completed or not."),
			"order":            kit.OrderArgument("last_modified"),
		}),
		Results: recipeResultAttributes(),
		Query:   recipeQuery,
		List:    (*client.Client).Recipes,
		Result:  newRecipeResult,
	}
}

func recipeQuery(f *kit.Filters) client.RecipeQuery {
	started, ended := f.Between("started", "ended")
	return client.RecipeQuery{
		Started:         started,
		Ended:           ended,
		SourceQuery:     f.Source(),
		RecipeIDs:       f.Numbers("recipe_id"),
		RecipeTypeIDs:   f.Numbers("recipe_type_id"),
		RecipeTypeNames: f.Texts("recipe_type_name"),
		BatchIDs:        f.Numbers("batch_id"),
		RootRecipeIDs:   f.Numbers("root_recipe_id"),
		IsSuperseded:    f.Flag("is_superseded"),
		IsCompleted:     f.Flag("is_completed"),
		Order:           f.Texts("order"),
		Limit:           f.Limit(),
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
		recipeRelations: relationsOfRecipe(r.RecipeCommon, kit.IDOf(r.SupersededRecipe)),
		ID:              types.Int64Value(r.ID),
	}
}

func relationsOfRecipe(c api.RecipeCommon, superseded types.Int64) recipeRelations {
	return recipeRelations{
		RecipeTypeID:       types.Int64Value(c.RecipeType.ID),
		ParentRecipeID:     idOfRecipe(c.Recipe),
		BatchID:            kit.BatchIDOf(c.Batch),
		IsCompleted:        types.BoolValue(c.IsCompleted),
		IsSuperseded:       types.BoolValue(c.IsSuperseded),
		SupersededRecipeID: superseded,
		Superseded:         kit.TimeOrNull(c.Superseded),
		LastModified:       types.StringValue(c.LastModified.String()),
		InputFileSize:      types.Float64PointerValue(c.InputFileSize),
	}
}

func recipeResultAttributes() map[string]schema.Attribute {
	return kit.Merged(recipeFactsAttributes(), recipeRelationsAttributes(), map[string]schema.Attribute{
		"id": kit.ComputedNumber("Id of the recipe."),
	})
}

// recipeFactsAttributes are the attributes of recipeFacts.
func recipeFactsAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"recipe_type":          kit.ComputedText("Name of the recipe type."),
		"recipe_type_revision": kit.ComputedNumber("Revision of the recipe type."),
		"status":               kit.ComputedText(recipeStatusDoc),
	}
	counts, source := map[string]schema.Attribute{}, map[string]schema.Attribute{}
	for name, doc := range recipeCounters() {
		counts[name] = kit.ComputedNumber(doc)
	}
	for name, doc := range recipeSource() {
		source[name] = kit.ComputedText(doc)
	}
	out["counts"] = schema.SingleNestedAttribute{Computed: true, MarkdownDescription: countsDoc, Attributes: counts}
	out["source"] = schema.SingleNestedAttribute{Computed: true, MarkdownDescription: sourceDoc, Attributes: source}
	for name, doc := range recipeTexts() {
		out[name] = kit.ComputedText(doc)
	}
	return out
}

// recipeRelationsAttributes are the attributes of recipeRelations.
func recipeRelationsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"recipe_type_id":       kit.ComputedNumber("Id of the recipe type."),
		"parent_recipe_id":     kit.ComputedNumber("Id of the recipe that contains this one; null for others."),
		"batch_id":             kit.ComputedNumber("Id of the batch, if there is one."),
		"is_completed":         kit.ComputedFlag("Whether it is completed."),
		"is_superseded":        kit.ComputedFlag("Whether a reprocess has superseded it."),
		"superseded_recipe_id": kit.ComputedNumber("Id of the recipe that this one has superseded; null if none."),
		"superseded":           kit.ComputedText("When it was superseded (RFC 3339)."),
		"last_modified":        kit.ComputedText("When it was changed last (RFC 3339)."),
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
