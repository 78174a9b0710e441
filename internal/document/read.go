package document

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

type unknown struct{}

// String is how it reads in a message.
func (unknown) String() string { return "a value that is not known yet" }

// Unknown stands for a value that is not known yet.
var Unknown any = unknown{}

// IsUnknown tells whether v itself is not known; parts of an object may be.
func IsUnknown(v any) bool {
	_, is := v.(unknown)
	return is
}

// Known tells whether v and all of its parts are known.
func Known(v any) bool {
	switch v := v.(type) {
	case unknown:
		return false
	case map[string]any:
		for _, m := range v {
			if !Known(m) {
				return false
			}
		}
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !Known(e) })
	}
	return true
}

// Read returns the document that v is, and what is wrong with it: names that no object
// has, values of another kind, required members that are missing, elements that are null.
//
// In the document every value is of the kind of its shape, every default is filled in, and
// members without one that are left out or null are not there. What is wrong is Unknown
// there, and so is a member that a misspelt name may have meant: nothing else can be said
// of it.
func (s Shape) Read(v any) (any, []Problem) {
	r := reader{}
	return r.value(s, v, nil), r.problems
}

type reader struct{ problems []Problem }

func (r *reader) problem(at Path, format string, args ...any) any {
	r.problems = append(r.problems, Problem{Path: at, Message: fmt.Sprintf(format, args...)})
	return Unknown
}

func (r *reader) wrong(s Shape, v any, at Path) any {
	return r.problem(at, "found %s, expected %s", describe(v), s.Expected())
}

func (r *reader) value(s Shape, v any, at Path) any {
	if IsUnknown(v) || s.Kind == Any {
		return v
	}
	switch s.Kind {
	case Object:
		return r.object(s, v, at)
	case Map:
		members, ok := v.(map[string]any)
		if !ok {
			return r.wrong(s, v, at)
		}
		out := make(map[string]any, len(members))
		for _, name := range sortedKeys(members) {
			here := at.At(name)
			if members[name] == nil && s.Element.Kind != Any {
				out[name] = r.problem(here, "the value is null; give it a value, or leave '%s' out", name)
				continue
			}
			out[name] = r.value(*s.Element, members[name], here)
		}
		return out
	case List, Set:
		elements, ok := v.([]any)
		if !ok {
			return r.wrong(s, v, at)
		}
		out := make([]any, 0, len(elements))
		for i, e := range elements {
			here := at.At(strconv.Itoa(i))
			if e == nil && s.Element.Kind != Any {
				out = append(out, r.problem(here, "the value is null; expected %s", s.Element.Expected()))
				continue
			}
			out = append(out, r.value(*s.Element, e, here))
		}
		if s.Kind == Set {
			out = distinct(out)
		}
		return out
	case Either:
		if _, isObject := v.(map[string]any); isObject {
			return r.value(*s.Element, v, at)
		}
		if id, ok := convert(Integer, v); ok {
			return id
		}
		return r.wrong(s, v, at)
	default:
		if simple, ok := convert(s.Kind, v); ok {
			return simple
		}
		return r.wrong(s, v, at)
	}
}

func (r *reader) object(s Shape, v any, at Path) any {
	members, ok := v.(map[string]any)
	if !ok {
		return r.wrong(s, v, at)
	}
	meant := r.names(s, members, at)
	out := make(map[string]any, len(s.Members))
	for _, m := range s.Members {
		given, here := members[m.Name], at.At(m.Name)
		switch {
		case given == nil && meant[m.Name]:
			out[m.Name] = Unknown // under another name, which was reported
		case given == nil && m.Required:
			out[m.Name] = r.problem(here, "it is missing; %s", lowerFirst(m.Doc))
		case given == nil && m.Default != nil:
			out[m.Name] = r.value(m.Shape, m.Default, here)
		case given != nil:
			out[m.Name] = r.value(m.Shape, given, here)
		}
	}
	return out
}

// names reports the names that no member has, and returns those that they may have meant.
func (r *reader) names(s Shape, members map[string]any, at Path) (meant map[string]bool) {
	meant = map[string]bool{}
	names := s.Names()
	for _, name := range sortedKeys(members) {
		if slices.Contains(names, name) {
			continue
		}
		if hint := s.Hints[name]; hint != "" {
			r.problem(at.At(name), "there is no '%s' here: %s", name, hint)
			continue
		}
		suggestion := ""
		if best := closest(name, names); best != "" {
			suggestion, meant[best] = "; did you mean '"+best+"'", true
		}
		r.problem(at.At(name), "there is no '%s'%s; expected %s", shorten(name), suggestion, list(names))
	}
	return meant
}

// convert makes v a value of a kind without parts, by the rules of HCL.
func convert(kind Kind, v any) (any, bool) {
	switch kind {
	case Text, JSON:
		switch v := v.(type) {
		case string:
			return v, true
		case bool:
			return strconv.FormatBool(v), true
		case json.Number:
			return numberText(v), true
		}
	case Bool:
		switch v {
		case true, "true", "1":
			return true, true
		case false, "false", "0":
			return false, true
		}
	case Integer:
		if f, ok := parseNumber(v); ok && f.IsInt() {
			if i, exact := f.Int64(); exact == big.Exact {
				return json.Number(strconv.FormatInt(i, 10)), true
			}
		}
	case Number:
		if _, ok := parseNumber(v); ok {
			return json.Number(strings.TrimSpace(fmt.Sprint(v))), true
		}
	}
	return nil, false
}

// precision is that of Terraform's numbers, in bits.
const precision = 512

func parseNumber(v any) (*big.Float, bool) {
	text, isText := v.(string)
	if n, ok := v.(json.Number); ok {
		text, isText = n.String(), true
	}
	if !isText || !json.Valid([]byte(text)) || strings.Trim(text, "0123456789+-.eE") != "" {
		return nil, false
	}
	f, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)
	return f, err == nil
}

// numberText is a number as HCL makes text of it: without an exponent.
func numberText(n json.Number) string {
	f, ok := parseNumber(n)
	if !ok || f.MantExp(nil) > 4*precision || f.MantExp(nil) < -4*precision {
		return n.String()
	}
	return f.Text('f', -1)
}

// distinct sorts elements, and leaves out those that are there already.
func distinct(elements []any) []any {
	key := func(v any) string {
		if IsUnknown(v) {
			return ""
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v) // no value that a document can have
		}
		return string(raw)
	}
	slices.SortFunc(elements, func(a, b any) int { return strings.Compare(key(a), key(b)) })
	return slices.CompactFunc(elements, func(a, b any) bool { return !IsUnknown(a) && key(a) == key(b) })
}

// describe says in a message what a value is.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return strconv.Quote(shorten(v))
	case json.Number:
		return "the number " + shorten(v.String())
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprint(v)
	}
}

// shorten cuts text that is quoted in a message.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// list reads 'a', 'b' and 'c'.
func list(names []string) string {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, "'"+name+"'")
	}
	switch n := len(quoted); n {
	case 0:
		return "nothing"
	case 1:
		return "only " + quoted[0]
	default:
		return strings.Join(quoted[:n-1], ", ") + " and " + quoted[n-1]
	}
}

func lowerFirst(s string) string {
	if s == "" || len(s) > 1 && s[1] != ' ' && strings.ToUpper(s[1:2]) == s[1:2] {
		return s // `code`, or an abbreviation
	}
	return strings.ToLower(s[:1]) + s[1:]
}
