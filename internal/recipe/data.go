package recipe

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Data are the values that flow into or out of a recipe or a node (contract
// 3.2). JSON values are nil, bool, string, json.Number, []any or map[string]any.
type Data struct {
	Files map[string][]int64 // ids of files by parameter name
	JSON  map[string]any     // values by parameter name
}

var dataDocument = jsonDocument{noun: "data", def: "data", code: InvalidData, version: InvalidVersion}

// ParseData reads the JSON form of data: {"files": {name: [id, ...]}, "json":
// {name: value}}. A list of files has at least one id, and a name is either a
// file or a JSON value (DUPLICATE_VALUE). It also reads the legacy version 1.0, a
// list "input_data". Data with problems is incomplete.
func ParseData(raw []byte) (Data, Problems) {
	d := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	value, structural := dataDocument.read(raw)
	if isLegacy(value) {
		return parseLegacyData(raw)
	}
	if p, bad := dataDocument.badVersion(value, nil); bad {
		return d, Problems{p}
	}
	var found findings
	found.include(0, structural)
	files, _ := member[map[string]any](value, "files")
	for name, list := range files {
		items, _ := list.([]any)
		ids := make([]int64, 0, len(items))
		for i, item := range items {
			id, err := WholeNumber(item)
			if err != nil {
				at := Path{"files", name, strconv.Itoa(i)}
				found.add(0, at, InvalidData, "%s: %s", at, err)
			}
			ids = append(ids, id)
		}
		d.Files[name] = ids
	}
	if values, ok := member[map[string]any](value, "json"); ok {
		d.JSON = values
	}
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		if _, twice := d.JSON[name]; twice {
			found.add(1, Path{"json", name}, DuplicateValue,
				"'%s' is given both in files and in json; keep the one that the interface asks for", name)
		}
	}
	return d, found.problems()
}

// WithoutNulls is d without the JSON values that are null. In a configuration, null is what
// an argument has that was left out; deeper inside of a value it stays.
func (d Data) WithoutNulls() Data {
	out := Data{Files: d.Files, JSON: maps.Clone(d.JSON)}
	maps.DeleteFunc(out.JSON, func(_ string, value any) bool { return value == nil })
	return out
}

// MarshalJSON writes the form that ParseData reads, always with both members.
func (d Data) MarshalJSON() ([]byte, error) {
	files := make(map[string][]int64, len(d.Files))
	for name, ids := range d.Files {
		if ids == nil {
			ids = []int64{}
		}
		files[name] = ids
	}
	values := d.JSON
	if values == nil {
		values = map[string]any{}
	}
	return json.Marshal(struct {
		Files map[string][]int64 `json:"files"`
		JSON  map[string]any     `json:"json"`
	}{files, values})
}

// UnmarshalJSON reads what MarshalJSON writes. Unlike ParseData it takes empty
// lists of files, which outputs can have, and does not look at versions.
func (d *Data) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	var wire struct {
		Files map[string][]int64 `json:"files"`
		JSON  json.RawMessage    `json:"json"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	out := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	maps.Copy(out.Files, wire.Files)
	if len(wire.JSON) > 0 {
		value, err := decode(wire.JSON)
		if err != nil {
			return &InvalidError{Problems{{Path: Path{"json"}, Code: InvalidData, Message: "The data " + err.Error()}}}
		}
		if values, ok := value.(map[string]any); ok {
			out.JSON = values
		}
	}
	*d = out
	return nil
}

// KindOf names the kind of a JSON value in a message.
func KindOf(v any) string {
	switch v.(type) {
	case bool:
		return "true or false"
	case string:
		return "text"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return "null"
	}
}
