package order

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Limits of references.
const (
	maxChain = 50 // variables that refer to each other in a row
	maxDepth = 90 // levels of a value: recipe data with it must stay readable
)

var (
	// expression is whatever stands between {{ and the next }} that is not in quotes.
	expression = regexp.MustCompile(`\{\{(\s*"[^"]*"\s*|\s*'[^']*'\s*|.*?)\}\}`)
	quoted     = regexp.MustCompile(`^\s*(?:"([^"]*)"|'([^']*)')\s*$`)
	reference  = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*)\s*$`)
)

// resolved is a value without references.
type resolved struct {
	value any
	dimension
}

// resolver replaces references by what they refer to, each variable once.
type resolver struct {
	raw      Variables
	done     map[string]resolved
	open     []string // variables whose references are being resolved
	partial  bool     // there may be other variables, and other values of these
	problems recipe.Problems
}

func (r *resolver) fail(at recipe.Path, code recipe.Code, format string, args ...any) {
	const most = 100
	if len(r.problems) < most {
		r.problems = append(r.problems, problem(at, code, format, args...))
	}
}

func (r *resolver) variable(name string) resolved {
	if v, ok := r.done[name]; ok {
		return v
	}
	if raw := r.raw[name]; !refers(raw) {
		v := resolved{raw, extent(raw)}
		r.done[name] = v
		return v
	}
	r.open = append(r.open, name)
	v := r.value(recipe.Path{name}, r.raw[name])
	r.open = r.open[:len(r.open)-1]
	if v.size > maxValue || v.depth > maxDepth {
		r.fail(recipe.Path{name}, TooLarge, "with its references the value has %d bytes and %d levels; at most %d bytes and %d levels are allowed",
			v.size, v.depth, maxValue, maxDepth)
		v = resolved{Mask, extent(Mask)} // what refers to it must not grow further
	}
	r.done[name] = v
	return v
}

// marks begin what templates of other tools take for theirs. Texts have them only as
// text: within quotes between braces.
var marks = []string{"{{", "{%", "#{"}

// marked is the first of marks in a text; "" if it has none.
func marked(text string) string {
	for _, mark := range marks {
		if strings.Contains(text, mark) {
			return mark
		}
	}
	return ""
}

// refers tells whether there is a reference, or what looks like one, in a value.
func refers(value any) bool {
	switch v := value.(type) {
	case string:
		return marked(v) != ""
	case []any:
		return slices.ContainsFunc(v, refers)
	case map[string]any:
		for _, member := range v {
			if refers(member) {
				return true
			}
		}
	}
	return false
}

// value resolves a value.
func (r *resolver) value(at recipe.Path, value any) resolved {
	switch v := value.(type) {
	case string:
		return r.text(at, v)
	case []any:
		out := resolved{dimension: dimension{size: 1}}
		items := slices.Clone(v)
		for i, item := range v {
			inner := r.value(at.At(strconv.Itoa(i)), item)
			items[i] = inner.value
			out.hold(inner.dimension)
		}
		out.value = items
		return out
	case map[string]any:
		out := resolved{dimension: dimension{size: 1}}
		members := make(map[string]any, len(v))
		for _, name := range sorted(v) {
			inner := r.value(at.At(name), v[name])
			members[name] = inner.value
			out.hold(inner.dimension)
			out.size += len(name) + 3
		}
		out.value = members
		return out
	default:
		return resolved{v, extent(v)}
	}
}

func (r *resolver) text(at recipe.Path, text string) resolved {
	if marked(text) == "" {
		return resolved{text, extent(text)}
	}
	found := expression.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 1 && found[0][0] == 0 && found[0][1] == len(text) {
		return r.follow(at, text[found[0][2]:found[0][3]])
	}
	var out strings.Builder
	end := 0
	for _, f := range found {
		r.plain(at, text[end:f[0]])
		out.WriteString(text[end:f[0]])
		v := r.follow(at, text[f[2]:f[3]])
		if out.Len()+v.size > maxValue {
			r.fail(at, TooLarge, "with its references the text has more than %d bytes", maxValue)
			return resolved{text, extent(text)}
		}
		out.WriteString(textOf(v.value))
		end = f[1]
	}
	r.plain(at, text[end:])
	out.WriteString(text[end:])
	return resolved{out.String(), extent(out.String())}
}

// plain refuses what looks like an expression outside of one.
func (r *resolver) plain(at recipe.Path, text string) {
	if mark := marked(text); mark != "" {
		r.fail(at, UnknownVariable, "found '%s' without an expression that is understood, such as {{DT}}; to have it as text, write {{'%s'}}", mark, mark)
	}
}

// follow is what a reference refers to.
func (r *resolver) follow(at recipe.Path, inside string) resolved {
	nothing := resolved{"{{" + inside + "}}", dimension{size: len(inside) + 6}}
	if text := quoted.FindStringSubmatch(inside); text != nil {
		written := text[1] + text[2]
		return resolved{written, extent(written)}
	}
	m := reference.FindStringSubmatch(inside)
	if m == nil {
		r.fail(at, UnknownVariable, "found '{{%s}}', expected the name of a variable between the braces, such as {{DT}} or {{target.schema}}, "+
			"or a text in quotes; other expressions are not understood. To have the braces themselves as text, write {{'{{'}} and {{'}}'}}",
			recipe.Shorten(inside))
		return nothing
	}
	steps := strings.Split(m[1], ".")
	name := steps[0]
	switch _, known := r.raw[name]; {
	case !known && r.partial:
		return nothing
	case !known:
		r.fail(at, UnknownVariable, "there is no variable '%s'%s", recipe.Shorten(name), recipe.DidYouMean(name, sorted(r.raw)))
		return nothing
	case slices.Contains(r.open, name):
		circle := slices.Concat(r.open[slices.Index(r.open, name):], []string{name})
		r.fail(at, CircularReference, "the reference goes in a circle: %s", strings.Join(circle, " -> "))
		return nothing
	case len(r.open) >= maxChain:
		r.fail(at, TooLarge, "more than %d variables refer to each other in a row", maxChain)
		return nothing
	}
	v := r.variable(name)
	for i, step := range steps[1:] {
		members, _ := v.value.(map[string]any)
		inner, ok := members[step]
		if !ok && r.partial {
			return nothing
		}
		if !ok {
			r.fail(at, UnknownVariable, "'%s' has no member '%s'", recipe.Shorten(strings.Join(steps[:i+1], ".")), recipe.Shorten(step))
			return nothing
		}
		v = resolved{inner, extent(inner)}
	}
	return v
}

// textOf writes a value into a text: a text as it is, anything else as JSON.
func textOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	raw, err := json.Marshal(value)
	if err != nil { // no value of Variables is of a type that cannot be written
		return ""
	}
	return string(raw)
}
