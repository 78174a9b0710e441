package value

import (
	"encoding/json"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func (r *DefinitionReader) dataFilter(v attr.Value, at recipe.Path) map[string]any {
	if v.IsUnknown() {
		r.skip(at)
	}
	if v.IsUnknown() || v.IsNull() {
		return map[string]any{}
	}
	a := v.(types.Object).Attributes()
	filters := []any{}
	if a["filters"].IsUnknown() {
		r.skip(at.At("filters"))
	} else {
		for i, f := range a["filters"].(types.List).Elements() {
			here := at.At("filters", strconv.Itoa(i))
			switch {
			case f.IsUnknown():
				r.skip(here)
				filters = append(filters, map[string]any{"name": "unknown", "type": "string", "condition": "==", "values": []any{""}})
			case f.IsNull():
				r.problem(here, "the filter is null; expected an object with name, type, condition and values")
			default:
				filters = append(filters, r.filter(f.(types.Object).Attributes(), here))
			}
		}
	}
	return map[string]any{"all": r.boolean(a["all"], at.At("all"), true), "filters": filters}
}

func (r *DefinitionReader) filter(a map[string]attr.Value, at recipe.Path) map[string]any {
	for _, name := range []string{"name", "type", "condition"} {
		if a[name].IsUnknown() {
			r.skip(at) // every rule for a filter depends on these
			return map[string]any{"name": "unknown", "type": "string", "condition": "==", "values": []any{""}}
		}
	}
	kind := a["type"].(types.String).ValueString()
	out := map[string]any{
		"name":       a["name"].(types.String).ValueString(),
		"type":       kind,
		"condition":  a["condition"].(types.String).ValueString(),
		"values":     r.filterValues(a["values"], kind, at),
		"all_fields": r.boolean(a["all_fields"], at.At("all_fields"), true),
		"all_files":  r.boolean(a["all_files"], at.At("all_files"), false),
	}
	fields := a["fields"]
	if fields.IsUnknown() {
		r.skip(at.At("fields"))
		r.skip(at.At("condition")) // with fields more conditions are allowed
	} else if !fields.IsNull() {
		list := []any{}
		for i, field := range fields.(types.List).Elements() {
			if field.IsNull() {
				r.problem(at.At("fields", strconv.Itoa(i)), "the path is null; expected a list of keys")
				continue
			}
			list = append(list, r.texts(field, at.At("fields", strconv.Itoa(i))))
		}
		out["fields"] = list
	}
	return out
}

func (r *DefinitionReader) filterValues(v attr.Value, kind string, at recipe.Path) []any {
	out := []any{}
	if v.IsUnknown() {
		r.skip(at.At("values"))
		r.skip(at.At("fields")) // one field for each value
		return out
	}
	for i, e := range v.(types.List).Elements() {
		here := at.At("values", strconv.Itoa(i))
		switch {
		case e.IsUnknown():
			r.skip(at.At("values"))
			out = append(out, json.Number("0"))
		case e.IsNull():
			r.problem(here, "the value is null; expected text that is read as %s", kind)
			out = append(out, json.Number("0"))
		default:
			value, err := filterValue(kind, e.(types.String).ValueString())
			if err != nil {
				r.problem(here, "%s", err)
			}
			out = append(out, value)
		}
	}
	return out
}
