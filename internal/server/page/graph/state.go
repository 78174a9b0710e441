package graph

import (
	_ "embed"
	"html/template"
)

// State is how something is shown: a word in the API's terms, a shape and a
// colour, so that it is never told by the colour alone.
type State struct {
	Word  string // "FAILED"
	Shape string // of Shapes, without its "s-": "failed"
	Class string // of the colour: fail, run, queue, ok, block, changed, mute, copy, new, drop
}

// states holds every state that something can be in, by its word.
var states = map[string]State{
	"PENDING":   {"PENDING", "pending", "mute"},
	"BLOCKED":   {"BLOCKED", "blocked", "block"},
	"QUEUED":    {"QUEUED", "queued", "queue"},
	"RUNNING":   {"RUNNING", "running", "run"},
	"COMPLETED": {"COMPLETED", "completed", "ok"},
	"FAILED":    {"FAILED", "failed", "fail"},
	"CANCELED":  {"CANCELED", "canceled", "mute"},
	"ACCEPTED":  {"ACCEPTED", "accepted", "ok"},
	"REJECTED":  {"REJECTED", "rejected", "mute"},
	"NOT TAKEN": {"NOT TAKEN", "not-taken", "mute"},
	"LATE":      {"LATE", "late", "block"},
	"PAUSED":    {"PAUSED", "paused", "block"},

	// Of a reprocess and of a diff.
	"COPY":    {"COPY", "copy", "copy"},
	"RUN":     {"RUN", "run", "run"},
	"NEW":     {"NEW", "new", "new"},
	"DROP":    {"DROP", "drop", "drop"},
	"CHANGED": {"CHANGED", "changed", "changed"},
}

// StateOf is the state with that word. A word that is not known is shown as it
// is, without a shape; the empty word is a node of a definition, which has no state.
func StateOf(word string) State {
	if s, ok := states[word]; ok {
		return s
	}
	return State{Word: word, Class: "plain"}
}

//go:embed shapes.svg
var shapes string

// Shapes is the element with the shape of each state, s-failed and so on. A page
// has it once, before the first use of a shape.
func Shapes() template.HTML { return template.HTML(shapes) }
