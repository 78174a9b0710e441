package page

import (
	"context"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/graph"
)

// A picture is a graph as a page shows it.
type picture struct {
	Wide, Narrow template.HTML
	Legend       []string // words of the states that are in it
	Zoom         int
	In, Out, Fit string // links
	Only, All    string // links to what is around failures, and to all; empty: not offered
}

// draw makes the picture of a graph, at the zoom that the URL asks for.
func (v *visit) draw(g *graph.Graph) picture {
	var d *graph.Drawing
	switch v.query().Get("zoom") {
	case "0":
		d = graph.Layout(g, graph.ZoomShapes)
	case "1":
		d = graph.Layout(g, graph.ZoomNames)
	case "2":
		d = graph.Layout(g, graph.ZoomDetails)
	default:
		d = graph.Fit(g)
	}
	out := picture{Wide: d.SVG(), Zoom: int(d.Zoom)}
	narrow := *g
	narrow.Label += ", small"
	out.Narrow = withoutIDs(graph.Layout(&narrow, graph.ZoomShapes).SVG())
	f := frame{v: v}
	if d.Zoom < graph.ZoomDetails {
		out.In = f.Keep("zoom", fmt.Sprint(int(d.Zoom)+1)) + "#graph"
	}
	if d.Zoom > graph.ZoomShapes {
		out.Out = f.Keep("zoom", fmt.Sprint(int(d.Zoom)-1)) + "#graph"
	}
	if v.query().Get("zoom") != "" {
		out.Fit = f.Keep("zoom", "") + "#graph"
	}
	seen := map[string]bool{}
	var words func(*graph.Graph)
	words = func(g *graph.Graph) {
		for _, n := range g.Nodes {
			if w := n.State.Word; w != "" && !seen[w] {
				seen[w] = true
				out.Legend = append(out.Legend, w)
			}
			if n.Inside != nil {
				words(n.Inside)
			}
		}
	}
	words(g)
	slices.SortFunc(out.Legend, func(a, b string) int { return urgency(a) - urgency(b) })
	return out
}

// graphOf is the graph of a recipe. Prefix begins the names of nodes inside of sub-recipes.
func (v *visit) graphOf(ctx context.Context, in *instance, prefix, chosen string, depth int) (*graph.Graph, error) {
	g := &graph.Graph{Label: fmt.Sprintf("Graph of recipe %d: %s. The table of nodes has the same.", in.row.ID, count(len(in.names), "node", "nodes"))}
	open := v.query()["open"]
	var around map[string]bool
	if depth == 0 && v.query().Get("only") == "failure" {
		around = in.aroundFailures()
	}
	for _, name := range in.names {
		n := in.nodes[name]
		if around != nil && !around[name] {
			continue
		}
		id := prefix + name
		out := graph.Node{ID: id, Kind: graph.Job, Name: name, State: stateOf(n.State), Detail: strings.ReplaceAll(n.Detail, nbsp, " "), Chosen: id == chosen}
		out.Href = fmt.Sprintf("%srecipes/%d?%s#panel", Prefix, in.row.ID, url.Values{"node": {name}}.Encode())
		switch {
		case n.Def.Condition != nil:
			out.Kind = graph.Condition
		case n.Def.Recipe != nil:
			out.Kind = graph.Recipe
			sub := n.Sub()
			if sub == nil {
				break
			}
			out.Count = "+"
			if sub.JobsTotal > 0 { // it has none before it begins
				out.Count = fmt.Sprintf("+ %d", sub.JobsTotal)
			}
			f := frame{v: v}
			opened := slices.Contains(open, id)
			out.Fold = f.toggle("open", id) + "#graph"
			if opened && depth < 4 {
				inside, err := v.instanceOf(ctx, sub.ID)
				if err != nil {
					return nil, err
				}
				if out.Inside, err = v.graphOf(ctx, inside, id+"/", chosen, depth+1); err != nil {
					return nil, err
				}
			}
		}
		g.Nodes = append(g.Nodes, out)
		for _, dependency := range slices.Sorted(maps.Keys(n.Def.Dependencies)) {
			g.Edges = append(g.Edges, in.edge(prefix, dependency, n))
		}
	}
	return g, nil
}

// aroundFailures are the nodes that have failed, with what leads to them and what waits for them.
func (in *instance) aroundFailures() map[string]bool {
	out := map[string]bool{}
	for _, failed := range in.names {
		if in.nodes[failed].State != string(recipe.Failed) {
			continue
		}
		for _, name := range in.names {
			if name == failed || in.graph.IsAncestor(name, failed) || in.graph.IsAncestor(failed, name) {
				out[name] = true
			}
		}
	}
	return out
}

// offerFailures adds the links to and from the picture of what is around failures.
func (p *picture) offerFailures(v *visit, in *instance) {
	const few = 3 // nodes that one sees at once
	switch f := (frame{v: v}); {
	case v.query().Get("only") != "":
		p.All = f.Keep("only", "") + "#graph"
	case in.row.JobsFailed > 0 && len(in.names) >= few:
		p.Only = f.Keep("only", "failure") + "#graph"
	}
}

// toggle is this page with a value of a repeated parameter put in, or taken out.
func (f frame) toggle(name, value string) string {
	q := f.v.query()
	list := q[name]
	if at := slices.Index(list, value); at >= 0 {
		q[name] = slices.Delete(slices.Clone(list), at, at+1)
	} else {
		q.Add(name, value)
	}
	return f.v.URL.EscapedPath() + "?" + q.Encode()
}

func (in *instance) edge(prefix, from string, to node) graph.Edge {
	e := graph.Edge{From: prefix + from, To: prefix + to.Name}
	before := in.nodes[from]
	if before.Def.Condition != nil {
		e.Label = acceptance(to.Def.Dependencies[from])
	}
	switch {
	case to.State == "NOT TAKEN" || before.State == "NOT TAKEN":
		e.Look = graph.Dim
	case before.State == string(recipe.Failed) && to.State == string(recipe.Blocked):
		e.Look = graph.Hot
	case to.State == string(recipe.Running):
		e.Look = graph.Busy
	}
	return e
}

func acceptance(accepted bool) string {
	if accepted {
		return "accepted"
	}
	return "rejected"
}

// definitionGraph is the graph of a definition alone.
func definitionGraph(d *recipe.Definition, label string, href func(name string) string) *graph.Graph {
	g := &graph.Graph{Label: label}
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		n := d.Nodes[name]
		out := graph.Node{ID: name, Kind: kindOf(n), Name: name, Detail: runsOf(n), Href: href(name)}
		if n.Condition != nil {
			out.Detail = (&instance{}).decided(node{Def: n})
		}
		g.Nodes = append(g.Nodes, out)
		for _, dependency := range slices.Sorted(maps.Keys(n.Dependencies)) {
			e := graph.Edge{From: dependency, To: name}
			if d.Nodes[dependency].Condition != nil {
				e.Label = acceptance(n.Dependencies[dependency])
			}
			g.Edges = append(g.Edges, e)
		}
	}
	return g
}

func kindOf(n recipe.Node) graph.Kind {
	switch {
	case n.Condition != nil:
		return graph.Condition
	case n.Recipe != nil:
		return graph.Recipe
	}
	return graph.Job
}

// A step is what a reprocess does with a node.
type step struct {
	Name   string
	Action string
	Reason string
	Usual  string
	Forced bool
	CanBe  bool // forced
}

// planGraph is both definitions in one graph, with what a reprocess does with each node.
func planGraph(old, next *recipe.Definition, steps map[string]recipe.PlanStep, label string, href func(string) string) *graph.Graph {
	g := &graph.Graph{Label: label}
	names := map[string]bool{}
	for name := range old.Nodes {
		names[name] = true
	}
	for name := range next.Nodes {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n, isNew := next.Nodes[name]
		if !isNew {
			n = old.Nodes[name]
		}
		s := steps[name]
		out := graph.Node{ID: name, Kind: kindOf(n), Name: name, State: stateOf(string(s.Action)), Detail: s.Reason}
		if href != nil {
			out.Href = href(name)
		}
		g.Nodes = append(g.Nodes, out)
		before := old.Nodes[name]
		for _, dependency := range slices.Sorted(maps.Keys(n.Dependencies)) {
			e := graph.Edge{From: dependency, To: name}
			_, hadNode := old.Nodes[name]
			_, had := before.Dependencies[dependency]
			switch {
			case !isNew:
				e.Look = graph.Dim
			case hadNode && !had || !hadNode:
				e.Look = graph.Busy
			case s.Action == recipe.PlanRun && steps[dependency].Action != recipe.PlanCopy:
				e.Look = graph.Busy
			}
			if next.Nodes[dependency].Condition != nil {
				e.Label = acceptance(n.Dependencies[dependency])
			}
			g.Edges = append(g.Edges, e)
		}
		if isNew {
			for _, dependency := range slices.Sorted(maps.Keys(before.Dependencies)) {
				if _, still := n.Dependencies[dependency]; !still {
					g.Edges = append(g.Edges, graph.Edge{From: dependency, To: name, Look: graph.Gone})
				}
			}
		}
	}
	return g
}

var idOfGroup = regexp.MustCompile(`<g id="[^"]*"`)

// withoutIDs is a picture that the page has a second time: no two elements have one id.
func withoutIDs(svg template.HTML) template.HTML {
	return template.HTML(idOfGroup.ReplaceAllString(string(svg), "<g"))
}
