package form

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func (d *Draft) iface(v any, at recipe.Path) map[string]any {
	files, values := []any{}, []any{}
	before := len(d.skippedPaths)
	if document.IsUnknown(v) {
		d.skip(at)
		d.skipCodes(recipe.UnknownInput)
	}
	if a, ok := v.(map[string]any); ok {
		params := d.elements(a["files"], at.At("files"))
		for i, name := range d.keys(params, at.At("files")) {
			files = append(files, d.fileParam(name, params[name], at.At("files", strconv.Itoa(i))))
		}
		params = d.elements(a["json"], at.At("json"))
		for i, name := range d.keys(params, at.At("json")) {
			values = append(values, d.jsonParam(name, params[name], at.At("json", strconv.Itoa(i))))
		}
		if document.IsUnknown(a["files"]) || document.IsUnknown(a["json"]) {
			d.skipCodes(recipe.UnknownInput)
		}
	}
	if len(d.skippedPaths) > before {
		d.skipCodes(connectionCodes[:]...)
	}
	return map[string]any{"files": files, "json": values}
}

// keys sorts the keys of a map that becomes an array of the document.
func (d *Draft) keys(params map[string]any, at recipe.Path) []string {
	names := slices.Sorted(maps.Keys(params))
	d.names[at.String()] = names
	return names
}

func (d *Draft) fileParam(name string, v any, at recipe.Path) map[string]any {
	out := map[string]any{"name": name, "media_types": []any{}, "required": true, "multiple": false}
	a, ok := v.(map[string]any)
	if !ok {
		d.skip(at)
		return out
	}
	out["media_types"] = d.texts(a["media_types"], at.At("media_types"))
	out["required"] = d.flag(a["required"], at.At("required"), true)
	out["multiple"] = d.flag(a["multiple"], at.At("multiple"), false)
	return out
}

func (d *Draft) jsonParam(name string, v any, at recipe.Path) map[string]any {
	out := map[string]any{"name": name, "type": "string", "required": true}
	a, ok := v.(map[string]any)
	if !ok {
		d.skip(at)
		return out
	}
	out["type"] = d.text(a["type"], at.At("type"), "string")
	out["required"] = d.flag(a["required"], at.At("required"), true)
	if a["default"] != nil {
		if value, ok := d.constant(a["default"], at.At("default")); ok {
			out["default"] = value
		}
	}
	return out
}

// constant reads a value that is written as JSON text; not ok if it is unknown or wrong.
func (d *Draft) constant(v any, at recipe.Path) (value any, ok bool) {
	if document.IsUnknown(v) {
		d.skip(at)
		return nil, false
	}
	text, _ := v.(string)
	value, err := recipe.Decode([]byte(text))
	if err != nil {
		d.problem(d.place(at), "found the text %s, expected a value as JSON, such as jsonencode(%s)", recipe.Describe(text), recipe.Describe(text))
		d.skippedPaths = append(d.skippedPaths, at)
		return nil, false
	}
	return value, true
}

func (d *Draft) node(name string, v any) map[string]any {
	at := recipe.Path{"nodes", name}
	out := map[string]any{
		"dependencies": []any{}, "input": map[string]any{},
		"node_type": map[string]any{
			"node_type": "job", "job_type_name": Placeholder, "job_type_version": Placeholder, "job_type_revision": 1,
		},
	}
	a, ok := v.(map[string]any)
	if !ok {
		d.skip(at)
		d.skipCodes(connectionCodes[:]...)
		return out
	}
	accepted := d.elements(a["dependencies"], at.At("dependencies"))
	if document.IsUnknown(a["dependencies"]) {
		d.skipCodes(recipe.NodeInterface) // any node may come before any other
	}
	list := []any{}
	for _, other := range slices.Sorted(maps.Keys(accepted)) {
		acceptance := d.flag(accepted[other], at.At("dependencies", other), true)
		list = append(list, map[string]any{"name": other, "acceptance": acceptance})
	}
	out["dependencies"] = list
	if nodeType := d.nodeType(name, a, at); nodeType != nil {
		out["node_type"] = nodeType
	}
	switch retry := a["retry"]; {
	case retry != nil && !document.Known(retry):
		d.skip(at.At("retry"))
	case retry != nil:
		out["retry"] = retry
	}
	switch timeout := a["timeout"]; {
	case document.IsUnknown(timeout):
		d.skip(at.At("timeout"))
	case timeout != nil:
		out["timeout"] = timeout
	}
	connections := map[string]any{}
	for input, c := range d.elements(a["input"], at.At("input")) {
		if connection := d.connection(c, at.At("input", input)); connection != nil {
			connections[input] = connection
		}
	}
	out["input"] = connections
	for _, name := range []string{"allow_failure", "any", "finally"} {
		if d.flag(a[name], at.At(name), false) {
			out[name] = true
		}
	}
	if document.IsUnknown(a["allow_failure"]) || document.IsUnknown(a["finally"]) {
		d.skipCodes(recipe.NodeInterface) // what is optional depends on it
	}
	if slices.ContainsFunc(d.skippedPaths, func(p recipe.Path) bool {
		return len(p) >= 3 && slices.Equal(p[:3], at.At("input"))
	}) {
		d.skippedPaths = append(d.skippedPaths, at.At("input")) // an input that seems to be missing may not be
	}
	return out
}

// nodeType reads the one of job, recipe and condition that is there; nil if that is not clear.
func (d *Draft) nodeType(name string, a map[string]any, at recipe.Path) map[string]any {
	var given []string
	for _, kind := range []string{"job", "recipe", "condition"} {
		if document.IsUnknown(a[kind]) {
			d.skip(at.At("node_type"))
			d.skipCodes(recipe.ConnectionInvalidNode)
			return nil
		}
		if a[kind] != nil {
			given = append(given, kind)
		}
	}
	if len(given) != 1 {
		d.problem(at, "Node '%s' is exactly one of job, recipe and condition; found %s", name, plain(given))
		d.skipCodes(recipe.ConnectionInvalidNode, recipe.NodeInterface)
		return nil
	}
	d.kinds[name] = given[0]
	at = at.At("node_type")
	part, _ := a[given[0]].(map[string]any)
	switch given[0] {
	case "job":
		return map[string]any{
			"node_type":         "job",
			"job_type_name":     d.text(part["name"], at.At("job_type_name"), Placeholder),
			"job_type_version":  d.text(part["version"], at.At("job_type_version"), Placeholder),
			"job_type_revision": d.revision(part, recipe.Path{"nodes", name, "job"}),
		}
	case "recipe":
		return map[string]any{
			"node_type":            "recipe",
			"recipe_type_name":     d.text(part["name"], at.At("recipe_type_name"), Placeholder),
			"recipe_type_revision": d.revision(part, recipe.Path{"nodes", name, "recipe"}),
		}
	default:
		return map[string]any{
			"node_type":   "condition",
			"interface":   d.iface(part["interface"], at.At("interface")),
			"data_filter": d.dataFilter(part["data_filter"], at.At("data_filter")),
		}
	}
}

// connection reads where an input comes from; nil if that is unknown or not clear.
func (d *Draft) connection(v any, at recipe.Path) map[string]any {
	a, ok := v.(map[string]any)
	if !ok || document.IsUnknown(a["recipe_input"]) || document.IsUnknown(a["node"]) || document.IsUnknown(a["output"]) ||
		document.IsUnknown(a["value"]) {
		d.skip(at)
		return nil
	}
	var given []string
	for _, name := range []string{"recipe_input", "node", "output", "value"} {
		if a[name] != nil {
			given = append(given, name)
		}
	}
	switch {
	case slices.Equal(given, []string{"recipe_input"}):
		return map[string]any{"type": "recipe", "input": a["recipe_input"]}
	case slices.Equal(given, []string{"node", "output"}):
		return map[string]any{"type": "dependency", "node": a["node"], "output": a["output"]}
	case slices.Equal(given, []string{"value"}):
		value, ok := d.constant(a["value"], at.At("value"))
		if !ok {
			d.skippedPaths = append(d.skippedPaths, at)
			return nil
		}
		return map[string]any{"type": "value", "value": value}
	}
	d.problem(at, "a connection is either { recipe_input } or { node, output } or { value }; found %s", plain(given))
	d.skippedPaths = append(d.skippedPaths, at)
	return nil
}

// plain lists names for a message: a, b and c.
func plain(names []string) string {
	switch n := len(names); n {
	case 0:
		return "none of them"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}
