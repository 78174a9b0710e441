package graph

import (
	"cmp"
	_ "embed"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

//go:embed graph.css
var style string

// Style is the part of the page's style sheet that graphs and shapes need. It uses
// the colours of the page: --surface, --text, --fail and so on.
func Style() string { return style }

// SVG writes the drawing: edges first, so that nothing hides a node, then their
// labels, then the nodes, layer by layer, so that the keyboard goes from left to right.
func (d *Drawing) SVG() template.HTML {
	w := &writer{}
	m := d.size.margin
	w.text(`<svg class="g z`, strconv.Itoa(int(d.Zoom)), `" role="group" aria-label="`).escaped(d.graph.Label).
		text(`" width="`).number(d.Width).text(`" height="`).number(d.Height).
		text(`" viewBox="`).number(-m).text(" ").number(-m).text(" ").number(d.Width).text(" ").number(d.Height).text(`">`)
	w.drawing(d)
	w.text("</svg>")
	return w.html()
}

// Node writes the element of one node alone, to put it into the place of the one
// in the picture when its state changes; empty if there is no such node. An opened
// sub-recipe is its frame, without what is inside.
func (d *Drawing) Node(id string) template.HTML {
	for i, n := range d.graph.Nodes {
		if n.ID == id {
			w := &writer{}
			w.node(d, i)
			return w.html()
		}
	}
	for _, i := range d.readingOrder() {
		if in := d.inside[i]; in != nil {
			if found := in.Node(id); found != "" {
				return found
			}
		}
	}
	return ""
}

// readingOrder lists the nodes from left to right, and from above in a layer.
func (d *Drawing) readingOrder() []int {
	order := make([]int, len(d.Boxes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(d.Boxes[a].X, d.Boxes[b].X), cmp.Compare(d.Boxes[a].Y, d.Boxes[b].Y))
	})
	return order
}

// writer builds SVG. Whatever comes from outside goes through escaped.
type writer struct{ b strings.Builder }

func (w *writer) html() template.HTML { return template.HTML(w.b.String()) }

// text writes what this package says itself.
func (w *writer) text(parts ...string) *writer {
	for _, s := range parts {
		w.b.WriteString(s)
	}
	return w
}

// escaped writes any text, as content or between the quotes of an attribute.
func (w *writer) escaped(s string) *writer {
	template.HTMLEscape(&w.b, []byte(printable(s)))
	return w
}

// number writes a length with one digit after the point.
func (w *writer) number(f float64) *writer {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		s = "0"
	}
	w.b.WriteString(s)
	return w
}

// href writes the attribute for a link to a place of this page or this server. A
// link to anywhere else is none that a graph has, and is left out.
func (w *writer) href(target string) *writer {
	if target == "" || !strings.ContainsRune("/?#", rune(target[0])) || strings.HasPrefix(target, "//") {
		return w
	}
	return w.text(` href="`).escaped(target).text(`"`)
}

func (w *writer) drawing(d *Drawing) {
	for _, e := range paintOrder(d.graph.Edges) {
		w.edge(d, e)
	}
	if d.Zoom == ZoomDetails {
		for e := range d.graph.Edges {
			w.label(d, e)
		}
	}
	order := d.readingOrder()
	for _, i := range order {
		w.node(d, i)
		if in := d.inside[i]; in != nil {
			b := d.Boxes[i]
			w.text(`<g transform="translate(`).number(b.X + d.size.frame).text(" ").number(b.Y + d.size.heading).text(`)">`)
			w.drawing(in)
			w.text("</g>")
		}
	}
	if d.Zoom == ZoomShapes {
		for _, i := range order {
			w.nameAbove(d, i)
		}
	}
}

// paintOrder lists the edges, red and blue ones last, so that they are over grey ones.
func paintOrder(edges []Edge) []int {
	rank := map[Look]int{Dim: 0, Plain: 1, Gone: 2, Busy: 3, Hot: 4}
	order := make([]int, len(edges))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank[edges[a].Look], rank[edges[b].Look]) })
	return order
}

func (w *writer) edge(d *Drawing, e int) {
	edge, points := d.graph.Edges[e], d.Lines[e].Points
	if len(points) == 0 {
		return
	}
	w.text(`<path class="`).text(strings.TrimRight("e "+string(edge.Look), " ")).text(`" data-from="`, Anchor(edge.From), `" data-to="`, Anchor(edge.To), `" d="M`).
		number(points[0].X).text(" ").number(points[0].Y)
	for i, p := range points[1:] {
		before := points[i]
		switch level := abs(p.Y-before.Y) < 0.05; {
		case level:
			w.text("H").number(p.X)
		case p.Curve:
			half := (before.X + p.X) / 2
			w.text("C").number(half).text(" ").number(before.Y).text(" ").number(half).text(" ").number(p.Y).text(" ").number(p.X).text(" ").number(p.Y)
		default:
			w.text("L").number(p.X).text(" ").number(p.Y)
		}
	}
	w.text(`"/>`)
	if d.Zoom == ZoomDetails {
		end, back := points[len(points)-1], "-7"
		if d.Lines[e].Back {
			back = "7"
		}
		w.text(`<path class="`, strings.TrimRight("a "+string(edge.Look), " "), `" d="M`).number(end.X).text(" ").number(end.Y).text("l", back, ` -3.6v7.2z"/>`)
	}
}

// label writes what an edge says beside its end: above the line, or below it if
// the line comes up from below.
func (w *writer) label(d *Drawing, e int) {
	points := d.Lines[e].Points
	if len(points) < 2 || d.graph.Edges[e].Label == "" || d.Lines[e].Back {
		return
	}
	var end, before Point // of the last curve
	for i := range points {
		if points[i].Curve {
			before, end = points[i-1], points[i]
		}
	}
	y := end.Y - 6
	if before.Y > end.Y+8 {
		y = end.Y + 14
	}
	w.text(`<text class="lab`)
	if look := d.graph.Edges[e].Look; look != Plain {
		w.text(" ", string(look))
	}
	w.text(`" x="`).number(end.X - 9).text(`" y="`).number(y).text(`" text-anchor="end">`).escaped(d.graph.Edges[e].Label).text("</text>")
}

func abs(f float64) float64 { return max(f, -f) }
