package recipe

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

const maxNodes = 1000 // of a definition; schema.json has the same number

// A jsonDocument is a kind of JSON document: how it is called in messages, where in
// schema.json it is described, and the code of its structural problems.
type jsonDocument struct {
	noun, def string
	code      Code
	version   Code // code of a version that is neither "6" nor "7"

	oldVersion string // another version, which is the same as "6"; "": none
}

//go:embed schema.json
var schemaJSON []byte

var loadSchema = sync.OnceValue(func() *Schema {
	s := NewSchema(schemaJSON)
	s.missing = missingInFilter
	return s
})

// read is Schema.Read for this kind of document.
func (doc jsonDocument) read(raw []byte) (any, Problems) {
	return loadSchema().Read(raw, doc.def, doc.noun, doc.code)
}

// missingInFilter gives the code for a missing member of a single data filter
// (contract 3.3).
func missingInFilter(schemaURL, member string) (Code, bool) {
	if !strings.HasSuffix(schemaURL, "#/$defs/dataFilter/properties/filters/items") {
		return "", false
	}
	code, ok := map[string]Code{
		"name": MissingName, "type": MissingType, "condition": MissingCondition, "values": MissingValues,
	}[member]
	return code, ok
}

// badVersion reports the version of an object at the given place, if it states
// one that is neither "6" nor "7".
func (doc jsonDocument) badVersion(value any, at Path) (Problem, bool) {
	members, _ := value.(map[string]any)
	v, stated := members["version"]
	if !stated || v == "6" || v == "7" || doc.oldVersion != "" && v == doc.oldVersion {
		return Problem{}, false
	}
	found, isText := v.(string)
	if !isText {
		found = Describe(v)
	}
	return Problem{Path: at.At("version"), Code: doc.version, Message: fmt.Sprintf(
		"%s is an unsupported version number; %s: expected the string \"7\" (or \"6\")",
		found, place(at.At("version"), doc.noun))}, true
}

// isNull tells whether raw is null, which every json.Unmarshaler takes for nothing to do.
func isNull(raw []byte) bool { return string(bytes.TrimSpace(raw)) == "null" }

// member returns a member of value if value is an object that has it as a T.
func member[T any](value any, name string) (T, bool) {
	members, _ := value.(map[string]any)
	v, ok := members[name].(T)
	return v, ok
}

// memberOr is member with a value for when there is none.
func memberOr[T any](value any, name string, otherwise T) T {
	if v, ok := member[T](value, name); ok {
		return v
	}
	return otherwise
}

// WholeNumber converts a JSON number that is written as an integer: 1.0, which
// a JSON Schema counts as one, is refused like in the original. The error says
// what was found; it is nil for values that the schema reports.
func WholeNumber(v any) (int64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, nil
	}
	if !newDecimal(n).whole() {
		return 0, nil
	}
	if strings.ContainsAny(n.String(), ".eE") {
		return 0, fmt.Errorf("found %s, expected an integer without fraction or exponent", n)
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("found %s, expected an integer between %d and %d", n, int64(math.MinInt64), int64(math.MaxInt64))
	}
	return i, nil
}
