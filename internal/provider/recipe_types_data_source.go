package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewRecipeTypesDataSource returns the data source galley_recipe_types (contract 1.1).
func NewRecipeTypesDataSource() datasource.DataSource {
	return &listDataSource[client.RecipeTypeQuery, api.RecipeTypeListed, recipeTypeResult]{
		name:   "recipe_types",
		things: "recipe types",
		doc:    "Recipe types, sorted by name. `galley_recipe_type` gives the definition of one.",
		filters: map[string]schema.Attribute{
			"keyword":   textsFilter("With one of these texts in the name, the title or the description, whatever their case."),
			"is_active": flagFilter("Active or not."),
			"is_system": flagFilter("Part of the system or not."),
		},
		results: recipeTypeResultAttributes(),
		query:   recipeTypeQuery,
		list:    (*client.Client).RecipeTypes,
		result:  newRecipeTypeResult,
	}
}

func recipeTypeQuery(f *filterValues) client.RecipeTypeQuery {
	return client.RecipeTypeQuery{
		Keywords: f.texts("keyword"),
		IsActive: f.flag("is_active"),
		IsSystem: f.flag("is_system"),
		Limit:    f.limit(),
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
	kind := objectType(jobTypeRefAttributes())
	refs := make([]attr.Value, 0, len(jobTypes))
	for _, j := range jobTypes {
		refs = append(refs, types.ObjectValueMust(kind.AttrTypes, map[string]attr.Value{
			"name": types.StringValue(j.Name), "version": types.StringValue(j.Version),
		}))
	}
	return recipeTypeRelations{
		IsSystem:       types.BoolValue(t.IsSystem),
		JobTypes:       types.ListValueMust(kind, refs),
		SubRecipeTypes: stringList(sub),
	}
}

// recipeTypeResultAttributes are the attributes of recipeTypeResult.
func recipeTypeResultAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            computedNumber("Id of the recipe type."),
		"name":          computedText("Name of the recipe type."),
		"title":         computedText("Title for people."),
		"description":   computedText("Description."),
		"is_active":     computedFlag("Whether recipes of this type can be started."),
		"is_system":     computedFlag("Whether it is part of the system."),
		"revision_num":  computedNumber("Number of the latest revision."),
		"created":       computedText("When it was created (RFC 3339)."),
		"last_modified": computedText("When it was changed last (RFC 3339)."),
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
		"name":    computedText("Name of the job type."),
		"version": computedText("Version of the job type."),
	}
}
