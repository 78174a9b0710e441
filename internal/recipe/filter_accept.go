package recipe

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// Accepts tells whether d passes. It follows the documentation where the
// original does not (contract 3.3):
//
//   - The data stand on the left: data < values[0].
//   - A filter fails if d does not have its parameter, or if the parameter is
//     files where it tests a JSON value or the reverse, or if values are missing.
//   - A filter on files tests each file for itself; one file has to pass, or with
//     AllFiles every one. A file that is not in files does not pass.
//   - The data types of a file pass if one of them does; for != and not in, if
//     all do.
//   - With fields, the i-th field is compared with the i-th value, or with its
//     elements if it is an array. A field that is not there does not pass.
func (f DataFilter) Accepts(d Data, files map[int64]File) bool {
	for _, single := range f.Filters {
		if single.accepts(d, files) != f.All {
			return !f.All
		}
	}
	return f.All || len(f.Filters) == 0
}

func (f Filter) accepts(d Data, files map[int64]File) bool {
	if !f.onFiles() {
		value, ok := d.JSON[f.Name]
		return ok && f.acceptsValue(value)
	}
	ids := d.Files[f.Name]
	if len(ids) == 0 {
		return false
	}
	passes := func(id int64) bool {
		file, known := files[id]
		return known && f.acceptsFile(file)
	}
	if f.AllFiles {
		return !slices.ContainsFunc(ids, func(id int64) bool { return !passes(id) })
	}
	return slices.ContainsFunc(ids, passes)
}

func (f Filter) acceptsFile(file File) bool {
	switch f.Type {
	case "filename":
		return f.compare(file.Name, f.Values)
	case "media-type":
		return f.compare(file.MediaType, f.Values)
	case "data-type":
		pass := func(tag string) bool { return f.compare(tag, f.Values) }
		if f.Condition == "!=" || f.Condition == "not in" {
			return !slices.ContainsFunc(file.DataTypes, func(tag string) bool { return !pass(tag) })
		}
		return slices.ContainsFunc(file.DataTypes, pass)
	default: // meta-data
		if file.Metadata == nil {
			return f.acceptsValue(map[string]any{})
		}
		return f.acceptsValue(file.Metadata)
	}
}

func (f Filter) acceptsValue(value any) bool {
	object := f.Type == "object" || f.Type == "meta-data"
	if !object || len(f.Fields) == 0 {
		return f.compare(value, f.Values)
	}
	for i, path := range f.Fields {
		if f.acceptsField(value, path, i) != f.AllFields {
			return !f.AllFields
		}
	}
	return f.AllFields
}

func (f Filter) acceptsField(value any, path []string, i int) bool {
	for _, step := range path {
		members, _ := value.(map[string]any)
		next, ok := members[step]
		if !ok {
			return false
		}
		value = next
	}
	if i >= len(f.Values) {
		return false
	}
	values, several := f.Values[i].([]any)
	if !several {
		values = f.Values[i : i+1]
	}
	return f.compare(value, values)
}

// compare applies the condition to one value.
func (f Filter) compare(data any, values []any) bool {
	if len(values) == 0 || f.Condition == "between" && len(values) < 2 {
		return false
	}
	ordered := func(i int, fits func(int) bool) bool {
		order, ok := compareValues(data, values[i])
		return ok && fits(order)
	}
	isData := func(value any) bool { return equal(data, value) }
	switch f.Condition {
	case "==":
		return equal(data, values[0])
	case "!=":
		return !equal(data, values[0])
	case "<":
		return ordered(0, func(o int) bool { return o < 0 })
	case "<=":
		return ordered(0, func(o int) bool { return o <= 0 })
	case ">":
		return ordered(0, func(o int) bool { return o > 0 })
	case ">=":
		return ordered(0, func(o int) bool { return o >= 0 })
	case "between":
		return ordered(0, func(o int) bool { return o >= 0 }) && ordered(1, func(o int) bool { return o <= 0 })
	case "in":
		return slices.ContainsFunc(values, isData)
	case "not in":
		return !slices.ContainsFunc(values, isData)
	case "contains":
		return slices.ContainsFunc(values, func(value any) bool { return contains(data, value) })
	case "subset of":
		return subset(data, values[0])
	case "superset of":
		return subset(values[0], data)
	default:
		return false
	}
}

// compareValues orders two numbers or two strings; nothing else has an order.
func compareValues(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case json.Number:
		if y, ok := b.(json.Number); ok {
			return newDecimal(x).compare(newDecimal(y)), true
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y), true
		}
	}
	return 0, false
}

// equal compares JSON values; numbers by what they mean, so that 1 equals 1.0.
func equal(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equal)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && len(x) == len(y) && subset(x, y)
	default:
		order, ok := compareValues(a, b)
		return ok && order == 0
	}
}

// subset tells whether both are objects and every member of a is in b too.
func subset(a, b any) bool {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok || !ok2 {
		return false
	}
	for name, value := range x {
		other, ok := y[name]
		if !ok || !equal(value, other) {
			return false
		}
	}
	return true
}

// contains tells whether value is a part of a string, an element of an array or
// the name of a member of an object.
func contains(data, value any) bool {
	switch x := data.(type) {
	case string:
		part, ok := value.(string)
		return ok && strings.Contains(x, part)
	case []any:
		return slices.ContainsFunc(x, func(element any) bool { return equal(element, value) })
	case map[string]any:
		name, ok := value.(string)
		_, has := x[name]
		return ok && has
	default:
		return false
	}
}
