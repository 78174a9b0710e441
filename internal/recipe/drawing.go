package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Mermaid draws the nodes of d and their dependencies as a flowchart for Mermaid:
// jobs as boxes, sub-recipes as boxes with double sides, conditions as diamonds.
// Nodes come in topological order. d may have cycles.
func (d *Definition) Mermaid() string {
	shapes := map[NodeType][2]string{JobNode: {"[", "]"}, RecipeNode: {"[[", "]]"}, ConditionNode: {"{", "}"}}
	// The characters that end a label, or begin an entity, markup or Markdown in it.
	escape := strings.NewReplacer("#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	d.draw(func(id string, kind NodeType, name, detail string) {
		shape := shapes[kind]
		fmt.Fprintf(&b, "  %s%s\"%s<br/>%s\"%s\n", id, shape[0], escape(name), escape(detail), shape[1])
	}, func(from, to, label string) {
		if label != "" {
			label = "|" + label + "|"
		}
		fmt.Fprintf(&b, "  %s -->%s %s\n", from, label, to)
	})
	return b.String()
}

// DOT draws what Mermaid draws in the language of Graphviz.
func (d *Definition) DOT() string {
	shapes := map[NodeType]string{JobNode: "box", RecipeNode: "box, peripheries=2", ConditionNode: "diamond"}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
	var b strings.Builder
	b.WriteString("digraph recipe {\n")
	d.draw(func(id string, kind NodeType, name, detail string) {
		fmt.Fprintf(&b, "  %s [shape=%s, label=\"%s\\n%s\"];\n", id, shapes[kind], escape(name), escape(detail))
	}, func(from, to, label string) {
		if label != "" {
			label = ` [label="` + label + `"]`
		}
		fmt.Fprintf(&b, "  %s -> %s%s;\n", from, to, label)
	})
	b.WriteString("}\n")
	return b.String()
}

// draw calls node for every node, and then edge for every dependency. Nodes have
// made-up ids, as their names can be anything.
func (d *Definition) draw(node func(id string, kind NodeType, name, detail string), edge func(from, to, label string)) {
	order := topological(d)
	ids := make(map[string]string, len(order))
	for i, name := range order {
		ids[name] = fmt.Sprintf("n%d", i)
		n := d.Nodes[name]
		detail := string(ConditionNode)
		switch n.Type() {
		case JobNode:
			detail = fmt.Sprintf("job %s %s, revision %d", n.Job.Name, n.Job.Version, n.Job.Revision)
		case RecipeNode:
			detail = fmt.Sprintf("recipe %s, revision %d", n.Recipe.Name, n.Recipe.Revision)
		}
		node(ids[name], n.Type(), oneLine(name), oneLine(detail))
	}
	for _, name := range order {
		dependencies := d.Nodes[name].Dependencies
		for _, parent := range slices.Sorted(maps.Keys(dependencies)) {
			from, known := ids[parent]
			if !known {
				continue
			}
			label := ""
			switch {
			case !dependencies[parent]:
				label = "rejected"
			case d.Nodes[parent].Type() == ConditionNode:
				label = "accepted"
			}
			edge(from, ids[name], label)
		}
	}
}

// oneLine replaces what is not to be printed by spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
