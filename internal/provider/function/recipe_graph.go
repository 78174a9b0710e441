package function

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ function.Function = recipeGraphFunction{}

type recipeGraphFunction struct{}

// NewRecipeGraph makes the function recipe_graph.
func NewRecipeGraph() function.Function { return recipeGraphFunction{} }

// Metadata implements function.Function.
func (recipeGraphFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "recipe_graph"
}

// Definition implements function.Function.
func (recipeGraphFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Draws the graph of a recipe as text",
		MarkdownDescription: "Returns the nodes of a recipe and their dependencies as a drawing in the language of " +
			"[Mermaid](https://mermaid.js.org), which GitHub and GitLab show in Markdown files, or of " +
			"[Graphviz](https://graphviz.org). Jobs are boxes, sub-recipes boxes with double lines, and conditions diamonds; " +
			"what depends on a condition says whether on its acceptance or rejection.",
		Parameters: []function.Parameter{
			definitionParameter(),
			function.StringParameter{Name: "format", MarkdownDescription: "`mermaid` or `dot`."},
		},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (recipeGraphFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	var format string
	if resp.Error = req.Arguments.Get(ctx, &argument, &format); resp.Error != nil {
		return
	}
	d, problems := readDefinitionArgument(argument)
	if resp.Error = argumentError(0, problems); resp.Error != nil {
		return
	}
	switch format {
	case "mermaid":
		resp.Error = resp.Result.Set(ctx, d.Mermaid())
	case "dot":
		resp.Error = resp.Result.Set(ctx, d.DOT())
	default:
		resp.Error = function.NewArgumentFuncError(1, fmt.Sprintf("found %q, expected mermaid or dot", format))
	}
}
