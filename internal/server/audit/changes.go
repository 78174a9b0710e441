package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	hidden      = "(not shown)"
	maxText     = 200 // bytes of a text that is shown
	maxElements = 50  // of a list that is shown
)

// secretMembers are members of requests whose values are never told.
func secretMembers() []string {
	return []string{"password", "token", "secret", "file", "contents"}
}

// Changes is what a request asks for in a form that can be told: the values of its simple
// members, and of documents only the names of theirs. A document may hold secrets
// anywhere (settings, parameters, overrides, URLs with credentials), so none is copied.
func Changes(members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name, value := range members {
		if slices.Contains(secretMembers(), strings.ToLower(name)) {
			value = hidden
		}
		out[cut(name)] = tellable(value)
	}
	return out
}

func tellable(value any) any {
	switch v := value.(type) {
	case string:
		return text(v)
	case nil, bool, json.Number:
		return v
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		for i, name := range names {
			names[i] = cut(name)
		}
		return map[string]any{"members": names[:min(len(names), maxElements)]}
	case []any:
		out := make([]any, 0, min(len(v), maxElements))
		for _, item := range v[:min(len(v), maxElements)] {
			out = append(out, tellable(item))
		}
		return out
	}
	return hidden
}

// text is a text without the credentials that a URL may have.
func text(s string) string {
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return hidden
		}
		if u.RawQuery != "" {
			u.RawQuery = "…"
		}
		u.User, u.Fragment = nil, ""
		s = u.String()
	}
	return cut(s)
}

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// encode writes without escapes for HTML, which nobody wants to read in a log.
func encode(value any) (json.RawMessage, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}
