package document

import "strings"

// Path leads to a place in a document, from its root: names of members, keys of maps and,
// for lists, positions in decimal ("nodes", "calibrate", "input").
type Path []string

// String joins the steps with dots: nodes.calibrate.input.
func (p Path) String() string { return strings.Join(p, ".") }

// At returns p extended by steps. It never shares memory with p.
func (p Path) At(steps ...string) Path {
	return append(append(make(Path, 0, len(p)+len(steps)), p...), steps...)
}

// Problem is one thing that is wrong with a document.
type Problem struct {
	Path    Path
	Message string // what was found, what was expected; without the place
}
