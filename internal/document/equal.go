package document

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Minimal returns v, a document that Read has made, without what need not be written: members
// that are as by default.
func (s Shape) Minimal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if s.Kind == Either {
			return s.Element.Minimal(v)
		}
		out := make(map[string]any, len(v))
		for name, value := range v {
			m, isMember := s.Member(name)
			switch {
			case s.Kind == Map:
				out[name] = s.Element.Minimal(value)
			case s.Kind != Object:
				out[name] = value
			case !isMember || value == nil:
			default:
				value = m.Minimal(value)
				if m.Required || m.Default == nil || !m.equal(value, m.Minimal(m.Default)) {
					out[name] = value
				}
			}
		}
		return out
	case []any:
		if s.Element == nil {
			return v
		}
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, s.Element.Minimal(e))
		}
		return out
	default:
		return v
	}
}

// Same tells whether a and b, both wholly known and right, are the same document: what is
// left out and what is spelled out as by default is one thing.
func (s Shape) Same(a, b any) bool {
	x, wrongX := s.Read(a)
	y, wrongY := s.Read(b)
	return len(wrongX)+len(wrongY) == 0 && Known(x) && Known(y) && s.equal(x, y)
}

// equal is Equal for documents that Read has made.
func (s Shape) equal(a, b any) bool {
	switch s.Kind {
	case Object, Map:
		x, isX := a.(map[string]any)
		y, isY := b.(map[string]any)
		if !isX || !isY || len(x) != len(y) {
			return false
		}
		for name, v := range x {
			other, there := y[name]
			part := s.Element
			if m, isMember := s.Member(name); isMember {
				part = &m.Shape
			}
			if !there || part == nil || !part.equal(v, other) {
				return false
			}
		}
		return true
	case List, Set:
		x, isX := a.([]any)
		y, isY := b.([]any)
		return isX && isY && slices.EqualFunc(x, y, s.Element.equal)
	case Either:
		return Equal(a, b) || s.Element.equal(a, b)
	case JSON:
		x, errX := decode(a)
		y, errY := decode(b)
		return Equal(a, b) || errX == nil && errY == nil && Equal(x, y)
	default:
		return Equal(a, b)
	}
}

// Keep returns now, a document that Minimal has made, with every part that is the same in
// prior, as somebody has written it, taken from there.
func (s Shape) Keep(now, prior any) any {
	switch {
	case prior == nil:
		return now
	case s.Same(now, prior):
		return prior
	}
	x, isX := now.(map[string]any)
	y, isY := prior.(map[string]any)
	if !isX || !isY || s.Kind != Object && s.Kind != Map {
		return now
	}
	out := maps.Clone(x)
	for name, before := range y {
		part, value := s.Element, x[name]
		if m, isMember := s.Member(name); isMember {
			part = &m.Shape
			if value == nil && m.Default != nil {
				value = m.Default
			}
		}
		switch _, there := x[name]; {
		case part == nil || value == nil && !there:
		case there:
			out[name] = part.Keep(value, before)
		case part.Same(value, before):
			out[name] = before
		}
	}
	return out
}

func decode(v any) (any, error) {
	text, _ := v.(string)
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out any
	err := d.Decode(&out)
	return out, err
}

// Equal tells whether two values are the same: numbers by their value, however they are
// written. Unknown is equal to nothing.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			other, ok := b[name]
			if !ok || !Equal(v, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		if !ok || a == b {
			return ok
		}
		x, okX := parseNumber(a)
		y, okY := parseNumber(b)
		return okX && okY && x.Cmp(y) == 0
	case unknown:
		return false
	default:
		switch b.(type) {
		case map[string]any, []any:
			return false // they cannot be compared
		}
		return a == b
	}
}

// WithoutUnknown is v without the members and elements that are not known.
func WithoutUnknown(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, m := range v {
			if !IsUnknown(m) {
				out[name] = WithoutUnknown(m)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if !IsUnknown(e) {
				out = append(out, WithoutUnknown(e))
			}
		}
		return out
	default:
		return v
	}
}
