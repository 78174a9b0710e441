package recipe

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

// A fit decides whether a decoded value fits a schema, as the library would, in a small part of
// its time: nearly every document fits, and only what does not needs words.
type fit func(value any) bool

// fitCompiler compiles each schema that is referred to once, as some refer to themselves.
type fitCompiler struct {
	schema *Schema
	refs   map[string]*fit
}

// ref is the fit of a schema of the same document, there when the whole is compiled.
func (c *fitCompiler) ref(reference string) *fit {
	if f, ok := c.refs[reference]; ok {
		return f
	}
	f := new(fit)
	c.refs[reference] = f
	*f = c.compile(c.schema.at(reference))
	return f
}

// compile panics at a keyword that it does not know: it would decide without it.
func (c *fitCompiler) compile(schema any) fit {
	if always, ok := schema.(bool); ok {
		return func(any) bool { return always }
	}
	keywords, ok := schema.(map[string]any)
	if !ok {
		panic(fmt.Errorf("schema: found %T, expected an object or true", schema))
	}
	var all []fit
	for keyword, want := range keywords {
		switch keyword {
		case "$schema", "$defs", "title", "description", // say nothing about a value
			"then", "else", // with "if"
			"properties", "required", "additionalProperties": // below, together
		case "$ref":
			target := c.ref(want.(string))
			all = append(all, func(value any) bool { return (*target)(value) })
		case "allOf":
			for _, one := range want.([]any) {
				all = append(all, c.compile(one))
			}
		case "if":
			all = append(all, c.choice(keywords))
		case "items":
			all = append(all, c.items(want))
		default:
			all = append(all, fitOf(keyword, want))
		}
	}
	if slices.ContainsFunc([]string{"properties", "required", "additionalProperties"}, func(keyword string) bool {
		_, has := keywords[keyword]
		return has
	}) {
		all = append(all, c.object(keywords))
	}
	if len(all) == 1 {
		return all[0]
	}
	return func(value any) bool {
		for _, f := range all {
			if !f(value) {
				return false
			}
		}
		return true
	}
}

func (c *fitCompiler) choice(keywords map[string]any) fit {
	branch := func(name string) fit {
		if schema, ok := keywords[name]; ok {
			return c.compile(schema)
		}
		return func(any) bool { return true }
	}
	is, then, otherwise := c.compile(keywords["if"]), branch("then"), branch("else")
	return func(value any) bool {
		if is(value) {
			return then(value)
		}
		return otherwise(value)
	}
}

func (c *fitCompiler) items(schema any) fit {
	item := c.compile(schema)
	return func(value any) bool {
		items, _ := value.([]any)
		for _, one := range items {
			if !item(one) {
				return false
			}
		}
		return true
	}
}

func (c *fitCompiler) object(keywords map[string]any) fit {
	known := map[string]fit{}
	properties, _ := keywords["properties"].(map[string]any)
	for name, schema := range properties {
		known[name] = c.compile(schema)
	}
	var required []string
	names, _ := keywords["required"].([]any)
	for _, name := range names {
		required = append(required, name.(string))
	}
	other := func(any) bool { return true }
	if schema, ok := keywords["additionalProperties"]; ok {
		other = c.compile(schema)
	}
	return func(value any) bool {
		members, ok := value.(map[string]any)
		if !ok {
			return true
		}
		for _, name := range required {
			if _, has := members[name]; !has {
				return false
			}
		}
		for name, one := range members {
			f, ok := known[name]
			if !ok {
				f = other
			}
			if !f(one) {
				return false
			}
		}
		return true
	}
}

// fitOf is the fit of a keyword that needs no other schema.
func fitOf(keyword string, want any) fit {
	switch keyword {
	case "type":
		var types []string
		switch w := want.(type) {
		case string:
			types = []string{w}
		case []any:
			for _, one := range w {
				types = append(types, one.(string))
			}
		}
		return func(value any) bool {
			return slices.ContainsFunc(types, func(name string) bool { return hasType(value, name) })
		}
	case "const":
		text := want.(string)
		return func(value any) bool { got, ok := value.(string); return ok && got == text }
	case "enum":
		var texts []string
		for _, one := range want.([]any) {
			texts = append(texts, one.(string))
		}
		return func(value any) bool { got, ok := value.(string); return ok && slices.Contains(texts, got) }
	case "pattern":
		pattern := regexp.MustCompile(want.(string))
		return func(value any) bool { got, ok := value.(string); return !ok || pattern.MatchString(got) }
	case "minLength":
		least := whole(want)
		return func(value any) bool { got, ok := value.(string); return !ok || utf8.RuneCountInString(got) >= least }
	case "maxLength":
		most := whole(want)
		return func(value any) bool { got, ok := value.(string); return !ok || utf8.RuneCountInString(got) <= most }
	case "minItems":
		least := whole(want)
		return func(value any) bool { got, ok := value.([]any); return !ok || len(got) >= least }
	case "maxProperties":
		most := whole(want)
		return func(value any) bool { got, ok := value.(map[string]any); return !ok || len(got) <= most }
	case "minimum":
		least := newDecimal(want.(json.Number))
		return func(value any) bool {
			got, ok := value.(json.Number)
			return !ok || newDecimal(got).compare(least) >= 0
		}
	case "maximum":
		most := newDecimal(want.(json.Number))
		return func(value any) bool { got, ok := value.(json.Number); return !ok || newDecimal(got).compare(most) <= 0 }
	}
	panic(fmt.Errorf("schema: nothing decides the keyword '%s' yet", keyword))
}

func hasType(value any, name string) bool {
	switch v := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	case json.Number:
		return name == "number" || name == "integer" && newDecimal(v).whole() // so 1.0 and 1e3 are integers
	}
	return false
}

// whole is a limit of a schema.
func whole(want any) int {
	n, err := want.(json.Number).Int64()
	if err != nil {
		panic(fmt.Errorf("schema: limit: %w", err))
	}
	return int(n)
}
