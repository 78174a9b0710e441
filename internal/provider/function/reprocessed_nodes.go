package function

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var _ function.Function = reprocessedNodesFunction{}

type reprocessedNodesFunction struct{}

// NewReprocessedNodes makes the function reprocessed_nodes.
func NewReprocessedNodes() function.Function { return reprocessedNodesFunction{} }

// Metadata implements function.Function.
func (reprocessedNodesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "reprocessed_nodes"
}

// Definition implements function.Function.
func (reprocessedNodesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells which nodes of a recipe would run again",
		MarkdownDescription: "Returns the names of the nodes that run again when a recipe is reprocessed with these forced nodes and an " +
			"unchanged definition: the forced ones and everything that depends on them, in the order of `topological_order`. " +
			"The other nodes keep their results.",
		Parameters: []function.Parameter{
			definitionParameter(),
			function.DynamicParameter{
				Name: "forced_nodes",
				MarkdownDescription: "What is forced, as an object or as JSON text: `{ all = true }` for every node, or `{ nodes = [...] }` with " +
					"names, and `sub_recipes = { name = {...} }` with the same inside of nodes that are recipes. In JSON text, `all` is " +
					"required at every level.",
			},
		},
		Return: function.ListReturn{ElementType: types.StringType},
	}
}

// Run implements function.Function.
func (reprocessedNodesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var definition, forcedNodes types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &definition, &forcedNodes); resp.Error != nil {
		return
	}
	d, problems := readDefinitionArgument(definition)
	if resp.Error = argumentError(0, problems); resp.Error != nil {
		return
	}
	g, found := recipe.NewGraph(d) // nodes on a cycle cannot be compared
	if resp.Error = argumentError(0, problemTexts(found.Errors(), placeInDocument)); resp.Error != nil {
		return
	}
	forced, found := readForcedNodes(forcedNodes)
	if found.Err() == nil {
		found = forced.Check(d, nil)
	}
	if resp.Error = argumentError(1, problemTexts(found.Errors(), placeInDocument)); resp.Error != nil {
		return
	}
	nodes := []string{}
	diff := recipe.Compare(d, d, &forced)
	for _, name := range g.Order() {
		if diff.Nodes[name].ReprocessNewNode {
			nodes = append(nodes, name)
		}
	}
	resp.Error = resp.Result.Set(ctx, nodes)
}

// readForcedNodes reads JSON text or an object, of which parts may be null or left out.
func readForcedNodes(v attr.Value) (recipe.ForcedNodes, recipe.Problems) {
	v = value.Underlying(v)
	if text, ok := v.(types.String); ok {
		return recipe.ParseForcedNodes([]byte(text.ValueString()))
	}
	value, _ := value.JsonOf(v) // a function is not called with unknown values
	raw, err := json.Marshal(withAll(value))
	if err != nil {
		return recipe.ForcedNodes{}, recipe.Problems{{Code: recipe.InvalidForcedNodes, Message: "writing forced nodes: " + err.Error()}}
	}
	return recipe.ParseForcedNodes(raw)
}

// withAll fills in "all": false, and leaves out what is null.
func withAll(value any) any {
	members, ok := value.(map[string]any)
	if !ok {
		return value
	}
	out := map[string]any{"all": false}
	for name, m := range members {
		if m != nil {
			out[name] = m
		}
	}
	if subs, ok := out["sub_recipes"].(map[string]any); ok {
		filled := make(map[string]any, len(subs))
		for name, sub := range subs {
			filled[name] = withAll(sub)
		}
		out["sub_recipes"] = filled
	}
	return out
}
