package form

import (
	"encoding/json"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// SameDefinition tells whether a and b mean the same.
func SameDefinition(a, b *recipe.Definition) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && SameJSON(x, y)
}

// SameJSON tells whether two documents have the same value: white space, the order
// of members and the way to write a number do not count.
func SameJSON(a, b []byte) bool {
	x, errX := recipe.Decode(a)
	y, errY := recipe.Decode(b)
	return errX == nil && errY == nil && document.Equal(x, y)
}

// OfDefinition is the object form of d without what is as by default, ready for ReadDraft. It is
// false if that form cannot say what d says, such as a number among the values of a string
// filter.
func OfDefinition(d *recipe.Definition) (map[string]any, bool) {
	nodes := make(map[string]any, len(d.Nodes))
	for name, n := range d.Nodes {
		nodes[name] = ofNode(n)
	}
	object := map[string]any{"input": ofInterface(d.Input), "nodes": nodes}
	draft := ReadDraft(object)
	back, problems := draft.Definition()
	if problems.Err() != nil || !SameDefinition(d, back) {
		return nil, false
	}
	minimal, _ := DraftShape().Minimal(draft.value).(map[string]any)
	return minimal, true
}

func whole(i int) json.Number { return json.Number(strconv.Itoa(i)) }

func ofNode(n recipe.Node) map[string]any {
	dependencies := make(map[string]any, len(n.Dependencies))
	for name, acceptance := range n.Dependencies {
		dependencies[name] = acceptance
	}
	input := make(map[string]any, len(n.Input))
	for name, c := range n.Input {
		switch {
		case c.Value != "":
			input[name] = map[string]any{"value": c.Value}
		case c.RecipeInput != "":
			input[name] = map[string]any{"recipe_input": c.RecipeInput}
		default:
			input[name] = map[string]any{"node": c.Node, "output": c.Output}
		}
	}
	out := map[string]any{"dependencies": dependencies, "input": input,
		"allow_failure": n.AllowFailure, "any": n.Any, "finally": n.Finally}
	if n.Job != nil {
		out["job"] = map[string]any{"name": n.Job.Name, "version": n.Job.Version, "revision": whole(n.Job.Revision)}
	}
	if n.Timeout != 0 {
		out["timeout"] = whole(n.Timeout)
	}
	if n.Retry != nil {
		out["retry"] = wholeRetry(*n.Retry)
	}
	if n.Recipe != nil {
		out["recipe"] = map[string]any{"name": n.Recipe.Name, "revision": whole(n.Recipe.Revision)}
	}
	if n.Condition != nil {
		out["condition"] = map[string]any{
			"interface": ofInterface(n.Condition.Interface), "data_filter": ofFilter(n.Condition.DataFilter),
		}
	}
	return out
}

func ofInterface(i recipe.Interface) map[string]any {
	files := make(map[string]any, len(i.Files))
	for name, p := range i.Files {
		files[name] = map[string]any{"media_types": anys(p.MediaTypes), "required": p.Required, "multiple": p.Multiple}
	}
	values := make(map[string]any, len(i.JSON))
	for name, p := range i.JSON {
		value := map[string]any{"type": string(p.Type), "required": p.Required}
		if p.Default != "" {
			value["default"] = p.Default
		}
		values[name] = value
	}
	return map[string]any{"files": files, "json": values}
}

func ofFilter(f recipe.DataFilter) map[string]any {
	filters := make([]any, 0, len(f.Filters))
	for _, s := range f.Filters {
		values := make([]any, 0, len(s.Values))
		for _, v := range s.Values {
			values = append(values, filterText(s.Type, v))
		}
		one := map[string]any{
			"name": s.Name, "type": s.Type, "condition": s.Condition, "values": values,
			"all_fields": s.AllFields, "all_files": s.AllFiles,
		}
		if len(s.Fields) > 0 {
			fields := make([]any, 0, len(s.Fields))
			for _, p := range s.Fields {
				fields = append(fields, anys(p))
			}
			one["fields"] = fields
		}
		filters = append(filters, one)
	}
	return map[string]any{"all": f.All, "filters": filters}
}

func anys(texts []string) []any {
	out := make([]any, 0, len(texts))
	for _, s := range texts {
		out = append(out, s)
	}
	return out
}
