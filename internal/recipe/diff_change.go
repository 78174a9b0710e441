package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one difference between two definitions, with the text of contract 6.
type Change struct {
	Name        ChangeName `json:"name"`
	Description string     `json:"description"`
}

// ChangeName names a kind of change, in the words of contract 6.
type ChangeName string

// The kinds of changes of a node. InputChange is also the reason why a recipe
// cannot be reprocessed.
const (
	NodeTypeChange           ChangeName = "NODE_TYPE_CHANGE"
	JobTypeChange            ChangeName = "JOB_TYPE_CHANGE"
	JobTypeVersionChange     ChangeName = "JOB_TYPE_VERSION_CHANGE"
	JobTypeRevisionChange    ChangeName = "JOB_TYPE_REVISION_CHANGE"
	RecipeTypeChange         ChangeName = "RECIPE_TYPE_CHANGE"
	RecipeTypeRevisionChange ChangeName = "RECIPE_TYPE_REVISION_CHANGE"
	FilterChange             ChangeName = "FILTER_CHANGE"
	ParentNew                ChangeName = "PARENT_NEW"
	ParentChanged            ChangeName = "PARENT_CHANGED"
	ParentRemoved            ChangeName = "PARENT_REMOVED"
	ParentAcceptanceChanged  ChangeName = "PARENT_ACCEPTANCE_CHANGED"
	InputNew                 ChangeName = "INPUT_NEW"
	InputChange              ChangeName = "INPUT_CHANGE"
	InputRemoved             ChangeName = "INPUT_REMOVED"
	JoinChange               ChangeName = "JOIN_CHANGE" // ours: when it runs, see Progress
)

// inputReasons tells why data for the previous interface do not fit the next one.
func inputReasons(prev, next Interface) []Change {
	var out []Change
	add := func(reason string) {
		out = append(out, Change{InputChange, "Input interface has changed: " + reason})
	}
	for _, name := range next.names() {
		if !prev.has(name) {
			if next.Files[name].Required || next.JSON[name].hasToBeGiven() {
				add("input '" + name + "' is required, but there was no such input before")
			}
			continue
		}
		for _, m := range connect(next, name, prev, name) {
			if !m.warning {
				add(strings.Replace(m.reason, ", but '", ", but the previous '", 1))
			}
		}
	}
	return out
}

// compare fills in the changes of a node that is in both definitions. above has
// the nodes that it depends on.
func (n *NodeDiff) compare(prev, next Node, above map[string]NodeDiff) {
	if was := prev.Type(); was != n.NodeType {
		n.PrevNodeType = was
		n.change(NodeTypeChange, "Node type changed from %s to %s", was, n.NodeType)
	} else {
		n.compareTypes(prev, next)
	}
	n.compareParents(prev, next, above)
	n.compareInputs(prev, next)
	if prev.Any != next.Any || prev.Finally != next.Finally {
		n.change(JoinChange, "What the node waits for changed from %s to %s", prev.waitsFor(), next.waitsFor())
	}
	n.Status = StatusUnchanged
	if len(n.Changes) > 0 {
		n.Status = StatusChanged
	}
}

func (n *NodeDiff) change(name ChangeName, format string, args ...any) {
	n.Changes = append(n.Changes, Change{name, fmt.Sprintf(format, args...)})
}

// compareTypes compares what two nodes of the same type run. A changed interface
// of a condition is no change of its own.
func (n *NodeDiff) compareTypes(prev, next Node) {
	switch n.NodeType {
	case JobNode:
		was, is := *prev.Job, *next.Job
		if was.Name != is.Name {
			n.change(JobTypeChange, "Job type changed from %s to %s", was.Name, is.Name)
		}
		if was.Version != is.Version {
			n.change(JobTypeVersionChange, "Job type version changed from %s to %s", was.Version, is.Version)
		}
		if was.Revision != is.Revision {
			n.change(JobTypeRevisionChange, "Job type revision changed from %d to %d", was.Revision, is.Revision)
		}
		if was != is {
			n.PrevJob = &was
		}
	case RecipeNode:
		was, is := *prev.Recipe, *next.Recipe
		if was.Name != is.Name {
			n.change(RecipeTypeChange, "Recipe type changed from %s to %s", was.Name, is.Name)
		}
		if was.Revision != is.Revision {
			n.change(RecipeTypeRevisionChange, "Recipe type revision changed from %d to %d", was.Revision, is.Revision)
		}
		if was != is {
			n.PrevRecipe = &was
		}
	case ConditionNode:
		if !prev.Condition.DataFilter.equal(next.Condition.DataFilter) {
			n.change(FilterChange, "Data filter changed")
		}
	}
}

func (n *NodeDiff) compareParents(prev, next Node, above map[string]NodeDiff) {
	for _, parent := range n.Dependencies {
		_, before := prev.Dependencies[parent]
		switch {
		case !before:
			n.change(ParentNew, "New parent node %s added", parent)
		case above[parent].Status == StatusChanged:
			n.change(ParentChanged, "Parent node %s changed", parent)
		}
	}
	for _, parent := range removed(prev.Dependencies, next.Dependencies) {
		n.change(ParentRemoved, "Previous parent node %s removed", parent)
	}
	for _, parent := range n.Dependencies {
		if before, ok := prev.Dependencies[parent]; ok && before != next.Dependencies[parent] {
			n.change(ParentAcceptanceChanged, "Approval for parent node %s changed", parent)
		}
	}
}

func (n *NodeDiff) compareInputs(prev, next Node) {
	for _, name := range slices.Sorted(maps.Keys(next.Input)) {
		before, ok := prev.Input[name]
		switch {
		case !ok:
			n.change(InputNew, "New input %s added", name)
		case before != next.Input[name]:
			n.change(InputChange, "Input %s changed", name)
		}
	}
	for _, name := range removed(prev.Input, next.Input) {
		n.change(InputRemoved, "Previous input %s removed", name)
	}
}

// removed lists the keys of prev that next does not have, sorted.
func removed[V any](prev, next map[string]V) []string {
	var out []string
	for name := range prev {
		if _, kept := next[name]; !kept {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// equal tells whether both have the same filters in the same order; numbers count
// by what they mean.
func (f DataFilter) equal(other DataFilter) bool {
	return f.All == other.All && slices.EqualFunc(f.Filters, other.Filters, func(a, b Filter) bool {
		return a.Name == b.Name && a.Type == b.Type && a.Condition == b.Condition &&
			a.AllFields == b.AllFields && a.AllFiles == b.AllFiles &&
			slices.EqualFunc(a.Values, b.Values, equal) && slices.EqualFunc(a.Fields, b.Fields, slices.Equal)
	})
}
