package graph

import (
	"cmp"
	"slices"
)

const (
	sweeps        = 24   // of all layers
	swapRounds    = 4    // after each sweep
	mostForSwaps  = 1000 // vertices; larger graphs have them at the end only, as they take too long
	roundsOfAMean = 4    // sweeps with means, then as many with medians
)

// order puts the vertices of each layer into an order with few crossings.
func (l *layers) order() {
	l.start()
	best, fewest := l.snapshot(), l.crossings()
	for sweep := range sweeps {
		if fewest == 0 {
			break
		}
		wish := mean
		if sweep/roundsOfAMean%2 == 1 {
			wish = median
		}
		if sweep%2 == 0 {
			for r := 1; r < len(l.ranks); r++ {
				l.sort(r, before, wish)
			}
		} else {
			for r := len(l.ranks) - 2; r >= 0; r-- {
				l.sort(r, after, wish)
			}
		}
		if len(l.vertices) <= mostForSwaps {
			l.swap()
		}
		if crossings := l.crossings(); crossings < fewest {
			best, fewest = l.snapshot(), crossings
		}
	}
	l.ranks = best
	l.number()
	l.swap()
}

func before(v *vertex) []int { return v.in }
func after(v *vertex) []int  { return v.out }

// start puts the vertices into their layers in the order in which a walk from the
// sources meets them, sources by ID, so that what belongs together begins together.
func (l *layers) start() {
	nodes := l.d.graph.Nodes
	var sources []int
	for i, v := range l.vertices {
		if len(v.in) == 0 {
			sources = append(sources, i)
		}
	}
	slices.SortStableFunc(sources, func(a, b int) int { return cmp.Compare(nodes[a].ID, nodes[b].ID) })
	seen := make([]bool, len(l.vertices))
	var walk []int
	for _, source := range sources {
		for walk = append(walk, source); len(walk) > 0; {
			v := walk[len(walk)-1]
			walk = walk[:len(walk)-1]
			if seen[v] {
				continue
			}
			seen[v] = true
			l.ranks[l.vertices[v].rank] = append(l.ranks[l.vertices[v].rank], v)
			for _, c := range slices.Backward(l.vertices[v].out) {
				walk = append(walk, c)
			}
		}
	}
	l.number()
}

// number writes the place of every vertex down.
func (l *layers) number() {
	if l.at == nil {
		l.at = make([]int, len(l.vertices))
	}
	for _, layer := range l.ranks {
		for i, v := range layer {
			l.at[v] = i
		}
	}
}

func (l *layers) snapshot() [][]int {
	out := make([][]int, len(l.ranks))
	for i, layer := range l.ranks {
		out[i] = slices.Clone(layer)
	}
	return out
}

// sort orders a layer by what its vertices wish. Those without neighbours there stay
// where they are.
func (l *layers) sort(r int, neighbours func(*vertex) []int, wish func(places []int) float64) {
	type item struct {
		vertex int
		wish   float64
	}
	layer := l.ranks[r]
	var items []item
	var places []int
	for _, v := range layer {
		places = places[:0]
		for _, n := range neighbours(&l.vertices[v]) {
			places = append(places, l.at[n])
		}
		if len(places) > 0 {
			items = append(items, item{v, wish(places)})
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.wish, b.wish) })
	next := 0
	for i, v := range layer {
		if len(neighbours(&l.vertices[v])) > 0 {
			layer[i] = items[next].vertex
			next++
		}
		l.at[layer[i]] = i
	}
}

func mean(places []int) float64 {
	total := 0
	for _, p := range places {
		total += p
	}
	return float64(total) / float64(len(places))
}

func median(places []int) float64 {
	slices.Sort(places)
	half := len(places) / 2
	if len(places)%2 == 1 {
		return float64(places[half])
	}
	return float64(places[half-1]+places[half]) / 2
}

// swap exchanges neighbours in their layers as long as that lowers the number of crossings.
func (l *layers) swap() {
	for range swapRounds {
		swapped := false
		for _, layer := range l.ranks {
			for i := range len(layer) - 1 {
				a, b := &l.vertices[layer[i]], &l.vertices[layer[i+1]]
				now := l.between(a.in, b.in) + l.between(a.out, b.out)
				then := l.between(b.in, a.in) + l.between(b.out, a.out)
				if then < now {
					l.at[layer[i]], l.at[layer[i+1]] = i+1, i
					layer[i], layer[i+1] = layer[i+1], layer[i]
					swapped = true
				}
			}
		}
		if !swapped {
			return
		}
	}
}

// between counts the crossings of the edges of two vertices, the first above the second.
func (l *layers) between(upper, lower []int) int {
	n := 0
	for _, u := range upper {
		for _, w := range lower {
			if l.at[u] > l.at[w] {
				n++
			}
		}
	}
	return n
}

// crossings counts those of all edges, in O(e log v): for each edge, from above,
// those before it that end below it.
func (l *layers) crossings() int {
	total := 0
	var ends, tree []int
	for r := range len(l.ranks) - 1 {
		tree = append(tree[:0], make([]int, len(l.ranks[r+1])+1)...)
		seen := 0
		for _, v := range l.ranks[r] {
			ends = ends[:0]
			for _, o := range l.vertices[v].out {
				ends = append(ends, l.at[o])
			}
			for _, end := range ends {
				notBelow := 0
				for i := end + 1; i > 0; i -= i & -i {
					notBelow += tree[i]
				}
				total += seen - notBelow
			}
			for _, end := range ends {
				for i := end + 1; i < len(tree); i += i & -i {
					tree[i]++
				}
			}
			seen += len(ends)
		}
	}
	return total
}
