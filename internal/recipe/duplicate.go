package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// duplicateError is about an object that has a member twice. A decoder keeps the last one
// without a word, so that half of what somebody wrote would be lost.
type duplicateError struct {
	at    Path // of the member
	place string
}

func (e *duplicateError) Error() string {
	return fmt.Sprintf("has '%s' twice, the second time at %s: only one of them could count; remove or rename one", e.at, e.place)
}

// CheckDuplicates reports a member of raw, the text of the decoded value, that comes twice
// in its object. The text of its error goes on after the name of what was read: "has 'a'
// twice, ...".
func CheckDuplicates(raw []byte, value any) error {
	if countMembers(value) == countColons(raw) {
		return nil // to look for one takes as long as decoding
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if at, found := findDuplicate(d, nil); found {
		return &duplicateError{at: at, place: lineAndColumn(raw, d.InputOffset()-1)}
	}
	return nil
}

func countMembers(value any) int {
	n := 0
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			n += countMembers(item)
		}
	case map[string]any:
		n = len(v)
		for _, item := range v {
			n += countMembers(item)
		}
	}
	return n
}

// countColons counts those outside of strings: one for each member of valid JSON.
func countColons(raw []byte) int {
	n, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case c == ':' && !inString:
			n++
		}
	}
	return n
}

// findDuplicate reads one value, which is valid, and stops behind a name that comes twice.
func findDuplicate(d *json.Decoder, at Path) (duplicate Path, found bool) {
	token, err := d.Token()
	if err != nil {
		return nil, false
	}
	switch token {
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if duplicate, found = findDuplicate(d, at.At(strconv.Itoa(i))); found {
				return duplicate, true
			}
		}
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			token, err := d.Token()
			name, isText := token.(string)
			if err != nil || !isText {
				return nil, false
			}
			if seen[name] {
				return at.At(name), true
			}
			seen[name] = true
			if duplicate, found = findDuplicate(d, at.At(name)); found {
				return duplicate, true
			}
		}
	default:
		return nil, false
	}
	_, _ = d.Token() // the bracket
	return nil, false
}
