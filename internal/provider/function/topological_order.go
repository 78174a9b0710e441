package function

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var _ function.Function = topologicalOrderFunction{}

type topologicalOrderFunction struct{}

// NewTopologicalOrder makes the function topological_order.
func NewTopologicalOrder() function.Function { return topologicalOrderFunction{} }

// Metadata implements function.Function.
func (topologicalOrderFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "topological_order"
}

// Definition implements function.Function.
func (topologicalOrderFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Lists the nodes of a recipe, each after those that it depends on",
		MarkdownDescription: "Returns the names of the nodes of a recipe in an order in which they can run: each comes after those that " +
			"it depends on, and by name where that leaves a choice. Nodes that wait for each other are an error that shows the cycle.",
		Parameters: []function.Parameter{definitionParameter()},
		Return:     function.ListReturn{ElementType: types.StringType},
	}
}

// Run implements function.Function.
func (topologicalOrderFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &argument); resp.Error != nil {
		return
	}
	d, problems := readDefinitionArgument(argument)
	if resp.Error = argumentError(0, problems); resp.Error != nil {
		return
	}
	g, found := recipe.NewGraph(d)
	if resp.Error = argumentError(0, problemTexts(found.Errors(), placeInDocument)); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, g.Order())
}
