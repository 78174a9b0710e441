package function

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

var _ function.Function = decodeDefinitionFunction{}

type decodeDefinitionFunction struct{}

// NewDecodeDefinition makes the function decode_definition.
func NewDecodeDefinition() function.Function { return decodeDefinitionFunction{} }

// Metadata implements function.Function.
func (decodeDefinitionFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "decode_definition"
}

// Definition implements function.Function.
func (decodeDefinitionFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Turns a recipe definition in JSON into an object",
		MarkdownDescription: "Reads a recipe definition in its JSON format and returns it as an object in the form of " +
			"`definition` of `galley_recipe_type`, with every default filled in: nodes and parameters are maps by name, " +
			"so that a definition in a file can be mixed with one in HCL. `encode_definition` is the inverse.\n\n" +
			"A definition that breaks a rule is an error with everything that is wrong. Definitions of version 1.0 are " +
			"refused, as they do not say which revisions of job types they mean.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "json",
			MarkdownDescription: "The definition as JSON text, as of `file(\"recipe.json\")`.",
		}},
		Return: function.DynamicReturn{},
	}
}

// Run implements function.Function.
func (decodeDefinitionFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	d, problems := readDefinitionText(text)
	if resp.Error = argumentError(0, problems); resp.Error != nil {
		return
	}
	if recipe.IsLegacy([]byte(text)) {
		resp.Error = function.NewArgumentFuncError(0, "found a definition of version 1.0, which does not say which revisions of "+
			"job types it means; give it to definition_json, whose revisions the backend fills in, or rewrite it for version 7")
		return
	}
	object, ok := form.OfDefinition(d)
	if !ok {
		resp.Error = function.NewArgumentFuncError(0, "the object form cannot say everything that this definition says, such as "+
			"a number among the values of a string filter; give the text to definition_json")
		return
	}
	resp.Error = resp.Result.Set(ctx, types.DynamicValue(value.Typed(form.DraftShape(), object)))
}
