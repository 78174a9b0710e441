package form

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func (d *Draft) dataFilter(v any, at recipe.Path) map[string]any {
	a, ok := v.(map[string]any)
	if !ok {
		d.skip(at)
		return map[string]any{}
	}
	if document.IsUnknown(a["filters"]) {
		d.skip(at.At("filters"))
	}
	filters := []any{}
	list, _ := a["filters"].([]any)
	for i, f := range list {
		filters = append(filters, d.filter(f, at.At("filters", strconv.Itoa(i))))
	}
	return map[string]any{"all": d.flag(a["all"], at.At("all"), true), "filters": filters}
}

func (d *Draft) filter(v any, at recipe.Path) map[string]any {
	a, ok := v.(map[string]any)
	// Every rule for a filter depends on these.
	if !ok || document.IsUnknown(a["name"]) || document.IsUnknown(a["type"]) || document.IsUnknown(a["condition"]) {
		d.skip(at)
		return map[string]any{"name": "unknown", "type": "string", "condition": "==", "values": []any{""}}
	}
	kind, _ := a["type"].(string)
	out := map[string]any{
		"name":       a["name"],
		"type":       kind,
		"condition":  a["condition"],
		"values":     d.filterValues(a["values"], kind, at),
		"all_fields": d.flag(a["all_fields"], at.At("all_fields"), true),
		"all_files":  d.flag(a["all_files"], at.At("all_files"), false),
	}
	if document.IsUnknown(a["fields"]) {
		d.skip(at.At("fields"))
		d.skip(at.At("condition")) // with fields more conditions are allowed
	}
	if fields, ok := a["fields"].([]any); ok {
		list := []any{}
		for i, field := range fields {
			list = append(list, d.texts(field, at.At("fields", strconv.Itoa(i))))
		}
		out["fields"] = list
	}
	return out
}

func (d *Draft) filterValues(v any, kind string, at recipe.Path) []any {
	out := []any{}
	if document.IsUnknown(v) {
		d.skip(at.At("values"))
		d.skip(at.At("fields")) // one field for each value
		return out
	}
	list, _ := v.([]any)
	for i, e := range list {
		if document.IsUnknown(e) {
			d.skip(at.At("values"))
			out = append(out, json.Number("0"))
			continue
		}
		text, _ := e.(string)
		value, err := filterValue(kind, text)
		if err != nil {
			d.problem(d.place(at.At("values", strconv.Itoa(i))), "%s", err)
		}
		out = append(out, value)
	}
	return out
}

// filterValue reads the text of a value by the type of its filter. Text that is
// no number stays text, which the rules for filters then report.
func filterValue(kind, text string) (any, error) {
	switch kind {
	case "integer", "number":
		if v, err := recipe.Decode([]byte(text)); err == nil {
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
		v, err := recipe.Decode([]byte(text))
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
