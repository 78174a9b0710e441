package recipetype

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewListDataSource returns the data source galley_recipe_types (contract 1.1).
func NewListDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.RecipeTypeQuery, api.RecipeTypeListed, recipeTypeResult]{
		Name:   "recipe_types",
		Things: "recipe types",
		Doc:    "Recipe types, sorted by name. `galley_recipe_type` gives the definition of one.",
		Filters: map[string]schema.Attribute{
			"keyword":   kit.TextsFilter("With one of these texts in the name, the title or the description, whatever their case."),
			"is_active": kit.FlagFilter("Active or not."),
			"is_system": kit.FlagFilter("Part of the system or not."),
		},
		Results: recipeTypeResultAttributes(),
		Query:   recipeTypeQuery,
		List:    (*client.Client).RecipeTypes,
		Result:  newRecipeTypeResult,
	}
}

func recipeTypeQuery(f *kit.Filters) client.RecipeTypeQuery {
	return client.RecipeTypeQuery{
		Keywords: f.Texts("keyword"),
		IsActive: f.Flag("is_active"),
		IsSystem: f.Flag("is_system"),
		Limit:    f.Limit(),
	}
}

// recipeTypeResult is a recipe type in a list.
type recipeTypeResult struct {
	recipeTypeFacts
	recipeTypeRelations
}

// recipeTypeRelations are what only data sources show of a recipe type.
type recipeTypeRelations struct {
	IsSystem       types.Bool `tfsdk:"is_system"`
	JobTypes       types.List `tfsdk:"job_types"`
	SubRecipeTypes types.List `tfsdk:"sub_recipe_types"`
}

func newRecipeTypeResult(t api.RecipeTypeListed) recipeTypeResult {
	return recipeTypeResult{
		recipeTypeFacts:     factsOfRecipeType(t.RecipeType),
		recipeTypeRelations: relationsOfRecipeType(t.RecipeType, t.JobTypes, t.SubRecipeTypes),
	}
}

func relationsOfRecipeType(t api.RecipeType, jobTypes []api.JobTypeNameVersion, sub []string) recipeTypeRelations {
	kind := value.ObjectType(jobTypeRefAttributes())
	refs := make([]attr.Value, 0, len(jobTypes))
	for _, j := range jobTypes {
		refs = append(refs, types.ObjectValueMust(kind.AttrTypes, map[string]attr.Value{
			"name": types.StringValue(j.Name), "version": types.StringValue(j.Version),
		}))
	}
	return recipeTypeRelations{
		IsSystem:       types.BoolValue(t.IsSystem),
		JobTypes:       types.ListValueMust(kind, refs),
		SubRecipeTypes: value.StringList(sub),
	}
}

// recipeTypeResultAttributes are the attributes of recipeTypeResult.
func recipeTypeResultAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            kit.ComputedNumber("Id of the recipe type."),
		"name":          kit.ComputedText("Name of the recipe type."),
		"title":         kit.ComputedText("Title for people."),
		"description":   kit.ComputedText("Description."),
		"is_active":     kit.ComputedFlag("Whether recipes of this type can be started."),
		"is_system":     kit.ComputedFlag("Whether it is part of the system."),
		"revision_num":  kit.ComputedNumber("Number of the latest revision."),
		"created":       kit.ComputedText("When it was created (RFC 3339)."),
		"last_modified": kit.ComputedText("When it was changed last (RFC 3339)."),
		"job_types": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The job types of the nodes, each once.",
			NestedObject:        schema.NestedAttributeObject{Attributes: jobTypeRefAttributes()},
		},
		"sub_recipe_types": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Names of the recipe types of the nodes that are sub-recipes, each once.",
		},
	}
}

func jobTypeRefAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name":    kit.ComputedText("Name of the job type."),
		"version": kit.ComputedText("Version of the job type."),
	}
}
