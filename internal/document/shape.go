package document

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a value is.
type Kind int

// The kinds. What is written as text counts as the number or the truth value that it
// spells, and the other way round, as in HCL.
const (
	Any     Kind = iota // anything, null too
	Object              // an object with Members
	Map                 // an Element by any name
	List                // Elements in their order
	Set                 // Elements whose order does not count, each once
	Text                // string
	Integer             // a whole number of 64 bits
	Number              // any number
	Bool                // true or false
	JSON                // text that holds JSON; compared by what it means
	Either              // a whole number, or an Element, which is an object
)

// Shape is what a document, or a part of one, looks like. Shapes may contain themselves.
type Shape struct {
	Kind    Kind
	Members []Member // of an Object, in the order of the documentation
	Element *Shape   // of a Map, List, Set or Either

	// Hints say what to do about names that the object does not have, but that are written
	// all the same, as they were there once or are there in another form.
	Hints map[string]string
}

// Member is a member of an object.
type Member struct {
	Name string
	Shape
	Doc      string // Markdown, one or more sentences; those about the default only where Description cannot make them
	Required bool
	Default  any // what counts if it is left out; nil: nothing
}

// ObjectOf is the shape of an object.
func ObjectOf(members ...Member) Shape { return Shape{Kind: Object, Members: members} }

// MapOf is the shape of elements by name.
func MapOf(element Shape) Shape { return Shape{Kind: Map, Element: &element} }

// ListOf is the shape of elements in their order.
func ListOf(element Shape) Shape { return Shape{Kind: List, Element: &element} }

// SetOf is the shape of elements whose order does not count.
func SetOf(element Shape) Shape { return Shape{Kind: Set, Element: &element} }

// EitherOf is the shape of a whole number or an object.
func EitherOf(object Shape) Shape { return Shape{Kind: Either, Element: &object} }

// Simple is the shape of a value of a kind without parts.
func Simple(kind Kind) Shape { return Shape{Kind: kind} }

// Member returns the member of that name.
func (s Shape) Member(name string) (Member, bool) {
	for _, m := range s.Members {
		if m.Name == name {
			return m, true
		}
	}
	return Member{}, false
}

// With is s, an object, with more members.
func (s Shape) With(members ...Member) Shape {
	s.Members = slices.Concat(s.Members, members)
	return s
}

// Names lists the members of an object.
func (s Shape) Names() []string {
	names := make([]string, 0, len(s.Members))
	for _, m := range s.Members {
		names = append(names, m.Name)
	}
	return names
}

// Description is the documentation of m, with its default.
func (m Member) Description() string {
	text := ""
	switch d := m.Default.(type) {
	case bool:
		text = strconv.FormatBool(d)
	case string:
		text = d
	case interface{ String() string }: // json.Number
		text = d.String()
	}
	if text == "" || strings.Contains(strings.ToLower(m.Doc), "default") {
		return m.Doc
	}
	return strings.TrimSpace(m.Doc + " Default `" + text + "`.")
}

// Expected says in a message what a value of this shape is.
func (s Shape) Expected() string {
	switch s.Kind {
	case Object:
		return "an object"
	case Map:
		switch s.Element.Kind {
		case Object:
			return "a map of objects"
		case Any:
			return "an object"
		default:
			return "a map"
		}
	case List, Set:
		if s.Element.Kind == Object {
			return "a list of objects"
		}
		return "a list"
	case Text:
		return "text"
	case JSON:
		return "JSON text, as jsonencode writes it"
	case Integer:
		return "a whole number"
	case Either:
		return "a whole number or an object"
	case Number:
		return "a number"
	case Bool:
		return "true or false"
	default:
		return "a value"
	}
}

// sortedKeys are the keys of m in order.
func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
