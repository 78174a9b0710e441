package recipe

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of every JSON document that this package reads.
const (
	maxBytes  = 4 << 20 // size of the document
	maxDepth  = 100     // arrays and objects inside each other
	maxValues = 250_000 // values in it
	maxNodes  = 1000    // nodes of a definition; schema.json has the same number
)

// A document is a kind of JSON document: how it is called in messages, where in
// schema.json it is described, and the code of its structural problems.
type document struct {
	noun, def string
	code      Code
	version   Code // code of a version that is neither "6" nor "7"
}

//go:embed schema.json
var schemaJSON []byte

const schemaURL = "https://galley.invalid/recipe/schema.json"

type schemas struct {
	raw      any // schema.json, to look up what a place allows
	compiled map[string]*jsonschema.Schema
}

// loadSchemas compiles schema.json, which is part of the program: it panics if
// that is not valid, as any test would show.
var loadSchemas = sync.OnceValue(func() schemas {
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(fmt.Errorf("reading schema.json: %w", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, raw); err != nil {
		panic(fmt.Errorf("adding schema.json: %w", err))
	}
	s := schemas{raw: raw, compiled: map[string]*jsonschema.Schema{}}
	for _, def := range []string{
		"definition", "interface", "data", "dataFilter", "configuration", "forcedNodes", "legacyDefinition", "legacyData",
	} {
		s.compiled[def] = c.MustCompile(schemaURL + "#/$defs/" + def)
	}
	return s
})

// read decodes raw and checks it against the document's schema. It returns the
// value even if it does not fit, for the checks that can still be made; nil if
// raw is not JSON.
func (doc document) read(raw []byte) (any, Problems) {
	value, err := decode(raw)
	if err != nil {
		return nil, Problems{{Code: doc.code, Message: fmt.Sprintf("The %s %s", doc.noun, err)}}
	}
	if err := loadSchemas().compiled[doc.def].Validate(value); err != nil {
		return value, doc.schemaProblems(value, err)
	}
	return value, nil
}

// badVersion reports the version of an object at the given place, if it states
// one that is neither "6" nor "7".
func (doc document) badVersion(value any, at Path) (Problem, bool) {
	members, _ := value.(map[string]any)
	v, stated := members["version"]
	if !stated || v == "6" || v == "7" {
		return Problem{}, false
	}
	found, isText := v.(string)
	if !isText {
		found = describe(v)
	}
	return Problem{Path: at.At("version"), Code: doc.version, Message: fmt.Sprintf(
		"%s is an unsupported version number; %s: expected the string \"7\" (or \"6\")",
		found, place(at.At("version"), doc.noun))}, true
}

// decode reads exactly one JSON value, numbers as json.Number. The text of an
// error goes on after the name of the document: "is not valid JSON: ...".
func decode(raw []byte) (any, error) {
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("has %d bytes; at most %d are allowed", len(raw), maxBytes)
	}
	depth, values := extent(raw)
	if depth > maxDepth {
		return nil, fmt.Errorf("has arrays and objects %d levels inside each other; at most %d levels are allowed", depth, maxDepth)
	}
	if values > maxValues {
		return nil, fmt.Errorf("has about %d values; at most %d are allowed", values, maxValues)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, jsonError(raw, err)
	}
	end := d.InputOffset()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("is not valid JSON: %s: something follows after its end", lineAndColumn(raw, end))
	}
	return value, nil
}

func jsonError(raw []byte, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("is not valid JSON: %s: %w", lineAndColumn(raw, max(syntax.Offset-1, 0)), err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return errors.New("is empty; expected a JSON object, at least {}")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("is not valid JSON: it ends too early; a bracket or a quote is not closed")
	}
	return fmt.Errorf("is not valid JSON: %w", err)
}

// lineAndColumn says where in raw an offset is: line and column, from 1.
func lineAndColumn(raw []byte, offset int64) string {
	before := raw[:min(offset, int64(len(raw)))]
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1,
		len(before)-bytes.LastIndexByte(before, '\n'))
}

// extent measures raw without decoding it: the depth of its brackets and about
// how many values there are.
func extent(raw []byte) (depth, values int) {
	open, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			open++
			values++
			depth = max(depth, open)
		case c == ']' || c == '}':
			open--
		case c == ',':
			values++
		}
	}
	return depth, values
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

// wholeNumber converts a JSON number that is written as an integer: 1.0, which
// a JSON Schema counts as one, is refused like in the original. The error says
// what was found; it is nil for values that the schema reports.
func wholeNumber(v any) (int64, error) {
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
