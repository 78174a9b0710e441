package order

import (
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// GraphNodes are the nodes of a graph, a list of edges and lone nodes such as [["a", "b"], ["c"]] (contract 3,
// graph-setting-list): they run, and those that they need. What comes before what is the recipe type's
// business. Not ok: it is no such list.
func GraphNodes(graph any) (names []string, ok bool) {
	edges, isList := graph.([]any)
	for _, e := range edges {
		edge, isEdge := e.([]any)
		isList = isList && isEdge
		for _, end := range edge[:min(len(edge), 2)] {
			if name, isName := end.(string); isName && !slices.Contains(names, name) {
				names = append(names, name)
			} else if !isName {
				isList = false
			}
		}
	}
	return names, isList
}

// GraphOf is the graph of nodes, each alone.
func GraphOf(nodes []string) any {
	graph := make([]any, 0, len(nodes))
	for _, name := range nodes {
		graph = append(graph, []any{name})
	}
	return graph
}

// CheckGraph tells why a graph cannot be run of a recipe type: it is none, is empty, or names nodes that are not there.
func CheckGraph(graph any, d *recipe.Definition) recipe.Problems {
	names, ok := GraphNodes(graph)
	if !ok || len(names) == 0 {
		return recipe.Problems{problem(nil, UnknownSettingList, `expected a list of edges and nodes, such as [["a", "b"], ["c"]]`)}
	}
	return CheckNodes(names, d)
}

// CheckNodes tells which names are not of nodes of a recipe type.
func CheckNodes(names []string, d *recipe.Definition) (ps recipe.Problems) {
	for _, name := range names {
		if _, there := d.Nodes[name]; !there {
			ps = append(ps, problem(nil, UnknownSettingList, "the recipe type has no node %q%s", recipe.Shorten(name), recipe.DidYouMean(name, d.NodeNames())))
		}
	}
	return ps
}

// NodesOf are the nodes that a variation runs, with those that they need; nil: all.
func (vs Variations) NodesOf(variation string) []string {
	names, _ := GraphNodes(vs.Graphs[vs.List[variation].GraphSetting])
	return names
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
