package recipe

import (
	"maps"
	"slices"
)

// Diff is what changes from one definition to the next, and what a reprocess
// makes of it (contract 6).
type Diff struct {
	CanBeReprocessed bool                // the old input can be the input of the new definition
	Reasons          []Change            // why not; none if it can
	Nodes            map[string]NodeDiff // the nodes of both definitions, matched by name
	Forced           ForcedNodes         // as given to Compare
}

// NodeDiff is what becomes of one node.
type NodeDiff struct {
	Status           DiffStatus
	Changes          []Change // of a node in both definitions; at least one if it is StatusChanged
	ReprocessNewNode bool     // a reprocess runs the node, instead of copying or dropping it
	ForceReprocess   bool     // it or a node that it depends on is forced
	Dependencies     []string // sorted; of a deleted node those that it had

	NodeType     NodeType // in the next definition, or of a deleted node
	PrevNodeType NodeType // before, if that is another; otherwise ""
	// Job and Recipe tell what the node runs; both are nil for a condition.
	Job    *JobRef
	Recipe *RecipeRef
	// PrevJob and PrevRecipe tell what it ran before, if that is another of the same node type.
	PrevJob    *JobRef
	PrevRecipe *RecipeRef
}

// DiffStatus tells in which of two definitions a node is, and whether it changes.
type DiffStatus string

// The statuses of nodes in a diff.
const (
	StatusNew       DiffStatus = "NEW"       // only in the next definition
	StatusDeleted   DiffStatus = "DELETED"   // only in the previous one
	StatusChanged   DiffStatus = "CHANGED"   // in both, with changes
	StatusUnchanged DiffStatus = "UNCHANGED" // in both, without any
)

// OldType is the type of the node in the previous definition; "" for a new one.
// What is superseded goes by it, as a node can turn from a job into a sub-recipe
// (the original forgot that job, contract 7.6).
func (n NodeDiff) OldType() NodeType {
	switch {
	case n.Status == StatusNew:
		return ""
	case n.PrevNodeType != "":
		return n.PrevNodeType
	default:
		return n.NodeType
	}
}

// Compare finds the difference between two definitions of a recipe; forced, which
// may be nil, makes nodes run that have not changed. A change propagates to all
// nodes below. Both definitions have to be free of cycles (NewGraph), as
// statuses on a cycle would depend on the order of its nodes.
func Compare(prev, next *Definition, forced *ForcedNodes) *Diff {
	d := &Diff{Nodes: make(map[string]NodeDiff, len(next.Nodes))}
	if forced != nil {
		d.Forced = *forced
	}
	d.Reasons = inputReasons(prev.Input, next.Input)
	d.CanBeReprocessed = len(d.Reasons) == 0
	isForced := d.Forced.names()
	for _, name := range topological(next) {
		old, existed := prev.Nodes[name]
		n := newNodeDiff(next, name, StatusNew)
		if existed {
			n.compare(old, next.Nodes[name], d.Nodes)
		}
		d.add(name, n, isForced)
	}
	if len(removed(prev.Nodes, next.Nodes)) == 0 {
		return d
	}
	for _, name := range topological(prev) {
		if _, kept := next.Nodes[name]; !kept {
			d.add(name, newNodeDiff(prev, name, StatusDeleted), isForced)
		}
	}
	return d
}

// topological lists the nodes of d, each after those that it depends on.
func topological(d *Definition) []string {
	names, o := orderNodes(d)
	out := make([]string, len(names))
	for place, i := range o.order {
		out[place] = names[i]
	}
	return out
}

func newNodeDiff(d *Definition, name string, status DiffStatus) NodeDiff {
	node := d.Nodes[name]
	n := NodeDiff{Status: status, NodeType: node.Type(), Job: node.Job, Recipe: node.Recipe}
	for parent := range node.Dependencies {
		if _, exists := d.Nodes[parent]; exists {
			n.Dependencies = append(n.Dependencies, parent)
		}
	}
	slices.Sort(n.Dependencies)
	return n
}

// add completes the diff of a node, after those of its parents.
func (d *Diff) add(name string, n NodeDiff, isForced map[string]bool) {
	n.ForceReprocess = d.Forced.All || isForced[name] || slices.ContainsFunc(n.Dependencies, func(parent string) bool {
		return d.Nodes[parent].ForceReprocess
	})
	n.ReprocessNewNode = d.CanBeReprocessed && n.Status != StatusDeleted && (n.Status != StatusUnchanged || n.ForceReprocess)
	d.Nodes[name] = n
}

// Copy lists the nodes that a reprocess takes over as they are, sorted. Like all
// these lists it is empty if the recipe cannot be reprocessed.
func (d *Diff) Copy() []string {
	return d.list(func(n NodeDiff) bool { return n.Status != StatusDeleted && !n.ReprocessNewNode })
}

// Supersede lists the nodes whose old job, sub-recipe or condition (OldType) is
// superseded, sorted.
func (d *Diff) Supersede() []string { return d.list(NodeDiff.superseded) }

func (n NodeDiff) superseded() bool {
	return n.Status == StatusDeleted || n.Status == StatusChanged || n.Status == StatusUnchanged && n.ForceReprocess
}

// Unpublish lists the nodes whose products are unpublished, sorted: the deleted
// ones, and of sub-recipes everything inside.
func (d *Diff) Unpublish() []string {
	return d.list(func(n NodeDiff) bool { return n.Status == StatusDeleted })
}

// RecursiveSupersede lists the nodes whose old sub-recipe is superseded with
// everything inside, sorted: a node that it depends on runs again, or anything
// but the type or its revision has changed, or it was deleted or is no
// sub-recipe any more. All of them are in Supersede.
func (d *Diff) RecursiveSupersede() []string {
	return d.list(func(n NodeDiff) bool {
		return n.OldType() == RecipeNode && n.superseded() && (n.Status == StatusDeleted || d.runsWhole(n))
	})
}

// runsWhole tells whether nothing inside of a sub-recipe can be copied.
func (d *Diff) runsWhole(n NodeDiff) bool {
	return slices.ContainsFunc(n.Dependencies, func(parent string) bool { return d.Nodes[parent].ReprocessNewNode }) ||
		slices.ContainsFunc(n.Changes, func(c Change) bool {
			return c.Name != RecipeTypeChange && c.Name != RecipeTypeRevisionChange
		})
}

// ForcedIn is what is forced inside of the new sub-recipe of a node: everything
// if it is new or below any node that runs again, otherwise what the forced nodes
// say. It forces nothing in nodes that do not run or are no sub-recipes.
func (d *Diff) ForcedIn(node string) ForcedNodes {
	n := d.Nodes[node]
	switch {
	case n.NodeType != RecipeNode || !n.ReprocessNewNode:
		return ForcedNodes{}
	case n.Status == StatusNew || d.runsWhole(n):
		return ForcedNodes{All: true}
	case n.ForceReprocess:
		return d.Forced.For(node)
	default:
		return ForcedNodes{}
	}
}

func (d *Diff) list(choose func(NodeDiff) bool) []string {
	var out []string
	if !d.CanBeReprocessed {
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		if choose(d.Nodes[name]) {
			out = append(out, name)
		}
	}
	return out
}
