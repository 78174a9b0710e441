package document

import "encoding/json"

// Minimal returns v, a document that Read has made, without what need not be written: members
// that are as by default.
func (s Shape) Minimal(v any) any {
	switch v := v.(type) {
	case map[string]any:
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
				if m.Required || m.Default == nil || !Equal(value, m.Minimal(m.Default)) {
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
	return len(wrongX)+len(wrongY) == 0 && Known(x) && Known(y) && Equal(x, y)
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
