package seed

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Bounds of a manifest and of the answer to a bad one.
const (
	maxBytes    = 1 << 20
	maxProblems = 200
)

//go:embed schema.json
var schemaJSON []byte

const schemaURL = "https://galley.invalid/seed/schema.json"

type schema struct {
	raw      any // schema.json, to look up what a place allows
	compiled *jsonschema.Schema
}

// loadSchema compiles schema.json, which is part of the program: it panics if
// that is not valid, as any test would show.
var loadSchema = sync.OnceValue(func() schema {
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(fmt.Errorf("reading schema.json: %w", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, raw); err != nil {
		panic(fmt.Errorf("adding schema.json: %w", err))
	}
	return schema{raw: raw, compiled: c.MustCompile(schemaURL)}
})

// checkSchema decodes raw and compares it with the schema. ok tells that raw is
// JSON, so that more can be said about it.
func checkSchema(raw []byte) (ps recipe.Problems, ok bool) {
	value, err := decode(raw)
	if err != nil {
		return recipe.Problems{{Code: JSONValidationError, Message: "The manifest " + err.Error()}}, false
	}
	err = loadSchema().compiled.Validate(value)
	if err == nil {
		return nil, true
	}
	root, isValidation := errors.AsType[*jsonschema.ValidationError](err)
	if !isValidation {
		return recipe.Problems{{Code: JSONValidationError, Message: fmt.Sprintf("The manifest cannot be checked: %s", err)}}, true
	}
	ps = leaves(value, root)
	slices.SortStableFunc(ps, func(a, b recipe.Problem) int {
		return cmp.Or(comparePaths(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	if more := len(ps) - maxProblems; more > 0 {
		ps = append(ps[:maxProblems], recipe.Problem{Code: JSONValidationError,
			Message: fmt.Sprintf("The manifest has %d more problems of this kind", more)})
	}
	return ps, true
}

func decode(raw []byte) (any, error) {
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("has %d bytes; at most %d are allowed", len(raw), maxBytes)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, errors.New("is empty; expected a JSON object with 'seedVersion' and 'job'")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		at := d.InputOffset()
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = max(syntax.Offset-1, 0)
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			at = int64(len(raw))
			err = errors.New("it ends too early; a bracket or a quote is not closed")
		}
		return nil, fmt.Errorf("is not valid JSON: %s: %w", position(raw, at), err)
	}
	end := d.InputOffset()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("is not valid JSON: %s: something follows after its end", position(raw, end))
	}
	return value, nil
}

func position(raw []byte, offset int64) string {
	before := raw[:min(offset, int64(len(raw)))]
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1,
		len(before)-bytes.LastIndexByte(before, '\n'))
}

// leaves turns the innermost errors of e into problems.
func leaves(root any, e *jsonschema.ValidationError) recipe.Problems {
	var ps recipe.Problems
	for _, c := range e.Causes {
		ps = append(ps, leaves(root, c)...)
	}
	if len(e.Causes) > 0 {
		return ps
	}
	at := recipe.Path(slices.Clone(e.InstanceLocation))
	found := describe(lookUp(root, at))
	add := func(at recipe.Path, format string, args ...any) {
		ps = append(ps, problem(at, JSONValidationError, format, args...))
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			add(at.At(name), "it is missing; a manifest needs it")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(at.At(name), "no such member; expected one of %s", strings.Join(members(e.SchemaURL), ", "))
		}
	case *kind.Type:
		add(at, "found %s, expected %s", found, strings.Join(k.Want, " or "))
	case *kind.Const:
		add(at, "found %s, expected %q", found, k.Want)
	case *kind.Enum:
		var want []string
		for _, w := range k.Want {
			want = append(want, fmt.Sprint(w))
		}
		add(at, "found %s, expected one of %s", found, strings.Join(want, ", "))
	case *kind.Pattern:
		add(at, "found %s, expected %s", found, described(e.SchemaURL))
	case *kind.MaxLength:
		add(at, "found %d characters, expected at most %d", k.Got, k.Want)
	case *kind.Minimum:
		add(at, "found %s, expected at least %s", found, k.Want.RatString())
	case *kind.Maximum:
		add(at, "found %s, expected at most %s", found, k.Want.RatString())
	default:
		add(at, "found %s, which does not fit (%s)", found, strings.Join(e.ErrorKind.KeywordPath(), "."))
	}
	return ps
}

// problem makes a problem whose message starts with its place.
func problem(at recipe.Path, code recipe.Code, format string, args ...any) recipe.Problem {
	where := "manifest"
	if len(at) > 0 {
		where = at.String()
	}
	return recipe.Problem{Path: at, Code: code, Message: where + ": " + fmt.Sprintf(format, args...)}
}

// members lists what the object schema at url describes, sorted.
func members(url string) []string {
	properties, _ := lookUp(schemaAt(url), recipe.Path{"properties"}).(map[string]any)
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// described is the description of the schema at url.
func described(url string) string {
	text, _ := lookUp(schemaAt(url), recipe.Path{"description"}).(string)
	return text
}

func schemaAt(url string) any {
	_, pointer, _ := strings.Cut(url, "#/")
	if pointer == "" {
		return loadSchema().raw
	}
	return lookUp(loadSchema().raw, strings.Split(pointer, "/"))
}

// lookUp follows at through arrays and objects; nil if it leads nowhere.
func lookUp(value any, at recipe.Path) any {
	for _, step := range at {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// describe says in a message what a JSON value is, shortened.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(shorten(v))
	case json.Number:
		return shorten(v.String())
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	case map[string]any:
		return fmt.Sprintf("an object with %d members", len(v))
	}
	return fmt.Sprint(value)
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// comparePaths orders positions of arrays by number and everything else by text.
func comparePaths(a, b recipe.Path) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		m, errM := strconv.Atoi(x)
		n, errN := strconv.Atoi(y)
		if errM == nil && errN == nil {
			return cmp.Compare(m, n)
		}
		return cmp.Compare(x, y)
	})
}
