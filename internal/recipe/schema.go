package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of every JSON document that a Schema reads.
const (
	maxBytes  = 4 << 20 // size of the document
	maxDepth  = 100     // arrays and objects inside each other
	maxValues = 250_000 // values in it
)

// A Schema is a JSON Schema by which documents are read. What it reports is in
// the words of this package; what a pattern asks for is the "description" beside
// it. Any number of goroutines may use a Schema at the same time.
type Schema struct {
	raw      any                           // as it is written, to look up what a place allows
	fits     map[string]*fit               // by the name in $defs; "" is the schema itself
	compiled map[string]*jsonschema.Schema // the same, for the words about what does not fit

	// missing gives the code for a missing member, where that has one of its own,
	// by the place of the object in the schema; nil if there are none.
	missing func(schemaURL, member string) (Code, bool)
}

const schemaURL = "https://galley.invalid/schema.json"

// NewSchema compiles raw, a JSON Schema that is part of the program, with all of
// its $defs. It panics if raw is not valid, as any test would show.
func NewSchema(raw []byte) *Schema {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		panic(fmt.Errorf("reading schema: %w", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, value); err != nil {
		panic(fmt.Errorf("adding schema: %w", err))
	}
	s := &Schema{raw: value, fits: map[string]*fit{}, compiled: map[string]*jsonschema.Schema{"": c.MustCompile(schemaURL)}}
	fits := fitCompiler{schema: s, refs: map[string]*fit{}}
	s.fits[""] = fits.ref("#")
	defs, _ := member[map[string]any](value, "$defs")
	for def := range defs {
		s.fits[def], s.compiled[def] = fits.ref("#/$defs/"+def), c.MustCompile(schemaURL+"#/$defs/"+def)
	}
	return s
}

// Read decodes raw, numbers as json.Number, and checks it against def, the name
// of one of the schema's $defs, or the schema itself if def is "". The value is
// there even if it does not fit, for the checks that can still be made; it is nil
// if raw is not JSON, has a member of an object twice, or is beyond the limits (4 MiB,
// 100 levels, 250 000 values).
//
// The problems have the given code and are sorted by place, at most 201 with the
// last one counting the rest. Messages begin with the place, or with noun, the name
// of the document, if that is the root. The path of a missing member is that of
// its object.
func (s *Schema) Read(raw []byte, def, noun string, code Code) (any, Problems) {
	schema := s.compiled[def]
	value, err := decode(raw)
	if errors.Is(err, errEmpty) {
		least := ", at least {}"
		if len(schema.Required) > 0 {
			least = " with " + Quoted(schema.Required, "and")
		}
		err = fmt.Errorf("%w%s", err, least)
	}
	if err != nil {
		p := Problem{Code: code, Message: fmt.Sprintf("The %s %s", noun, err)}
		if twice, ok := errors.AsType[*duplicateError](err); ok {
			p.Path = twice.at
		}
		return nil, Problems{p}
	}
	if fits := *s.fits[def]; fits(value) {
		return value, nil
	}
	if err := schema.Validate(value); err != nil {
		c := schemaCheck{schema: s, noun: noun, code: code, value: value}
		return value, c.problems(err)
	}
	return value, nil
}

// WithoutBOM is a document without the byte order mark that some editors begin files with.
func WithoutBOM(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }

// Decode reads exactly one JSON value, numbers as json.Number, within the limits of a
// Schema. The text of an error goes on after the name of what was read: "is not valid
// JSON: ...".
func Decode(raw []byte) (any, error) { return decode(raw) }

// CheckText refuses NUL in the names and strings of a decoded JSON value: databases do
// not take it. The error is a clause about the document.
func CheckText(value any) error {
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return errors.New(`text with the NUL character \u0000 cannot be stored`)
		}
	case []any:
		for _, item := range v {
			if err := CheckText(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, item := range v {
			if err := errors.Join(CheckText(name), CheckText(item)); err != nil {
				return err
			}
		}
	}
	return nil
}

// errEmpty is the error of decode for a text without any value.
var errEmpty = errors.New("is empty; expected a JSON object")

// decode reads exactly one JSON value, numbers as json.Number, without a member that
// comes twice in its object. The text of an error goes on after the name of the document: "is not valid JSON: ...".
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
	if err := CheckDuplicates(raw, value); err != nil {
		return nil, err
	}
	return value, nil
}

func jsonError(raw []byte, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("is not valid JSON: %s: %w", lineAndColumn(raw, max(syntax.Offset-1, 0)), err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return errEmpty
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
