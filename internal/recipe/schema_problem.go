package recipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxSchemaProblems bounds what the schema alone has to say.
const maxSchemaProblems = 200

// A schemaCheck turns what a Schema has to say about a value into problems.
type schemaCheck struct {
	schema *Schema
	noun   string // the name of the document
	code   Code
	value  any

	found findings
	more  int // leaves that are left out
}

// problems are the leaves of a schema error, in the words of this package.
func (c *schemaCheck) problems(err error) Problems {
	root, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return Problems{{Code: c.code, Message: fmt.Sprintf("The %s cannot be checked: %s", c.noun, err)}}
	}
	c.walk(root)
	ps := c.found.problems()
	if c.more += len(ps) - maxSchemaProblems; c.more > 0 {
		ps = append(ps[:min(len(ps), maxSchemaProblems)], Problem{Code: c.code,
			Message: fmt.Sprintf("The %s has %d more problems of this kind", c.noun, c.more)})
	}
	return ps
}

func (c *schemaCheck) walk(e *jsonschema.ValidationError) {
	for _, cause := range e.Causes {
		c.walk(cause)
	}
	switch {
	case len(e.Causes) > 0:
	case len(c.found) < 5*maxSchemaProblems:
		c.leaf(e)
	default:
		c.more++
	}
}

func (c *schemaCheck) leaf(e *jsonschema.ValidationError) {
	at := Path(slices.Clone(e.InstanceLocation))
	where, found := place(at, c.noun), Describe(lookUp(c.value, at))
	add := func(at Path, code Code, format string, args ...any) {
		c.found.add(0, at, code, "%s: %s", where, fmt.Sprintf(format, args...))
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		add(at, c.code, "found %s, expected %s", found, typeNames(k.Want))
	case *kind.Required:
		for _, name := range k.Missing {
			add(at, c.missingCode(e.SchemaURL, name), "'%s' is missing; it is required", name)
		}
	case *kind.AdditionalProperties:
		allowed := c.schema.members(e.SchemaURL)
		for _, name := range k.Properties {
			add(at.At(name), c.code, "'%s' is not known here%s; expected only %s",
				Shorten(name), c.found.didYouMean(name, allowed), Quoted(allowed, "and"))
		}
	case *kind.Const:
		add(at, c.code, "found %s, expected %s", found, Describe(k.Want))
	case *kind.Enum:
		var want []string
		for _, w := range k.Want {
			want = append(want, fmt.Sprint(w))
		}
		hint := ""
		if got, ok := k.Got.(string); ok {
			hint = c.found.didYouMean(got, want)
		}
		add(at, c.code, "found %s, expected %s%s", found, Quoted(want, "or"), hint)
	case *kind.Pattern:
		want, ok := member[string](c.schema.at(e.SchemaURL), "description")
		if !ok {
			want = "a string that matches " + k.Want
		}
		add(at, c.code, "found %s, expected %s", found, want)
	case *kind.MaxLength:
		add(at, c.code, "found %d characters, at most %d are allowed", k.Got, k.Want)
	case *kind.Minimum:
		add(at, c.code, "found %s, expected at least %s", found, k.Want.RatString())
	case *kind.Maximum:
		add(at, c.code, "found %s, expected at most %s", found, k.Want.RatString())
	case *kind.MinItems:
		add(at, c.code, "found an array of %d, expected at least %d", k.Got, k.Want)
	case *kind.MaxProperties:
		add(at, c.code, "found %d members, at most %d are allowed", k.Got, k.Want)
	default:
		add(at, c.code, "found %s, which does not fit (%s)", found, strings.Join(k.KeywordPath(), "."))
	}
}

func (c *schemaCheck) missingCode(schemaURL, member string) Code {
	if c.schema.missing != nil {
		if code, ok := c.schema.missing(schemaURL, member); ok {
			return code
		}
	}
	return c.code
}

// at is the part of the schema that url points to.
func (s *Schema) at(url string) any {
	_, pointer, inside := strings.Cut(url, "#/")
	if !inside {
		return s.raw
	}
	return lookUp(s.raw, strings.Split(pointer, "/"))
}

// members lists the members that the object schema at url describes, sorted.
func (s *Schema) members(url string) []string {
	properties, _ := member[map[string]any](s.at(url), "properties")
	return slices.Sorted(maps.Keys(properties))
}

// lookUp follows at through arrays and objects; nil if it leads nowhere.
func lookUp(value any, at Path) any {
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

func typeNames(want []string) string {
	names := make([]string, len(want))
	for i, w := range want {
		names[i] = "a " + w
		if strings.ContainsRune("aeiou", rune(w[0])) {
			names[i] = "an " + w
		}
	}
	return strings.Join(names, " or ")
}

// Describe says in a message what a JSON value is, shortened.
func Describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + Shorten(v.String())
	case string:
		return "the string " + strconv.Quote(Shorten(v))
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	case map[string]any:
		if len(v) == 0 {
			return "an empty object"
		}
		keys := slices.Sorted(maps.Keys(v))
		return fmt.Sprintf("an object with '%s'", Shorten(strings.Join(keys, "', '")))
	default:
		return fmt.Sprintf("a value of Go type %T", v)
	}
}

// Shorten cuts text that is quoted in a message to 60 characters and "...".
func Shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
