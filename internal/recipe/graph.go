package recipe

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// Graph is a definition made ready for questions about what comes before what.
// It is built once and then only read, by any number of goroutines.
type Graph struct {
	nodes []graphNode    // in topological order
	index map[string]int // place of a node in nodes
	above []bitset       // for each node the nodes that it depends on, directly or not
}

type graphNode struct {
	name      string
	kind      NodeType
	job       JobRef
	recipe    RecipeRef
	condition *Condition
	parents   []parent // in topological order
	inputs    []input  // sorted by name

	allowFailure, any, finally bool // as Node has them
}

type parent struct {
	node       int
	acceptance bool
}

type input struct {
	input, output string
	source        int // node, or -1 for the recipe's input
	value         any // constant instead of that; nil: none
}

// NewGraph builds the graph of d. It is nil if there are problems: UNKNOWN_NODE
// for a dependency or connection on a node that does not exist,
// CIRCULAR_DEPENDENCY for each group of nodes that wait for each other.
func NewGraph(d *Definition) (*Graph, Problems) {
	var found findings
	d.checkReferences(&found)
	found = slices.DeleteFunc(found, func(f finding) bool { return f.Code != UnknownNode })
	g := sortNodes(d, &found)
	if ps := found.problems(); len(ps) > 0 {
		return nil, ps
	}
	return g, nil
}

// sortNodes builds the graph of what it can: dependencies on unknown nodes are
// left out, and nodes on cycles or below come last. Cycles are reported.
func sortNodes(d *Definition, found *findings) *Graph {
	names, o := orderNodes(d)
	for _, group := range o.groups {
		var words []string
		for _, i := range o.shortestCycle(group) {
			words = append(words, names[i])
		}
		found.add(stageCycles, Path{"nodes", words[0], "dependencies"}, CircularDependency,
			"Circular dependency: %s (each node depends on the next); remove one of these dependencies",
			strings.Join(words, " -> "))
	}
	return newGraph(d, names, o)
}

// orderNodes sorts the nodes of d, of which it gives the names that the numbers
// stand for.
func orderNodes(d *Definition) (names []string, o *ordering) {
	names = slices.Sorted(maps.Keys(d.Nodes))
	index := make(map[string]int, len(names))
	for i, name := range names {
		index[name] = i
	}
	o = &ordering{needs: make([][]int, len(names))}
	for i, name := range names {
		for dependency := range d.Nodes[name].Dependencies {
			if at, ok := index[dependency]; ok {
				o.needs[i] = append(o.needs[i], at)
			}
		}
		slices.Sort(o.needs[i])
	}
	o.sort()
	return names, o
}

func newGraph(d *Definition, names []string, o *ordering) *Graph {
	g := &Graph{
		nodes: make([]graphNode, len(names)),
		index: make(map[string]int, len(names)),
		above: make([]bitset, len(names)),
	}
	for place, i := range o.order {
		g.index[names[i]] = place
	}
	endsWith := make(map[int][]int, len(o.groups))
	for _, group := range o.groups {
		endsWith[group[len(group)-1]] = group
	}
	for place, i := range o.order {
		n := d.Nodes[names[i]]
		node := graphNode{name: names[i], kind: n.Type(), condition: n.Condition, allowFailure: n.AllowFailure, any: n.Any, finally: n.Finally}
		if n.Job != nil {
			node.job = *n.Job
		}
		if n.Recipe != nil {
			node.recipe = *n.Recipe
		}
		for _, dependency := range o.needs[i] {
			node.parents = append(node.parents, parent{g.index[names[dependency]], n.Dependencies[names[dependency]]})
		}
		slices.SortFunc(node.parents, func(a, b parent) int { return a.node - b.node })
		for _, name := range slices.Sorted(maps.Keys(n.Input)) {
			c := n.Input[name]
			if c.Value != "" {
				node.inputs = append(node.inputs, input{input: name, value: constant(c.Value)})
			} else if c.RecipeInput != "" {
				node.inputs = append(node.inputs, input{input: name, output: c.RecipeInput, source: -1})
			} else if source, ok := g.index[c.Node]; ok {
				node.inputs = append(node.inputs, input{input: name, output: c.Output, source: source})
			}
		}
		g.nodes[place] = node
		g.above[place] = make(bitset, (len(names)+63)/64)
		for _, p := range node.parents {
			g.above[place].add(p.node)
			g.above[place].addAll(g.above[p.node])
		}
		if group, ok := endsWith[i]; ok {
			g.closeGroup(names, group)
		}
	}
	return g
}

// closeGroup lets all nodes of a cycle depend on each other, and on the same nodes.
func (g *Graph) closeGroup(names []string, group []int) {
	all := make(bitset, (len(names)+63)/64)
	for _, i := range group {
		all.add(g.index[names[i]])
		all.addAll(g.above[g.index[names[i]]])
	}
	for _, i := range group {
		g.above[g.index[names[i]]].addAll(all)
	}
}

// kind is the type of the node with that name; "" if there is none.
func (g *Graph) kind(name string) NodeType {
	if i, ok := g.index[name]; ok {
		return g.nodes[i].kind
	}
	return ""
}

// Order lists the nodes so that each comes after those that it depends on, and
// by name where that leaves a choice.
func (g *Graph) Order() []string {
	out := make([]string, len(g.nodes))
	for i, n := range g.nodes {
		out[i] = n.name
	}
	return out
}

// IsAncestor tells whether node depends on ancestor, directly or not.
func (g *Graph) IsAncestor(ancestor, node string) bool {
	a, ok := g.index[ancestor]
	n, ok2 := g.index[node]
	return ok && ok2 && g.above[n].has(a)
}

// bitset is a set of small numbers.
type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) add(i int) { b[i/64] |= 1 << (i % 64) }

// addAll adds other; nil is empty.
func (b bitset) addAll(other bitset) {
	for i, word := range other {
		b[i] |= word
	}
}

// common is the smallest number of both sets, which are of one size; -1 if there is none.
func (b bitset) common(other bitset) int {
	for i, word := range b {
		if both := word & other[i]; both != 0 {
			return 64*i + bits.TrailingZeros64(both)
		}
	}
	return -1
}
