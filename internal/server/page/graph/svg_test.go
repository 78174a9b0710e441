package graph

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// element is one element of an SVG, with the text directly in it.
type element struct {
	name, text string
	attr       map[string]string
}

// mustParse reads SVG as XML, which is stricter than HTML.
func mustParse(t *testing.T, svg string) []*element {
	t.Helper()
	var all, open []*element
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("the SVG is not well-formed: %v\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			open[len(open)-1].text += string(token)
		}
	}
}

// find lists the elements with that name and class.
func find(all []*element, name, class string) []*element {
	var out []*element
	for _, e := range all {
		if e.name == name && strings.Contains(" "+e.attr["class"]+" ", " "+class+" ") {
			out = append(out, e)
		}
	}
	return out
}

const hostile = `<script>alert("1")</script>'&--><svg onload=x>` + "\x1b[31m\u202e"

// sample has everything that a graph can have.
func sample() *Graph {
	return &Graph{
		Label: hostile,
		Nodes: []Node{
			{ID: "a b", Kind: Job, Name: hostile, Detail: hostile, State: State{hostile, "failed", "fail"}, Chosen: true},
			{ID: "enough", Kind: Condition, Name: "enough", State: StateOf("ACCEPTED"), Detail: "rows 18204 ≥ 1000"},
			{ID: "tiles", Kind: Job, Name: "tiles", State: StateOf("RUNNING"), Count: "×48", Stack: true, Href: "/ui/jobs/1"},
			{ID: "shut", Kind: Recipe, Name: "shut", State: StateOf("BLOCKED"), Count: "+ 4", Fold: "?open=shut"},
			{ID: "marts", Kind: Recipe, Name: "marts", State: StateOf("COMPLETED"), Fold: "?", Inside: &Graph{
				Nodes: []Node{{ID: "marts/load", Kind: Job, Name: "load"}, {ID: "marts/test", Kind: Job, Name: "test"}},
				Edges: []Edge{{From: "marts/load", To: "marts/test"}},
			}},
			{ID: "bad", Kind: Job, Name: "bad", Href: "javascript:alert(1)"},
		},
		Edges: []Edge{
			{From: "a b", To: "enough"}, {From: "enough", To: "tiles", Label: "accepted", Look: Busy}, {From: "enough", To: "shut", Label: "rejected", Look: Dim},
			{From: "tiles", To: "marts", Look: Gone}, {From: "a b", To: "marts", Look: Hot}, {From: "marts", To: "bad"}, {From: "bad", To: "a b"}, {From: "nobody", To: "bad"},
		},
	}
}

func TestSVGIsSafeAtEveryZoom(t *testing.T) {
	t.Parallel()
	for _, zoom := range []Zoom{ZoomShapes, ZoomNames, ZoomDetails} {
		svg := string(Layout(sample(), zoom).SVG())
		ids := map[string]bool{}
		for _, e := range mustParse(t, svg) {
			switch e.name {
			case "svg", "g", "a", "path", "rect", "text", "title", "use":
			default:
				t.Errorf("zoom %d: the element %s is none of a graph", zoom, e.name)
			}
			for name, value := range e.attr {
				if name == "style" || strings.HasPrefix(name, "on") || strings.Contains(value, "javascript:") || strings.ContainsAny(value, "\x1b\u202e") {
					t.Errorf("zoom %d: %s has %s=%q", zoom, e.name, name, value)
				}
			}
			if id := e.attr["id"]; id != "" {
				if ids[id] {
					t.Errorf("zoom %d: the id %s is there twice", zoom, id)
				}
				if ids[id] = true; !regexp.MustCompile(`^n-[A-Za-z0-9_.-]+$`).MatchString(id) {
					t.Errorf("zoom %d: the id %q needs to be escaped in links", zoom, id)
				}
			}
		}
		if len(ids) != 8 {
			t.Errorf("zoom %d: got the ids %v, want those of 8 nodes", zoom, ids)
		}
	}
}

func TestSVGShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	d := Layout(sample(), ZoomDetails)
	all := mustParse(t, string(d.SVG()))
	for _, want := range []struct {
		name, class string
		count       int
		what        string
	}{
		{"g", "n", 8, "nodes"},
		{"a", "fold", 2, "links that open or close a sub-recipe"},
		{"rect", "sh", 2, "sheets behind a stack"},
		{"path", "nf", 1, "second sides of a closed sub-recipe"},
		{"rect", "fr", 1, "frames of opened sub-recipes"},
		{"rect", "sel", 1, "chosen nodes"},
		{"path", "e", 8, "edges, without that from a node that there is not"},
		{"path", "a", 8, "arrows"},
		{"path", "gone", 2, "an edge that is gone, with its arrow"},
		{"path", "hot", 2, "an edge from a failure, with its arrow"},
		{"text", "lab", 2, "labels"},
		{"svg", "ic", 5, "shapes of states"},
	} {
		if got := find(all, want.name, want.class); len(got) != want.count {
			t.Errorf("got %d %s, want %d", len(got), want.what, want.count)
		}
	}
	svg := string(d.SVG())
	for _, want := range []string{
		`><title>tiles · RUNNING · ×48</title>`, `href="/ui/jobs/1"`, `href="#n-enough"`,
		`href="?open=shut"><title>Open shut</title>`, `href="?"><title>Close marts</title>`, ">rows 18204 ≥ 1000</text>", ">accepted</text>", ">+ 4</text>", ">×48</text>",
		`data-from="n-enough" data-to="n-tiles"`, `aria-current="true"`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the SVG lacks %s", want)
		}
	}
}

// TestFailuresHaveTheirNamesAtEveryZoom: what needs somebody has its name there too.
func TestFailuresHaveTheirNamesAtEveryZoom(t *testing.T) {
	t.Parallel()
	g := &Graph{Nodes: []Node{{ID: "load", Name: "load", Kind: Job, State: StateOf("FAILED")}, {ID: "clean", Name: "clean", Kind: Job, State: StateOf("COMPLETED")}}}
	svg := string(Layout(g, ZoomShapes).SVG())
	if !strings.Contains(svg, ">load</text>") || strings.Contains(svg, ">clean</text>") {
		t.Errorf("want the name of what has failed and no other: %s", svg)
	}
}

// TestADefinitionIsSeenAtEveryZoom: its nodes have no state, and so no shape of one.
func TestADefinitionIsSeenAtEveryZoom(t *testing.T) {
	t.Parallel()
	g := &Graph{Nodes: []Node{{ID: "a", Name: "a", Kind: Job}, {ID: "b", Name: "b", Kind: Condition}}}
	for _, zoom := range []Zoom{ZoomShapes, ZoomNames, ZoomDetails} {
		all := mustParse(t, string(Layout(g, zoom).SVG()))
		if jobs, conditions := find(all, "rect", "bx"), find(all, "path", "bx"); len(jobs) != 1 || len(conditions) != 1 {
			t.Errorf("zoom %d: got %d boxes and %d diamonds, want one of each", zoom, len(jobs), len(conditions))
		}
	}
}

func TestNodeIsItsPartOfTheSVG(t *testing.T) {
	t.Parallel()
	d := Layout(sample(), ZoomDetails)
	svg := string(d.SVG())
	for _, id := range []string{"a b", "enough", "tiles", "shut", "marts", "marts/load"} {
		node := string(d.Node(id))
		if !strings.Contains(svg, node) || !strings.HasPrefix(node, `<g id="`+Anchor(id)+`"`) {
			t.Errorf("node %s is not in the picture as it is alone: %s", id, node)
		}
		mustParse(t, node)
	}
	if got := d.Node("nobody"); got != "" {
		t.Errorf("of a node that there is not, got %s", got)
	}
}

// TestPlacesDoNotDependOnStates: a picture stays as it is while a recipe runs.
func TestPlacesDoNotDependOnStates(t *testing.T) {
	t.Parallel()
	g, other := sample(), sample()
	for i := range other.Nodes {
		other.Nodes[i].State, other.Nodes[i].Detail, other.Nodes[i].Chosen = StateOf("PENDING"), "", false
	}
	for _, zoom := range []Zoom{ZoomShapes, ZoomNames, ZoomDetails} {
		a, b := Layout(g, zoom), Layout(other, zoom)
		for i := range a.Boxes {
			if a.Boxes[i] != b.Boxes[i] {
				t.Errorf("zoom %d: node %s is at %v or at %v", zoom, g.Nodes[i].ID, a.Boxes[i], b.Boxes[i])
			}
		}
	}
}

func TestEveryStateHasAShape(t *testing.T) {
	t.Parallel()
	for word, s := range states {
		if s.Word != word || !strings.Contains(string(Shapes()), `<symbol id="s-`+s.Shape+`"`) {
			t.Errorf("the state %s is %+v, whose shape is not among those of the page", word, s)
		}
		if !strings.Contains(Style(), "."+s.Class) {
			t.Errorf("the class %s of %s has no colour", s.Class, word)
		}
	}
	if s := StateOf("SOMETHING"); s.Word != "SOMETHING" || s.Shape != "" {
		t.Errorf("an unknown state is %+v, want its word without a shape", s)
	}
}

func TestNamesAreCutInTheMiddle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name, width := rapid.StringMatching(`[a-zA-Z0-9_ 日本語é-]{0,40}`).Draw(t, "name"), rapid.Float64Range(40, 200).Draw(t, "width")
		middle, end := shorten(name, nameFont, width), shortenEnd(name, nameFont, width)
		if textWidth(name, nameFont) <= width {
			if middle != name || end != name {
				t.Fatalf("%q fits into %v, and became %q and %q", name, width, middle, end)
			}
			return
		}
		head, tail, cut := strings.Cut(middle, "…")
		if !cut || head == "" || tail == "" || !strings.HasPrefix(name, head) || !strings.HasSuffix(name, tail) || textWidth(middle, nameFont) > width {
			t.Fatalf("%q was cut to %q for %v", name, middle, width)
		}
		if !strings.HasSuffix(end, "…") || !strings.HasPrefix(name, strings.TrimSuffix(end, "…")) || textWidth(end, nameFont) > width {
			t.Fatalf("%q was cut to %q for %v", name, end, width)
		}
	})
}

// TestFitUsesTheWindow: long names have wider nodes, and a long chain narrower ones.
func TestFitUsesTheWindow(t *testing.T) {
	t.Parallel()
	chain := func(n int, prefix string) *Graph {
		g := &Graph{}
		for i := range n {
			id := fmt.Sprintf("%s%d", prefix, i)
			g.Nodes = append(g.Nodes, Node{ID: id, Name: id, Kind: Job})
			if i > 0 {
				g.Edges = append(g.Edges, Edge{From: g.Nodes[i-1].ID, To: id})
			}
		}
		return g
	}
	for _, want := range []struct {
		g     *Graph
		width float64
	}{{chain(3, "a"), 134}, {chain(3, "fill_all_currencies"), 158}, {chain(9, "a"), 124}, {chain(30, "a"), 90}} {
		if d := Fit(want.g); d.Boxes[0].W != want.width {
			t.Errorf("%d nodes named like %s are %v wide, want %v", len(want.g.Nodes), want.g.Nodes[0].Name, d.Boxes[0].W, want.width)
		}
	}
}

func TestFitTakesTheNearestZoom(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		nodes int
		zoom  Zoom
	}{{3, ZoomDetails}, {120, ZoomNames}, {300, ZoomNames}, {301, ZoomShapes}} {
		if got := Fit(random(want.nodes)).Zoom; got != want.zoom {
			t.Errorf("a graph of %d nodes is drawn at zoom %d, want %d", want.nodes, got, want.zoom)
		}
	}
}
