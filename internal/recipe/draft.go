package recipe

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// A Draft is a definition in its object form (DraftShape), of which parts may not be known
// yet. It stands for a document in the JSON form (contract 2.1), in which harmless values
// stand for those parts; findings about the document that would then mean nothing are left
// out.
type Draft struct {
	value        map[string]any // as the shape reads it
	document     map[string]any // its JSON form
	unknown      bool           // something is unknown: the document is good for checks only
	incomplete   bool           // something beside revisions, which are LatestRevision then, is unknown
	problems     Problems       // what the document cannot show, at places in the object form
	names        map[string][]string
	kinds        map[string]string // node name -> "job", "recipe" or "condition"
	skippedPaths []Path            // findings here and below are not to be reported
	skippedCodes map[Code]bool     // nor any of these
}

// Placeholder stands for the name or version of a type that is not known. No type has it.
const Placeholder = "?"

// connectionCodes are the checks of how data flow, which need to know every
// interface and dependency on the way.
var connectionCodes = [...]Code{
	NodeInterface, MismatchedMediaTypes, MismatchedParamType, ParamRequired,
	NoMultipleFiles, MismatchedJSONType, UnmatchedFilter, MismatchedType,
}

// ReadDraft reads the object form.
func ReadDraft(v any) *Draft {
	d := &Draft{
		names: map[string][]string{}, kinds: map[string]string{}, skippedCodes: map[Code]bool{},
		document: map[string]any{"input": map[string]any{}, "nodes": map[string]any{}},
	}
	read, problems := DraftShape().Read(v)
	d.problems = fromDocument(problems, InvalidDefinition)
	value, isObject := read.(map[string]any)
	if !isObject {
		d.skip(Path{})
		return d
	}
	d.value = value
	nodes := map[string]any{}
	for name, node := range d.elements(value["nodes"], Path{"nodes"}) {
		nodes[name] = d.node(name, node)
	}
	d.document = map[string]any{"input": d.iface(value["input"], Path{"input"}), "nodes": nodes}
	if document.IsUnknown(value["nodes"]) {
		d.skipCodes(UnknownNode)
	}
	return d
}

// fromDocument gives the problems of a shape a code. Their messages begin with their places.
func fromDocument(problems []document.Problem, code Code) Problems {
	var out Problems
	for _, p := range problems {
		message := p.Message
		if len(p.Path) > 0 {
			message = p.Path.String() + ": " + message
		}
		out = append(out, Problem{Path: p.Path, Code: code, Message: message})
	}
	return out
}

// Known tells whether nothing of d is unknown or wrong.
func (d *Draft) Known() bool { return !d.unknown }

// KnownButRevisions is Known but for revisions, which are LatestRevision where they are
// not known.
func (d *Draft) KnownButRevisions() bool { return !d.incomplete }

// Definition is what d says, with harmless values for what is not known; nil if it is wrong
// in itself.
func (d *Draft) Definition() (*Definition, Problems) {
	raw, err := json.Marshal(d.document)
	if err != nil { // its values come out of JSON
		return nil, Problems{{Code: InvalidDefinition, Message: err.Error()}}
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	definition, problems := Parse(raw)
	return definition, d.Locate(problems)
}

// Check applies every rule that needs nothing but the definition. Problems are at places
// in the object form.
func (d *Draft) Check() Problems {
	problems := slices.Clone(d.problems)
	raw, err := json.Marshal(d.document)
	if err != nil { // its values come out of JSON
		return append(problems, Problem{Code: InvalidDefinition, Message: err.Error()})
	}
	definition, found := Parse(raw)
	if definition != nil {
		found = append(found, Validate(definition, Catalog{}).InPlan()...)
	}
	return append(problems, d.Locate(found)...)
}

// Locate returns those problems of the JSON form that are problems of d, at their places in
// the object form.
func (d *Draft) Locate(problems Problems) Problems {
	var out Problems
	for _, p := range problems {
		if !d.reports(p) {
			continue
		}
		out = append(out, p.MovedTo(d.place(p.Path)))
	}
	return out
}

// reports tells whether a finding about the document is one about the definition.
func (d *Draft) reports(p Problem) bool {
	if p.Plan == PlanRefuses && len(p.Path) > 2 && p.Path[2] == "dependencies" {
		switch {
		case len(p.Path) == 4 && d.kinds[p.Path[3]] == "":
			return false // the other node may be a condition
		case len(p.Path) == 3 && len(d.skippedPaths) > 0:
			return false // a dependency that is not known may be asked for another acceptance
		}
	}
	return !d.skippedCodes[p.Code] && !slices.ContainsFunc(d.skippedPaths, func(at Path) bool {
		return len(p.Path) >= len(at) && slices.Equal(p.Path[:len(at)], at)
	})
}

func (d *Draft) skip(at Path) {
	d.unknown, d.incomplete = true, true
	d.skippedPaths = append(d.skippedPaths, at)
}

func (d *Draft) skipCodes(codes ...Code) {
	for _, c := range codes {
		d.skippedCodes[c] = true
	}
}

func (d *Draft) problem(at Path, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	d.problems = append(d.problems, Problem{Path: at, Code: InvalidDefinition, Message: at.String() + ": " + message})
}

// elements returns the elements of a map; none if it is unknown.
func (d *Draft) elements(v any, at Path) map[string]any {
	if document.IsUnknown(v) {
		d.skip(at)
	}
	members, _ := v.(map[string]any)
	return members
}

func (d *Draft) text(v any, at Path, placeholder string) string {
	if document.IsUnknown(v) {
		d.skip(at)
		return placeholder
	}
	text, _ := v.(string)
	return text
}

func (d *Draft) flag(v any, at Path, byDefault bool) bool {
	if document.IsUnknown(v) {
		d.skip(at)
		return byDefault
	}
	is, _ := v.(bool)
	return is
}

// revision reads the number of the revision of the type that a node is of. One that is not
// known yet is the next one of its type, as the plan changes that. So is 0 beside a name or
// a version that mock_provider of terraform test has made up.
func (d *Draft) revision(of map[string]any, at Path) any {
	v := of["revision"]
	if n, isNumber := v.(json.Number); isNumber {
		switch i, err := wholeNumber(n); {
		case err != nil: // the shape has said that
		case i == LatestRevision && (IsMock(of["name"]) || IsMock(of["version"])):
			d.unknown = true
		case i < 1:
			d.problem(at.At("revision"), "found %s, expected a revision, which is 1 or more", n)
		}
		return v
	}
	if document.IsUnknown(v) {
		d.unknown = true
		return LatestRevision
	}
	return v
}

// IsMock tells whether v may be what mock_provider makes up for a text that is not known: 8
// letters and digits.
func IsMock(v any) bool {
	text, _ := v.(string)
	return len(text) == 8 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// texts reads a list of texts.
func (d *Draft) texts(v any, at Path) []any {
	if document.IsUnknown(v) {
		d.skip(at)
	}
	out := []any{}
	elements, _ := v.([]any)
	for i, e := range elements {
		out = append(out, d.text(e, at.At(strconv.Itoa(i)), "unknown"))
	}
	return out
}
