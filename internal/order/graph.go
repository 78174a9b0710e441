package order

import (
	"encoding/json"
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
	if ps := CheckNodes(names, d); len(ps) > 0 {
		return ps
	}
	return checkEdges(graph, d)
}

// checkEdges refuses what edges say that the recipe type does not: its dependencies and its conditions decide what comes
// before what, and whether a node runs at all. No source tells which outcomes the condition of an edge could name.
func checkEdges(graph any, d *recipe.Definition) (ps recipe.Problems) {
	edges, _ := graph.([]any)
	for _, e := range edges {
		edge, _ := e.([]any)
		if len(edge) < 2 {
			continue
		}
		from, _ := edge[0].(string)
		to, _ := edge[1].(string)
		if _, above := d.Part([]string{to}).Nodes[from]; !above || from == to {
			ps = append(ps, problem(nil, UnknownSettingList, "%q does not come after %q in the recipe type, whose dependencies are the edges of its runs; "+
				"name them alone, as [%q], [%q]", recipe.Shorten(to), recipe.Shorten(from), recipe.Shorten(from), recipe.Shorten(to)))
		}
		if len(edge) > 2 {
			raw, _ := json.Marshal(edge[2:])
			ps = append(ps, problem(nil, UnknownSettingList, "the edge from %q to %q also has %s, but whether a node runs is decided by the conditions of the recipe type; leave it out",
				recipe.Shorten(from), recipe.Shorten(to), recipe.Shorten(string(raw[1:len(raw)-1]))))
		}
	}
	return ps
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
		ps = append(ps, vs.CheckGraph(name, d)...)
	}
	return ps
}

// CheckGraph is CheckGraphs for one variation.
func (vs Variations) CheckGraph(name string, d *recipe.Definition) recipe.Problems {
	setting := vs.List[name].GraphSetting
	if setting == "" {
		return nil
	}
	return under(recipe.Path{"variation-list", name, "graph-setting"}, CheckGraph(vs.Graphs[setting], d))
}
