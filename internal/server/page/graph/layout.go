package graph

import "slices"

// Drawing is a graph with a place for everything. It depends on the nodes' IDs,
// kinds and groups and on the edges only, not on states and texts, so that a
// picture stays as it is while a recipe runs.
type Drawing struct {
	Width, Height float64 // with the margin
	Zoom          Zoom
	Boxes         []Box  // of the nodes of the graph, in their order
	Lines         []Line // of the edges of the graph, in their order
	graph         *Graph
	size          size
	inside        map[int]*Drawing // by the node that is opened
}

// Box is the place of a node. X and Y are its upper left corner.
type Box struct{ X, Y, W, H float64 }

// Line is the way of an edge: straight from each point to the next, but where
// the second one is in another column a curve, with level ends. A line without points
// belongs to an edge without nodes.
type Line struct {
	Points []Point
	Back   bool // it goes from right to left, which closes a cycle
}

// Point is a place in a drawing, from its upper left corner, margin left out.
type Point struct {
	X, Y  float64
	Curve bool // the way to here from the point before is a curve
}

// Layout gives every node and edge of g a place.
func Layout(g *Graph, zoom Zoom) *Drawing { return layout(g, zoom, sizes[zoom]) }

func layout(g *Graph, zoom Zoom, s size) *Drawing {
	d := &Drawing{Zoom: zoom, size: s, graph: g, inside: map[int]*Drawing{}}
	d.Boxes = make([]Box, len(g.Nodes))
	for i, n := range g.Nodes {
		d.Boxes[i].W, d.Boxes[i].H = d.size.box(n)
		if n.Inside != nil {
			in := layout(n.Inside, zoom, s)
			d.inside[i] = in
			d.Boxes[i].W = max(in.Width-2*d.size.margin+2*d.size.frame, d.size.width)
			d.Boxes[i].H = in.Height - 2*d.size.margin + d.size.frame + d.size.heading
		}
	}
	l := newLayers(d)
	l.order()
	l.place()
	l.route()
	return d
}

// The width and height that a graph is fitted into, if it can be.
const (
	fitWidth  = 1376
	fitHeight = 700
)

// Fit is Layout at the nearest zoom at which the whole graph can be seen at once
// in a wide window; if there is none, names are shown for up to 300 nodes, and shapes for
// more. Nodes are wider if names need it, and narrower if the window does.
func Fit(g *Graph) *Drawing {
	const mostWithNames = 300
	if len(g.Nodes) > mostWithNames {
		return Layout(g, ZoomShapes)
	}
	details := sizes[ZoomDetails]
	widths := []float64{details.width, narrowNode}
	if g.hasNameWiderThan(details.width - besideName) {
		widths = []float64{wideNode, details.width, narrowNode}
	}
	for _, width := range widths {
		details.width = width
		if d := layout(g, ZoomDetails, details); d.fits() {
			return d
		}
	}
	return Layout(g, ZoomNames)
}

// Widths of nodes with details, other than the usual one, and what of it is no place for the name.
const (
	narrowNode = 124
	wideNode   = 158
	besideName = 41
)

func (d *Drawing) fits() bool { return d.Width <= fitWidth && d.Height <= fitHeight }

// hasNameWiderThan tells whether a name would be cut.
func (g *Graph) hasNameWiderThan(width float64) bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool {
		return textWidth(n.Name, nameFont*nameWeight) > width || n.Inside != nil && n.Inside.hasNameWiderThan(width)
	})
}
