package recipe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Interface names the parameters that a recipe or a node takes or gives
// (contract 3.1). A name is in one of the two maps only.
type Interface struct {
	Files map[string]FileParam
	JSON  map[string]JSONParam
}

// FileParam is a parameter for files: one, or with Multiple any number.
type FileParam struct {
	MediaTypes []string // what it takes; a hint, other types only cause a warning
	Required   bool
	Multiple   bool
}

// JSONParam is a parameter for a JSON value.
type JSONParam struct {
	Type     JSONType
	Required bool
	Default  string // ours, of the inputs of recipes: the value where none is given, as JSON text; "": none
}

// hasToBeGiven tells whether there is nothing to take instead of a value that is not given.
func (p JSONParam) hasToBeGiven() bool { return p.Required && p.Default == "" }

// isAlwaysThere tells whether others can rely on a value.
func (p JSONParam) isAlwaysThere() bool { return p.Required || p.Default != "" }

// JSONType is the type of a JSON parameter, in the words of JSON Schema.
type JSONType string

// The types of JSON parameters.
const (
	ArrayType   JSONType = "array"
	BooleanType JSONType = "boolean"
	IntegerType JSONType = "integer"
	NumberType  JSONType = "number"
	ObjectType  JSONType = "object"
	StringType  JSONType = "string"
)

// isKnown tells whether there is such a type.
func (t JSONType) isKnown() bool {
	return slices.Contains([]JSONType{ArrayType, BooleanType, IntegerType, NumberType, ObjectType, StringType}, t)
}

var interfaceDocument = jsonDocument{noun: "interface", def: "interface", code: InvalidInterface, version: InvalidVersion}

// ParseInterface reads the JSON form of a recipe's input interface, with the
// defaults of contract 3.1: required true, multiple false, no media types. An
// interface with problems is incomplete.
func ParseInterface(raw []byte) (Interface, Problems) {
	value, structural := interfaceDocument.read(raw)
	var found findings
	if p, bad := interfaceDocument.badVersion(value, nil); bad {
		found = append(found, finding{stage: 0, Problem: p})
	}
	found.include(1, structural)
	i := readInterface(value, nil, 2, &found)
	return i, found.problems()
}

// readInterface takes what fits out of value. It adds names that come twice to
// found; the schema reports everything else.
func readInterface(value any, at Path, stage int, found *findings) Interface {
	out := Interface{Files: map[string]FileParam{}, JSON: map[string]JSONParam{}}
	seen := map[string]Path{}
	each := func(kind string, put func(name string, param any)) {
		params, _ := member[[]any](value, kind)
		for i, param := range params {
			name, ok := member[string](param, "name")
			if !ok {
				continue
			}
			here := at.At(kind, strconv.Itoa(i))
			if first, twice := seen[name]; twice {
				found.add(stage, here.At("name"), DuplicateInput,
					"%s: the name '%s' is taken by %s; every name of an interface, of files and of JSON, is used once",
					here, name, first)
				continue
			}
			seen[name] = here
			put(name, param)
		}
	}
	each("files", func(name string, param any) {
		p := FileParam{Required: memberOr(param, "required", true), Multiple: memberOr(param, "multiple", false)}
		types, _ := member[[]any](param, "media_types")
		for _, t := range types {
			if t, ok := t.(string); ok {
				p.MediaTypes = append(p.MediaTypes, t)
			}
		}
		out.Files[name] = p
	})
	each("json", func(name string, param any) {
		p := JSONParam{Type: JSONType(memberOr(param, "type", "")), Required: memberOr(param, "required", true)}
		members, _ := param.(map[string]any)
		if value, given := members["default"]; given {
			p.Default = constantText(value)
			if p.Type.isKnown() && !p.Type.Fits(value) {
				here := seen[name].At("default")
				found.add(stage, here, InvalidJSONType, "%s: found %s, expected %s", here, Describe(value), typeNames([]string{string(p.Type)}))
			}
		}
		out.JSON[name] = p
	})
	return out
}

// The JSON forms. Version is only written inside of conditions.
type (
	interfaceJSON struct {
		Version string          `json:"version,omitempty"`
		Files   []fileParamJSON `json:"files"`
		JSON    []jsonParamJSON `json:"json"`
	}
	fileParamJSON struct {
		Name       string   `json:"name"`
		MediaTypes []string `json:"media_types"`
		Required   bool     `json:"required"`
		Multiple   bool     `json:"multiple"`
	}
	jsonParamJSON struct {
		Name     string          `json:"name"`
		Type     JSONType        `json:"type"`
		Required bool            `json:"required"`
		Default  json.RawMessage `json:"default,omitempty"`
	}
)

func (i Interface) form() interfaceJSON {
	out := interfaceJSON{Files: []fileParamJSON{}, JSON: []jsonParamJSON{}}
	for _, name := range slices.Sorted(maps.Keys(i.Files)) {
		p := i.Files[name]
		out.Files = append(out.Files, fileParamJSON{name, append([]string{}, slices.Sorted(slices.Values(p.MediaTypes))...), p.Required, p.Multiple})
	}
	for _, name := range slices.Sorted(maps.Keys(i.JSON)) {
		p := i.JSON[name]
		out.JSON = append(out.JSON, jsonParamJSON{name, p.Type, p.Required, json.RawMessage(p.Default)})
	}
	return out
}

// MarshalJSON writes every member, sorted by name, and media types in one order, as
// theirs says nothing.
func (i Interface) MarshalJSON() ([]byte, error) { return json.Marshal(i.form()) }

// UnmarshalJSON reads what MarshalJSON writes. Unlike ParseInterface it takes
// any names, as interfaces of job types have digits in them.
func (i *Interface) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	value, err := decode(raw)
	if err != nil {
		return fmt.Errorf("reading interface: it %w", err)
	}
	var found findings
	*i = readInterface(value, nil, 0, &found)
	return found.problems().Err()
}

// names lists the parameters of i, sorted.
func (i Interface) names() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range i.Files {
			if !yield(name) {
				return
			}
		}
		for name := range i.JSON {
			if !yield(name) {
				return
			}
		}
	})
}

// has tells whether i has a parameter of that name.
func (i Interface) has(name string) bool {
	_, file := i.Files[name]
	_, value := i.JSON[name]
	return file || value
}
