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

// schemaProblems turns the leaves of a schema error into problems, in the words
// of this package.
func (doc document) schemaProblems(value any, err error) Problems {
	root, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return Problems{{Code: doc.code, Message: fmt.Sprintf("The %s cannot be checked: %s", doc.noun, err)}}
	}
	var found findings
	more := 0
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, c := range e.Causes {
			walk(c)
		}
		switch {
		case len(e.Causes) > 0:
		case len(found) < 5*maxSchemaProblems:
			doc.leaf(&found, value, e)
		default:
			more++
		}
	}
	walk(root)
	ps := found.problems()
	if more += len(ps) - maxSchemaProblems; more > 0 {
		ps = append(ps[:min(len(ps), maxSchemaProblems)], Problem{Code: doc.code,
			Message: fmt.Sprintf("The %s has %d more problems of this kind", doc.noun, more)})
	}
	return ps
}

func (doc document) leaf(found *findings, root any, e *jsonschema.ValidationError) {
	at := Path(slices.Clone(e.InstanceLocation))
	where := place(at, doc.noun)
	add := func(at Path, format string, args ...any) {
		found.add(0, at, doc.code, "%s: %s", where, fmt.Sprintf(format, args...))
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		add(at, "found %s, expected %s", describe(lookUp(root, at)), typeNames(k.Want))
	case *kind.Required:
		for _, name := range k.Missing {
			f := finding{Problem: Problem{Path: at, Code: doc.code,
				Message: fmt.Sprintf("%s: '%s' is missing; it is required", where, name)}}
			if code, ok := missingInFilter(e.SchemaURL, name); ok {
				f.Code = code
			}
			*found = append(*found, f)
		}
	case *kind.AdditionalProperties:
		allowed := allowedMembers(e.SchemaURL)
		for _, name := range k.Properties {
			add(at.At(name), "'%s' is not known here%s; expected only %s",
				shorten(name), found.didYouMean(name, allowed), quoted(allowed, "and"))
		}
	case *kind.Enum:
		var want []string
		for _, w := range k.Want {
			want = append(want, fmt.Sprint(w))
		}
		hint := ""
		if got, ok := k.Got.(string); ok {
			hint = found.didYouMean(got, want)
		}
		add(at, "found %s, expected %s%s", describe(k.Got), quoted(want, "or"), hint)
	case *kind.Pattern:
		add(at, "found %s, expected a name of letters, '_' and '-' only (no digits, no spaces, not empty)", describe(k.Got))
	case *kind.MinItems:
		add(at, "found an array of %d, expected at least %d", k.Got, k.Want)
	case *kind.MaxProperties:
		add(at, "found %d members, at most %d are allowed", k.Got, k.Want)
	default:
		add(at, "found %s, which does not fit (%s)", describe(lookUp(root, at)), strings.Join(k.KeywordPath(), "."))
	}
}

// missingInFilter gives the code for a missing member of a single data filter
// (contract 3.3).
func missingInFilter(schema, name string) (Code, bool) {
	if !strings.HasSuffix(schema, "#/$defs/dataFilter/properties/filters/items") {
		return "", false
	}
	code, ok := map[string]Code{
		"name": MissingName, "type": MissingType, "condition": MissingCondition, "values": MissingValues,
	}[name]
	return code, ok
}

// allowedMembers lists the members that the object schema at url describes.
func allowedMembers(url string) []string {
	_, pointer, _ := strings.Cut(url, "#/")
	node := lookUp(loadSchemas().raw, strings.Split(pointer, "/"))
	properties, _ := member[map[string]any](node, "properties")
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

// describe says in a message what a JSON value is, shortened.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + shorten(v.String())
	case string:
		return "the string " + strconv.Quote(shorten(v))
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	case map[string]any:
		if len(v) == 0 {
			return "an empty object"
		}
		keys := slices.Sorted(maps.Keys(v))
		return fmt.Sprintf("an object with '%s'", shorten(strings.Join(keys, "', '")))
	default:
		return fmt.Sprintf("a value of Go type %T", v)
	}
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
