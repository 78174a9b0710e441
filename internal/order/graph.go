package order

import (
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// CheckGraph tells why a graph, a list of edges and lone nodes such as [["a", "b"], ["c"]], cannot be
// run of a recipe type (contract 3, graph-setting-list): recipes always run whole, so that it has to
// name every node.
func CheckGraph(graph any, d *recipe.Definition) recipe.Problems {
	bad := func(format string, args ...any) recipe.Problems {
		return recipe.Problems{problem(nil, UnknownSettingList, format, args...)}
	}
	edges, isList := graph.([]any)
	if !isList {
		return bad(`expected a list of edges and nodes, such as [["a", "b"], ["c"]]`)
	}
	named, all := map[string]bool{}, slices.Sorted(maps.Keys(d.Nodes))
	for _, e := range edges {
		edge, isList := e.([]any)
		if !isList {
			return bad(`expected a list of edges and nodes, such as [["a", "b"], ["c"]]`)
		}
		for _, end := range edge[:min(len(edge), 2)] {
			name, _ := end.(string)
			if _, there := d.Nodes[name]; !there {
				return bad("the recipe type has no node %q%s", recipe.Shorten(name), recipe.DidYouMean(name, all))
			}
			named[name] = true
		}
	}
	for _, name := range all {
		if !named[name] {
			return bad("node %q is left out, but recipes always run whole; leave graph-setting out, or name every node", name)
		}
	}
	return nil
}

// CheckGraphs holds the graphs of variations against a recipe type; paths are those of variations.json.
func (vs Variations) CheckGraphs(d *recipe.Definition) recipe.Problems {
	var ps recipe.Problems
	for _, name := range sorted(vs.List) {
		if setting := vs.List[name].GraphSetting; setting != "" {
			ps = append(ps, under(recipe.Path{"variation-list", name, "graph-setting"}, CheckGraph(vs.Graphs[setting], d))...)
		}
	}
	return ps
}
