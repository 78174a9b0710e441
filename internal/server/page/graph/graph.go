package graph

import (
	"fmt"
	"strings"
)

// Graph is what is drawn. Edges whose ends are not among the nodes are left out;
// cycles are drawn too, with an edge that goes back.
type Graph struct {
	Label string // what the picture shows, for those who cannot see it: "Graph of recipe 4127: 16 nodes"
	Nodes []Node
	Edges []Edge
}

// Node is a box, a diamond or a frame of a graph.
type Node struct {
	ID     string // names it in edges and in Anchor; no two nodes have the same, those inside of groups included
	Kind   Kind
	Name   string // what is written on it, cut if it is too long
	State  State
	Detail string // a second, short line: the time it took, the title of the error, what a condition has decided
	Count  string // "×48" of a fan-out, "+ 4" of a sub-recipe; empty: none
	Stack  bool   // a fan-out, drawn as several sheets
	Href   string // where it leads; empty: to its own anchor
	Chosen bool   // the one whose panel is beside the graph

	// Inside is an opened sub-recipe: its graph is drawn in place, in a frame. Fold
	// is the link that closes it again, or of a closed one the link that opens it; empty: none.
	Inside *Graph
	Fold   string
}

// Kind tells what a node is, and so its outline.
type Kind string

// The kinds of nodes, in the words of definitions.
const (
	Job       Kind = "job"       // a box
	Condition Kind = "condition" // a stretched diamond
	Recipe    Kind = "recipe"    // a box with double sides
)

// Edge is an arrow from one node to another.
type Edge struct {
	From, To string // IDs
	Label    string // "accepted", "rejected"; empty: none
	Look     Look
}

// Look tells how an edge is drawn.
type Look string

// The looks of edges.
const (
	Plain Look = ""     // grey
	Dim   Look = "dim"  // pale and dashed: not taken, or between what is kept and what is not
	Hot   Look = "hot"  // red: from what has failed to what it blocks
	Busy  Look = "go"   // blue: into what runs, or a new edge of a diff
	Gone  Look = "gone" // red and dotted: an edge that the newer revision does not have
)

// Anchor is the id of the node's element in the page, and what follows the # in
// a link to it. It consists of letters, digits, -, _ and . only.
func Anchor(id string) string {
	var b strings.Builder
	b.WriteString("n-")
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, ".%02X", c)
		}
	}
	return b.String()
}
