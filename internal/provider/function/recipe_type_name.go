package function

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var _ function.Function = recipeTypeNameFunction{}

type recipeTypeNameFunction struct{}

// NewRecipeTypeName makes the function recipe_type_name.
func NewRecipeTypeName() function.Function { return recipeTypeNameFunction{} }

// Metadata implements function.Function.
func (recipeTypeNameFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "recipe_type_name"
}

// Definition implements function.Function.
func (recipeTypeNameFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells the name that a recipe type gets",
		MarkdownDescription: "Returns the name that a recipe type with this title is created with: in small letters, with `-` for spaces, " +
			"and of at most 30 letters. A title without any letter or digit of ASCII is an error, as no name can be made of it.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "title",
			MarkdownDescription: "The title of the recipe type, such as `My Tiles (v2)`.",
		}},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (recipeTypeNameFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var title string
	if resp.Error = req.Arguments.Get(ctx, &title); resp.Error != nil {
		return
	}
	name, err := recipe.RecipeTypeNameOf(title)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, name)
}
