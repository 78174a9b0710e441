package value

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// DefinitionReader turns a typed definition into the JSON document that it
// stands for (contract 2.1). Unknown values become harmless ones, and the reader
// remembers which findings about the document then mean nothing.
type DefinitionReader struct {
	Document     map[string]any
	Unknown      bool                 // something is unknown: the document is good for checks only
	Incomplete   bool                 // something beside revisions, which are LatestRevision then, is unknown
	Problems     recipe.Problems      // what the document cannot show
	names        map[string][]string  // of an array of the document, by its path: the keys of the map that it was
	kinds        map[string]string    // node name -> "job", "recipe" or "condition"
	skippedPaths []recipe.Path        // findings here and below are not to be reported
	skippedCodes map[recipe.Code]bool // nor any of these
}

// connectionCodes are the checks of how data flow, which need to know every
// interface and dependency on the way.
var connectionCodes = [...]recipe.Code{
	recipe.NodeInterface, recipe.MismatchedMediaTypes, recipe.MismatchedParamType, recipe.ParamRequired,
	recipe.NoMultipleFiles, recipe.MismatchedJSONType, recipe.UnmatchedFilter, recipe.MismatchedType,
}

// ReadDefinition reads a typed definition that is neither null nor unknown as a whole.
func ReadDefinition(definition types.Object) *DefinitionReader {
	r := &DefinitionReader{
		names:        map[string][]string{},
		kinds:        map[string]string{},
		skippedCodes: map[recipe.Code]bool{},
	}
	a := definition.Attributes()
	nodes := map[string]any{}
	for name, node := range r.elements(a["nodes"], recipe.Path{"nodes"}) {
		nodes[name] = r.node(name, node)
	}
	r.Document = map[string]any{"input": r.iface(a["input"], recipe.Path{"input"}), "nodes": nodes}
	if a["nodes"].IsUnknown() {
		r.skipCodes(recipe.UnknownNode)
	}
	return r
}

func (r *DefinitionReader) skip(at recipe.Path) {
	r.Unknown, r.Incomplete = true, true
	r.skippedPaths = append(r.skippedPaths, at)
}

func (r *DefinitionReader) skipCodes(codes ...recipe.Code) {
	for _, c := range codes {
		r.skippedCodes[c] = true
	}
}

// Reports tells whether a finding about the document is one about the definition.
func (r *DefinitionReader) Reports(p recipe.Problem) bool {
	if p.Warning && len(p.Path) == 4 && p.Path[2] == "dependencies" && r.kinds[p.Path[3]] == "" {
		return false // the other node may be a condition
	}
	return !r.skippedCodes[p.Code] && !slices.ContainsFunc(r.skippedPaths, func(at recipe.Path) bool {
		return len(p.Path) >= len(at) && slices.Equal(p.Path[:len(at)], at)
	})
}

func (r *DefinitionReader) problem(at recipe.Path, format string, args ...any) {
	r.Problems = append(r.Problems, recipe.Problem{
		Path: at, Code: recipe.InvalidDefinition, Message: fmt.Sprintf(format, args...),
	})
}

// elements returns the elements of a map; none if it is null or unknown. Null
// elements are reported and left out.
func (r *DefinitionReader) elements(v attr.Value, at recipe.Path) map[string]attr.Value {
	if v.IsUnknown() {
		r.skip(at)
		return nil
	}
	all := v.(types.Map).Elements()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name].IsNull() {
			r.problem(at.At(name), "the value is null; give it a value, or leave '%s' out", name)
			r.skippedPaths = append(r.skippedPaths, at.At(name))
			delete(all, name)
		}
	}
	return all
}

func (r *DefinitionReader) text(v attr.Value, at recipe.Path, placeholder string) string {
	if v.IsUnknown() {
		r.skip(at)
		return placeholder
	}
	return v.(types.String).ValueString()
}

func (r *DefinitionReader) boolean(v attr.Value, at recipe.Path, byDefault bool) bool {
	if v.IsUnknown() {
		r.skip(at)
	}
	if v.IsUnknown() || v.IsNull() {
		return byDefault
	}
	return v.(types.Bool).ValueBool()
}

// revision reads the number of a revision. One that is not known yet is the next one
// of its type, as the plan changes that.
func (r *DefinitionReader) revision(v attr.Value) int64 {
	if v.IsUnknown() {
		r.Unknown = true
		return recipe.LatestRevision
	}
	return v.(types.Int64).ValueInt64()
}

// placeholder stands for the name or version of a type that is not known. No type
// has it.
const placeholder = "?"

// IsPlaceholder tells whether a name stands for one that is not known yet.
func IsPlaceholder(name string) bool { return name == placeholder }

func (r *DefinitionReader) iface(v attr.Value, at recipe.Path) map[string]any {
	files, values := []any{}, []any{}
	out := map[string]any{"files": files, "json": values}
	before := len(r.skippedPaths)
	switch {
	case v.IsUnknown():
		r.skip(at)
		r.skipCodes(recipe.UnknownInput)
	case !v.IsNull():
		a := v.(types.Object).Attributes()
		for i, name := range r.keys(a["files"], at.At("files")) {
			param, here := a["files"].(types.Map).Elements()[name], at.At("files", strconv.Itoa(i))
			files = append(files, r.fileParam(name, param, here))
		}
		for i, name := range r.keys(a["json"], at.At("json")) {
			param, here := a["json"].(types.Map).Elements()[name], at.At("json", strconv.Itoa(i))
			values = append(values, r.jsonParam(name, param, here))
		}
		if a["files"].IsUnknown() || a["json"].IsUnknown() {
			r.skipCodes(recipe.UnknownInput)
		}
		out["files"], out["json"] = files, values
	}
	if len(r.skippedPaths) > before {
		r.skipCodes(connectionCodes[:]...)
	}
	return out
}

// keys sorts the keys of a map that becomes an array of the document.
func (r *DefinitionReader) keys(v attr.Value, at recipe.Path) []string {
	names := slices.Sorted(maps.Keys(r.elements(v, at)))
	r.names[at.String()] = names
	return names
}

func (r *DefinitionReader) fileParam(name string, v attr.Value, at recipe.Path) map[string]any {
	out := map[string]any{"name": name, "media_types": []any{}, "required": true, "multiple": false}
	if v.IsUnknown() {
		r.skip(at)
		return out
	}
	a := v.(types.Object).Attributes()
	out["media_types"] = r.texts(a["media_types"], at.At("media_types"))
	out["required"] = r.boolean(a["required"], at.At("required"), true)
	out["multiple"] = r.boolean(a["multiple"], at.At("multiple"), false)
	return out
}

func (r *DefinitionReader) jsonParam(name string, v attr.Value, at recipe.Path) map[string]any {
	out := map[string]any{"name": name, "type": "string", "required": true}
	if v.IsUnknown() {
		r.skip(at)
		return out
	}
	a := v.(types.Object).Attributes()
	out["type"] = r.text(a["type"], at.At("type"), "string")
	out["required"] = r.boolean(a["required"], at.At("required"), true)
	return out
}

// texts reads a list of strings.
func (r *DefinitionReader) texts(v attr.Value, at recipe.Path) []any {
	out := []any{}
	if v.IsUnknown() {
		r.skip(at)
		return out
	}
	for i, e := range v.(types.List).Elements() {
		here := at.At(strconv.Itoa(i))
		if e.IsNull() {
			r.problem(here, "the value is null; expected text")
		}
		out = append(out, r.text(e, here, "unknown"))
	}
	return out
}

func (r *DefinitionReader) node(name string, v attr.Value) map[string]any {
	at := recipe.Path{"nodes", name}
	out := map[string]any{
		"dependencies": []any{}, "input": map[string]any{},
		"node_type": map[string]any{
			"node_type": "job", "job_type_name": placeholder, "job_type_version": placeholder, "job_type_revision": 1,
		},
	}
	if v.IsUnknown() {
		r.skip(at)
		r.skipCodes(connectionCodes[:]...)
		return out
	}
	a := v.(types.Object).Attributes()
	if dependencies := a["dependencies"]; dependencies.IsUnknown() {
		r.skip(at.At("dependencies"))
		r.skipCodes(recipe.NodeInterface) // any node may come before any other
	} else {
		accepted := r.elements(dependencies, at.At("dependencies"))
		var list []any
		for _, other := range slices.Sorted(maps.Keys(accepted)) {
			acceptance := r.boolean(accepted[other], at.At("dependencies", other), true)
			list = append(list, map[string]any{"name": other, "acceptance": acceptance})
		}
		out["dependencies"] = append([]any{}, list...)
	}
	if nodeType := r.nodeType(name, a, at); nodeType != nil {
		out["node_type"] = nodeType
	}
	connections := map[string]any{}
	for input, c := range r.elements(a["input"], at.At("input")) {
		if connection := r.connection(c, at.At("input", input)); connection != nil {
			connections[input] = connection
		}
	}
	out["input"] = connections
	if slices.ContainsFunc(r.skippedPaths, func(p recipe.Path) bool {
		return len(p) >= 3 && slices.Equal(p[:3], at.At("input"))
	}) {
		r.skippedPaths = append(r.skippedPaths, at.At("input")) // an input that seems to be missing may not be
	}
	return out
}

// nodeType reads the one of job, recipe and condition that is there; nil if that is not clear.
func (r *DefinitionReader) nodeType(name string, a map[string]attr.Value, at recipe.Path) map[string]any {
	var given []string
	for _, kind := range []string{"job", "recipe", "condition"} {
		if a[kind].IsUnknown() {
			r.skip(at.At("node_type"))
			r.skipCodes(recipe.ConnectionInvalidNode)
			return nil
		}
		if !a[kind].IsNull() {
			given = append(given, kind)
		}
	}
	if len(given) != 1 {
		found := "none of them"
		if len(given) > 1 {
			found = JoinWords(given, "and")
		}
		r.problem(at, "Node '%s' is exactly one of job, recipe and condition; found %s", name, found)
		r.skipCodes(recipe.ConnectionInvalidNode, recipe.NodeInterface)
		return nil
	}
	r.kinds[name] = given[0]
	at = at.At("node_type")
	part := a[given[0]].(types.Object).Attributes()
	switch given[0] {
	case "job":
		return map[string]any{
			"node_type":         "job",
			"job_type_name":     r.text(part["name"], at.At("job_type_name"), placeholder),
			"job_type_version":  r.text(part["version"], at.At("job_type_version"), placeholder),
			"job_type_revision": r.revision(part["revision"]),
		}
	case "recipe":
		return map[string]any{
			"node_type":            "recipe",
			"recipe_type_name":     r.text(part["name"], at.At("recipe_type_name"), placeholder),
			"recipe_type_revision": r.revision(part["revision"]),
		}
	default:
		return map[string]any{
			"node_type":   "condition",
			"interface":   r.iface(part["interface"], at.At("interface")),
			"data_filter": r.dataFilter(part["data_filter"], at.At("data_filter")),
		}
	}
}

// connection reads where an input comes from; nil if that is unknown or not clear.
func (r *DefinitionReader) connection(v attr.Value, at recipe.Path) map[string]any {
	if v.IsUnknown() {
		r.skip(at)
		return nil
	}
	a := v.(types.Object).Attributes()
	input, node, output := a["recipe_input"], a["node"], a["output"]
	if input.IsUnknown() || node.IsUnknown() || output.IsUnknown() {
		r.skip(at)
		return nil
	}
	switch {
	case !input.IsNull() && node.IsNull() && output.IsNull():
		return map[string]any{"type": "recipe", "input": input.(types.String).ValueString()}
	case input.IsNull() && !node.IsNull() && !output.IsNull():
		return map[string]any{
			"type": "dependency", "node": node.(types.String).ValueString(), "output": output.(types.String).ValueString(),
		}
	}
	var given []string
	for _, name := range []string{"recipe_input", "node", "output"} {
		if !a[name].IsNull() {
			given = append(given, name)
		}
	}
	r.problem(at, "a connection is either { recipe_input } or { node, output }; found %s", JoinWords(given, "and"))
	r.skippedPaths = append(r.skippedPaths, at)
	return nil
}
