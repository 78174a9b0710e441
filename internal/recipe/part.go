package recipe

import (
	"maps"
	"slices"
)

// Part is the part of a definition that runs if only the named nodes are to: they, and all nodes that they depend on,
// directly or not. Names that it does not have count for nothing; no names are the whole definition. The input stays
// as it is.
func (d *Definition) Part(names []string) *Definition {
	if len(names) == 0 {
		return d
	}
	part := *d
	part.Nodes = map[string]Node{}
	var add func(name string)
	add = func(name string) {
		n, there := d.Nodes[name]
		if _, done := part.Nodes[name]; !there || done {
			return
		}
		part.Nodes[name] = n
		for above := range n.Dependencies {
			add(above)
		}
	}
	for _, name := range names {
		add(name)
	}
	return &part
}

// NodeNames are the names of the nodes, sorted.
func (d *Definition) NodeNames() []string { return slices.Sorted(maps.Keys(d.Nodes)) }
