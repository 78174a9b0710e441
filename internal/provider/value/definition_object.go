package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// ParseDefinition reads a typed definition that is wholly known. The problems
// have paths into the JSON form.
func ParseDefinition(definition types.Object) (*recipe.Definition, recipe.Problems) {
	r := ReadDefinition(definition)
	if len(r.Problems) > 0 {
		return nil, r.Problems
	}
	raw, err := json.Marshal(r.Document)
	if err != nil {
		return nil, recipe.Problems{{Code: recipe.InvalidDefinition, Message: fmt.Sprintf("writing definition: %s", err)}}
	}
	return recipe.Parse(raw)
}

// DefinitionObject is the typed form of d, with every default spelled out. It is
// false if the typed form cannot say what d says, such as a number among the
// values of a string filter.
func DefinitionObject(d *recipe.Definition) (types.Object, bool) {
	t := TypesOfDefinition()
	nodes := make(map[string]attr.Value, len(d.Nodes))
	for name, n := range d.Nodes {
		nodes[name] = nodeObject(n)
	}
	object := types.ObjectValueMust(t.Definition.AttrTypes, map[string]attr.Value{
		"input": interfaceObject(d.Input),
		"nodes": types.MapValueMust(t.node, nodes),
	})
	back, problems := ParseDefinition(object)
	return object, problems.Err() == nil && SameDefinition(d, back)
}

// DefinitionForms are both forms of a definition that the server has. The typed one is
// null if it cannot say what the definition says; the text is as it was sent, if this
// version of the provider does not know what it means.
func DefinitionForms(raw json.RawMessage) (typed types.Object, text types.String) {
	none := types.ObjectNull(TypesOfDefinition().Definition.AttrTypes)
	d, problems := recipe.Parse(raw)
	if d == nil || problems.Err() != nil {
		return none, types.StringValue(string(raw))
	}
	typed, complete := DefinitionObject(d)
	if !complete {
		typed = none
	}
	indented, err := DefinitionText(d)
	if err != nil {
		return typed, types.StringValue(string(raw))
	}
	return typed, types.StringValue(indented)
}

// DefinitionText is the JSON form of d.
func DefinitionText(d *recipe.Definition) (string, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	return string(text), err
}

func nodeObject(n recipe.Node) types.Object {
	t := TypesOfDefinition()
	job, sub, condition := types.ObjectNull(t.job.AttrTypes), types.ObjectNull(t.recipe.AttrTypes),
		types.ObjectNull(t.condition.AttrTypes)
	if n.Job != nil {
		job = types.ObjectValueMust(t.job.AttrTypes, map[string]attr.Value{
			"name":     types.StringValue(n.Job.Name),
			"version":  types.StringValue(n.Job.Version),
			"revision": types.Int64Value(int64(n.Job.Revision)),
		})
	}
	if n.Recipe != nil {
		sub = types.ObjectValueMust(t.recipe.AttrTypes, map[string]attr.Value{
			"name":     types.StringValue(n.Recipe.Name),
			"revision": types.Int64Value(int64(n.Recipe.Revision)),
		})
	}
	if n.Condition != nil {
		condition = types.ObjectValueMust(t.condition.AttrTypes, map[string]attr.Value{
			"interface":   interfaceObject(n.Condition.Interface),
			"data_filter": dataFilterObject(n.Condition.DataFilter),
		})
	}
	dependencies := make(map[string]attr.Value, len(n.Dependencies))
	for name, acceptance := range n.Dependencies {
		dependencies[name] = types.BoolValue(acceptance)
	}
	input := make(map[string]attr.Value, len(n.Input))
	for name, c := range n.Input {
		v := map[string]attr.Value{
			"recipe_input": types.StringNull(),
			"node":         types.StringValue(c.Node),
			"output":       types.StringValue(c.Output),
		}
		if c.RecipeInput != "" {
			v = map[string]attr.Value{
				"recipe_input": types.StringValue(c.RecipeInput), "node": types.StringNull(), "output": types.StringNull(),
			}
		}
		input[name] = types.ObjectValueMust(t.connection.AttrTypes, v)
	}
	return types.ObjectValueMust(t.node.AttrTypes, map[string]attr.Value{
		"job": job, "recipe": sub, "condition": condition,
		"dependencies": types.MapValueMust(types.BoolType, dependencies),
		"input":        types.MapValueMust(t.connection, input),
	})
}

func interfaceObject(i recipe.Interface) types.Object {
	t := TypesOfDefinition()
	files := make(map[string]attr.Value, len(i.Files))
	for name, p := range i.Files {
		files[name] = types.ObjectValueMust(t.fileParam.AttrTypes, map[string]attr.Value{
			"media_types": StringList(p.MediaTypes),
			"required":    types.BoolValue(p.Required),
			"multiple":    types.BoolValue(p.Multiple),
		})
	}
	values := make(map[string]attr.Value, len(i.JSON))
	for name, p := range i.JSON {
		values[name] = types.ObjectValueMust(t.jsonParam.AttrTypes, map[string]attr.Value{
			"type":     types.StringValue(string(p.Type)),
			"required": types.BoolValue(p.Required),
		})
	}
	return types.ObjectValueMust(t.iface.AttrTypes, map[string]attr.Value{
		"files": types.MapValueMust(t.fileParam, files),
		"json":  types.MapValueMust(t.jsonParam, values),
	})
}

func dataFilterObject(f recipe.DataFilter) types.Object {
	t := TypesOfDefinition()
	filters := make([]attr.Value, 0, len(f.Filters))
	for _, s := range f.Filters {
		values := make([]string, 0, len(s.Values))
		for _, v := range s.Values {
			values = append(values, filterText(s.Type, v))
		}
		fields := types.ListNull(t.fields.ElemType)
		if len(s.Fields) > 0 {
			paths := make([]attr.Value, 0, len(s.Fields))
			for _, p := range s.Fields {
				paths = append(paths, StringList(p))
			}
			fields = types.ListValueMust(t.fields.ElemType, paths)
		}
		filters = append(filters, types.ObjectValueMust(t.filter.AttrTypes, map[string]attr.Value{
			"name":       types.StringValue(s.Name),
			"type":       types.StringValue(s.Type),
			"condition":  types.StringValue(s.Condition),
			"values":     StringList(values),
			"fields":     fields,
			"all_fields": types.BoolValue(s.AllFields),
			"all_files":  types.BoolValue(s.AllFiles),
		}))
	}
	return types.ObjectValueMust(t.dataFilter.AttrTypes, map[string]attr.Value{
		"all":     types.BoolValue(f.All),
		"filters": types.ListValueMust(t.filter, filters),
	})
}

// filterValue reads the text of a value by the type of its filter. Text that is
// no number stays text, which the rules for filters then report.
func filterValue(kind, text string) (any, error) {
	switch kind {
	case "integer", "number":
		if v, err := DecodeJSON([]byte(text)); err == nil {
			if n, ok := v.(json.Number); ok {
				return n, nil
			}
		}
		return text, nil
	case "boolean":
		switch text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return text, fmt.Errorf("found the text %q in a filter of type boolean, expected true or false", text)
	case "object", "meta-data", "array":
		v, err := DecodeJSON([]byte(text))
		if err != nil {
			return text, fmt.Errorf("found %q in a filter of type %s, expected JSON text, as jsonencode writes it: %w", text, kind, err)
		}
		return v, nil
	default:
		return text, nil
	}
}

// filterText is the inverse of filterValue.
func filterText(kind string, value any) string {
	if s, ok := value.(string); ok && kind != "object" && kind != "meta-data" && kind != "array" {
		return s
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value) // values come out of JSON
	}
	return string(raw)
}

// SameDefinition tells whether a and b mean the same.
func SameDefinition(a, b *recipe.Definition) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && SameJSON(x, y)
}

// DecodeJSON reads exactly one JSON value, numbers as json.Number.
func DecodeJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading JSON: something follows after its end")
	}
	return v, nil
}
