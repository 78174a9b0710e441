package graph

import (
	"cmp"
	"slices"
)

// vertex is a node in its layer, or a place that is kept free in a layer for
// edges that go through it.
type vertex struct {
	node    int // of the graph; -1: a place for edges
	rank    int
	w, h    float64
	y       float64 // of its middle
	in, out []int   // neighbours in the layers before and after
}

// layers is a graph on its way to a drawing.
type layers struct {
	d        *Drawing
	vertices []vertex // those of the nodes first, in the order of the graph
	ranks    [][]int  // vertices of each layer, from above
	at       []int    // place of each vertex in its layer
	chains   [][]int  // vertices that each edge goes through, from left to right; nil: not drawn
	back     []bool   // edges that are laid out against their direction
	labelled []bool   // ranks in which an edge with a label ends
}

// newLayers gives every node a rank, which grows along edges, and long edges
// their places in the layers between.
func newLayers(d *Drawing) *layers {
	g := d.graph
	l := &layers{d: d, chains: make([][]int, len(g.Edges)), back: make([]bool, len(g.Edges))}
	index := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.ID] = i
		l.vertices = append(l.vertices, vertex{node: i, w: d.Boxes[i].W, h: d.Boxes[i].H})
	}
	ends := make([][2]int, len(g.Edges))
	for i, e := range g.Edges {
		from, known := index[e.From]
		to, known2 := index[e.To]
		if ends[i] = [2]int{from, to}; !known || !known2 || from == to {
			ends[i] = [2]int{-1, -1}
		}
	}
	l.rank(ends)
	l.thread(ends)
	return l
}

// rank turns the edges round that close cycles, and gives each vertex the length
// of the longest way to it; then those with at least as many children as
// parents go as far right as they can, beside what needs them.
func (l *layers) rank(ends [][2]int) {
	n := len(l.vertices)
	out := make([][]int, n) // edges
	waits := make([]int, n)
	for e, end := range ends {
		if end[0] >= 0 {
			out[end[0]] = append(out[end[0]], e)
			waits[end[1]]++
		}
	}
	place := l.topological(ends, out, waits)
	order := make([]int, n)
	parents, children := make([][]int, n), make([][]int, n)
	for v, p := range place {
		order[p] = v
	}
	for e, end := range ends {
		if end[0] < 0 {
			continue
		}
		if place[end[0]] > place[end[1]] {
			l.back[e] = true
			ends[e] = [2]int{end[1], end[0]}
		}
		children[ends[e][0]] = append(children[ends[e][0]], ends[e][1])
		parents[ends[e][1]] = append(parents[ends[e][1]], ends[e][0])
	}
	for _, v := range order {
		for _, p := range parents[v] {
			l.vertices[v].rank = max(l.vertices[v].rank, l.vertices[p].rank+1)
		}
	}
	for _, v := range slices.Backward(order) {
		if len(children[v]) == 0 || len(children[v]) < len(parents[v]) {
			continue
		}
		nearest := l.vertices[children[v][0]].rank
		for _, c := range children[v] {
			nearest = min(nearest, l.vertices[c].rank)
		}
		l.vertices[v].rank = nearest - 1
	}
}

// topological gives each node its place in an order in which parents come before
// children, by ID where that leaves a choice. On a cycle the node with the first ID goes first.
func (l *layers) topological(ends [][2]int, out [][]int, waits []int) []int {
	nodes := l.d.graph.Nodes
	byID := make([]int, len(nodes))
	for i := range byID {
		byID[i] = i
	}
	slices.SortStableFunc(byID, func(a, b int) int { return cmp.Compare(nodes[a].ID, nodes[b].ID) })
	nth := make([]int, len(nodes))
	var ready heap
	for i, v := range byID {
		if nth[v] = i; waits[v] == 0 {
			ready.push(i)
		}
	}
	place := make([]int, len(nodes))
	placed := make([]bool, len(nodes))
	first := 0 // nodes before it in byID are placed
	for p := range nodes {
		if len(ready) == 0 { // what is left waits for a cycle
			for placed[byID[first]] {
				first++
			}
			ready.push(first)
		}
		v := byID[ready.pop()]
		place[v], placed[v] = p, true
		for _, e := range out[v] {
			c := ends[e][1]
			if waits[c]--; waits[c] == 0 && !placed[c] {
				ready.push(nth[c])
			}
		}
	}
	return place
}

// mostSteps bounds how many layers all edges together go through between their ends.
const mostSteps = 50_000

// thread leads each edge through the layers between its ends. Edges from one node
// share their places: one trunk, which forks late. Edges beyond mostSteps are not drawn.
func (l *layers) thread(ends [][2]int) {
	last := 0
	for _, v := range l.vertices {
		last = max(last, v.rank)
	}
	l.ranks = make([][]int, last+1)
	l.labelled = make([]bool, last+1)
	trunks := map[int][]int{} // by node: its place in each layer after its own
	linked := map[[2]int]bool{}
	steps := 0
	link := func(a, b int) {
		if !linked[[2]int{a, b}] {
			linked[[2]int{a, b}] = true
			l.vertices[a].out = append(l.vertices[a].out, b)
			l.vertices[b].in = append(l.vertices[b].in, a)
		}
	}
	for e, end := range ends {
		from, to := end[0], end[1]
		if from < 0 {
			continue
		}
		between := max(l.vertices[to].rank-l.vertices[from].rank-1, 0)
		if steps+between > mostSteps {
			continue
		}
		steps += between
		chain := []int{from}
		for rank := l.vertices[from].rank + 1; rank < l.vertices[to].rank; rank++ {
			if len(chain) > len(trunks[from]) {
				trunks[from] = append(trunks[from], len(l.vertices))
				l.vertices = append(l.vertices, vertex{node: -1, rank: rank, h: l.d.size.line})
			}
			next := trunks[from][len(chain)-1]
			link(chain[len(chain)-1], next)
			chain = append(chain, next)
		}
		link(chain[len(chain)-1], to)
		l.chains[e] = append(chain, to)
		if l.d.graph.Edges[e].Label != "" {
			l.labelled[l.vertices[to].rank] = true
		}
	}
}
