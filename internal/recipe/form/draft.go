package form

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// A Draft is a definition in its object form (DraftShape), of which parts may not be known
// yet. It stands for a document in the JSON form (contract 2.1), in which harmless values
// stand for those parts; findings about the document that would then mean nothing are left
// out.
type Draft struct {
	value        map[string]any  // as the shape reads it
	document     map[string]any  // its JSON form
	unknown      bool            // something is unknown: the document is good for checks only
	incomplete   bool            // something beside revisions, which are LatestRevision then, is unknown
	problems     recipe.Problems // what the document cannot show, at places in the object form
	names        map[string][]string
	kinds        map[string]string    // node name -> "job", "recipe" or "condition"
	skippedPaths []recipe.Path        // findings here and below are not to be reported
	skippedCodes map[recipe.Code]bool // nor any of these
}

// Placeholder stands for the name or version of a type that is not known. No type has it.
const Placeholder = "?"

// connectionCodes are the checks of how data flow, which need to know every
// interface and dependency on the way.
var connectionCodes = [...]recipe.Code{
	recipe.NodeInterface, recipe.MismatchedMediaTypes, recipe.MismatchedParamType, recipe.ParamRequired,
	recipe.NoMultipleFiles, recipe.MismatchedJSONType, recipe.UnmatchedFilter, recipe.MismatchedType,
}

// ReadDraft reads the object form.
func ReadDraft(v any) *Draft {
	d := &Draft{
		names: map[string][]string{}, kinds: map[string]string{}, skippedCodes: map[recipe.Code]bool{},
		document: map[string]any{"input": map[string]any{}, "nodes": map[string]any{}},
	}
	read, problems := DraftShape().Read(v)
	d.problems = fromDocument(problems, recipe.InvalidDefinition)
	value, isObject := read.(map[string]any)
	if !isObject {
		d.skip(recipe.Path{})
		return d
	}
	d.value = value
	nodes := map[string]any{}
	for name, node := range d.elements(value["nodes"], recipe.Path{"nodes"}) {
		nodes[name] = d.node(name, node)
	}
	d.document = map[string]any{"input": d.iface(value["input"], recipe.Path{"input"}), "nodes": nodes}
	if document.IsUnknown(value["nodes"]) {
		d.skipCodes(recipe.UnknownNode)
	}
	return d
}

// fromDocument gives the problems of a shape a code. Their messages begin with their places.
func fromDocument(problems []document.Problem, code recipe.Code) recipe.Problems {
	var out recipe.Problems
	for _, p := range problems {
		message := p.Message
		if len(p.Path) > 0 {
			message = p.Path.String() + ": " + message
		}
		out = append(out, recipe.Problem{Path: p.Path, Code: code, Message: message})
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
func (d *Draft) Definition() (*recipe.Definition, recipe.Problems) {
	raw, err := json.Marshal(d.document)
	if err != nil { // its values come out of JSON
		return nil, recipe.Problems{{Code: recipe.InvalidDefinition, Message: err.Error()}}
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	definition, problems := recipe.Parse(raw)
	return definition, d.Locate(problems)
}

// Check applies every rule that needs nothing but the definition. Problems are at places
// in the object form.
func (d *Draft) Check() recipe.Problems {
	problems := slices.Clone(d.problems)
	raw, err := json.Marshal(d.document)
	if err != nil { // its values come out of JSON
		return append(problems, recipe.Problem{Code: recipe.InvalidDefinition, Message: err.Error()})
	}
	definition, found := recipe.Parse(raw)
	if definition != nil {
		found = append(found, recipe.Validate(definition, recipe.Catalog{}).InPlan()...)
	}
	return append(problems, d.Locate(found)...)
}

// Locate returns those problems of the JSON form that are problems of d, at their places in
// the object form.
func (d *Draft) Locate(problems recipe.Problems) recipe.Problems {
	var out recipe.Problems
	for _, p := range problems {
		if !d.reports(p) {
			continue
		}
		out = append(out, p.MovedTo(d.place(p.Path)))
	}
	return out
}

// reports tells whether a finding about the document is one about the definition.
func (d *Draft) reports(p recipe.Problem) bool {
	if p.Plan == recipe.PlanRefuses && len(p.Path) > 2 && p.Path[2] == "dependencies" {
		switch {
		case len(p.Path) == 4 && d.kinds[p.Path[3]] == "":
			return false // the other node may be a condition
		case len(p.Path) == 3 && len(d.skippedPaths) > 0:
			return false // a dependency that is not known may be asked for another acceptance
		}
	}
	return !d.skippedCodes[p.Code] && !slices.ContainsFunc(d.skippedPaths, func(at recipe.Path) bool {
		return len(p.Path) >= len(at) && slices.Equal(p.Path[:len(at)], at)
	})
}

func (d *Draft) skip(at recipe.Path) {
	d.unknown, d.incomplete = true, true
	d.skippedPaths = append(d.skippedPaths, at)
}

func (d *Draft) skipCodes(codes ...recipe.Code) {
	for _, c := range codes {
		d.skippedCodes[c] = true
	}
}

func (d *Draft) problem(at recipe.Path, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	d.problems = append(d.problems, recipe.Problem{Path: at, Code: recipe.InvalidDefinition, Message: at.String() + ": " + message})
}

// elements returns the elements of a map; none if it is unknown.
func (d *Draft) elements(v any, at recipe.Path) map[string]any {
	if document.IsUnknown(v) {
		d.skip(at)
	}
	members, _ := v.(map[string]any)
	return members
}

func (d *Draft) text(v any, at recipe.Path, placeholder string) string {
	if document.IsUnknown(v) {
		d.skip(at)
		return placeholder
	}
	text, _ := v.(string)
	return text
}

func (d *Draft) flag(v any, at recipe.Path, byDefault bool) bool {
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
func (d *Draft) revision(of map[string]any, at recipe.Path) any {
	v := of["revision"]
	if n, isNumber := v.(json.Number); isNumber {
		switch i, err := recipe.WholeNumber(n); {
		case err != nil: // the shape has said that
		case i == recipe.LatestRevision && (recipe.IsMock(of["name"]) || recipe.IsMock(of["version"])):
			d.unknown = true
		case i < 1:
			d.problem(at.At("revision"), "found %s, expected a revision, which is 1 or more (in terraform test its mock_resource says revision_num = 1)", n)
		}
		return v
	}
	if document.IsUnknown(v) {
		d.unknown = true
		return recipe.LatestRevision
	}
	return v
}

// texts reads a list of texts.
func (d *Draft) texts(v any, at recipe.Path) []any {
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
