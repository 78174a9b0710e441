package graph

import (
	"cmp"
	"math"
	"slices"
)

// route places the columns from left to right, and leads the edges through them:
// straight through a column, where a place is kept free, and in the gap between two
// columns a curve. So no edge is ever behind a node.
func (l *layers) route() {
	d := l.d
	left, right := make([]float64, len(l.ranks)), make([]float64, len(l.ranks))
	x, height := 0.0, 0.0
	for r, layer := range l.ranks {
		if r > 0 {
			x += d.size.gap
			if l.labelled[r] {
				x += d.size.labelGap - d.size.gap
			}
		}
		left[r] = x
		for _, v := range layer {
			vertex := l.vertices[v]
			right[r] = max(right[r], x+vertex.w)
			height = max(height, vertex.y+vertex.h/2)
			if vertex.node >= 0 {
				b := &d.Boxes[vertex.node]
				b.X, b.Y = x, vertex.y-vertex.h/2
			}
		}
		x = max(x, right[r])
	}
	d.Width, d.Height = x+2*d.size.margin, height+2*d.size.margin
	ports := l.ports()
	d.Lines = make([]Line, len(l.chains))
	for e, chain := range l.chains {
		if chain != nil {
			d.Lines[e] = l.line(e, ports[e], left, right)
		}
	}
}

// ports gives each edge how far above or below the middle of its target it ends: in
// the order of where they come from, so that they do not cross before it.
func (l *layers) ports() []float64 {
	into := map[int][]int{}
	for e, chain := range l.chains {
		if chain != nil {
			to := chain[len(chain)-1]
			into[to] = append(into[to], e)
		}
	}
	out := make([]float64, len(l.chains))
	for to, edges := range into {
		slices.SortStableFunc(edges, func(a, b int) int {
			return cmp.Compare(l.from(a), l.from(b))
		})
		step := 0.0
		if len(edges) > 1 {
			const inset = 4 // at the corners
			step = min(l.d.size.port, (l.vertices[to].h-2*inset)/float64(len(edges)-1))
		}
		for i, e := range edges {
			out[e] = step * (float64(i) - float64(len(edges)-1)/2)
		}
	}
	return out
}

// from is the height at which an edge comes to the gap before its target.
func (l *layers) from(e int) float64 {
	return l.vertices[l.chains[e][len(l.chains[e])-2]].y
}

// line is the way of an edge from the right side of its source to the left side of its target.
func (l *layers) line(e int, port float64, left, right []float64) Line {
	chain := l.chains[e]
	source, target := l.vertices[chain[0]], l.vertices[chain[len(chain)-1]]
	points := []Point{{X: left[source.rank] + source.w, Y: source.y}}
	if end := right[source.rank]; end > points[0].X {
		points = append(points, Point{X: end, Y: source.y})
	}
	for _, v := range chain[1 : len(chain)-1] {
		through := l.vertices[v]
		points = append(points, Point{left[through.rank], through.y, true}, Point{X: right[through.rank], Y: through.y})
	}
	y := target.y + port
	points = append(points, Point{left[target.rank], y, true})
	if l.d.graph.Nodes[target.node].Kind == Condition && l.d.graph.Nodes[target.node].Inside == nil && port != 0 {
		// A diamond begins further right above and below its tip.
		points = append(points, Point{X: left[target.rank] + l.d.size.slant*math.Abs(port)/(target.h/2), Y: y})
	}
	if l.back[e] {
		return Line{Points: reversed(points), Back: true}
	}
	return Line{Points: points}
}

// reversed is the same way from its end to its start.
func reversed(points []Point) []Point {
	out := make([]Point, len(points))
	for i, p := range points {
		out[len(points)-1-i] = Point{X: p.X, Y: p.Y}
		if i > 0 {
			out[len(points)-i].Curve = p.Curve
		}
	}
	return out
}
