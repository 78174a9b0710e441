package recipe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PlanStep is what a reprocess does with one node, for people to read.
type PlanStep struct {
	Action PlanAction
	Reason string // "job type revision changed from 1 to 2; below clean, which changes"
}

// PlanAction is what happens to a node.
type PlanAction string

// The actions of a plan.
const (
	PlanCopy PlanAction = "COPY" // what it ran stays, with its outputs
	PlanRun  PlanAction = "RUN"  // it runs again and supersedes what it ran
	PlanNew  PlanAction = "NEW"  // it runs for the first time
	PlanDrop PlanAction = "DROP" // it is superseded without a successor
)

// Plan tells for each node of both definitions what a reprocess does with it, and
// why. It is empty if the recipe cannot be reprocessed, as Reasons explains.
func (d *Diff) Plan() map[string]PlanStep {
	if !d.CanBeReprocessed {
		return map[string]PlanStep{}
	}
	isForced := d.Forced.names()
	plan := make(map[string]PlanStep, len(d.Nodes))
	for name, n := range d.Nodes {
		switch {
		case n.Status == StatusDeleted:
			plan[name] = PlanStep{PlanDrop, "the definition has no such node any more"}
		case n.Status == StatusNew:
			plan[name] = PlanStep{PlanNew, "the definition had no such node before"}
		case n.ReprocessNewNode:
			plan[name] = PlanStep{PlanRun, d.whyItRuns(n, d.Forced.All || isForced[name])}
		default:
			plan[name] = PlanStep{PlanCopy, "unchanged"}
		}
	}
	return plan
}

func (d *Diff) whyItRuns(n NodeDiff, forced bool) string {
	var reasons []string
	for _, c := range n.Changes {
		if c.Name != ParentChanged {
			reasons = append(reasons, lowerFirst(c.Description))
		}
	}
	if forced {
		reasons = append(reasons, "forced")
	}
	var changing, running []string
	for _, parent := range n.Dependencies {
		switch above := d.Nodes[parent]; {
		case above.Status == StatusChanged:
			changing = append(changing, parent)
		case above.ReprocessNewNode && above.Status == StatusUnchanged:
			running = append(running, parent)
		}
	}
	if len(changing) > 0 {
		reasons = append(reasons, below(changing, "changes", "change"))
	}
	if len(running) > 0 {
		reasons = append(reasons, below(running, "runs again", "run again"))
	}
	if n.NodeType == RecipeNode && n.PrevNodeType == "" && d.runsWhole(n) {
		reasons = append(reasons, "everything inside runs again")
	}
	return strings.Join(reasons, "; ")
}

// below reads "below a, b, c and 2 more, which change".
func below(parents []string, one, several string) string {
	const most = 3
	verb := several
	if len(parents) == 1 {
		verb = one
	}
	last := parents[len(parents)-1]
	rest := parents[:len(parents)-1]
	if len(parents) > most+1 {
		last, rest = fmt.Sprintf("%d more", len(parents)-most), parents[:most]
	}
	text := last
	if len(rest) > 0 {
		text = strings.Join(rest, ", ") + " and " + last
	}
	return "below " + text + ", which " + verb
}

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}
