package recipe

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// conditionsOf lists the conditions that a type of filter takes, and whether
// all others need fields (contract 3.3); nil for an unknown type.
func conditionsOf(filterType string) (conditions []string, othersOnFields bool) {
	switch filterType {
	case "string", "filename", "media-type", "data-type":
		return []string{"==", "!=", "in", "not in", "contains"}, false
	case "integer", "number":
		return []string{"<", "<=", ">", ">=", "==", "!=", "between", "in", "not in"}, false
	case "boolean":
		return []string{"==", "!="}, false
	case "object", "meta-data":
		return []string{"subset of", "superset of"}, true
	default:
		return nil, false
	}
}

// onFiles tells whether the filter looks at files rather than at a JSON value.
func (f Filter) onFiles() bool {
	switch f.Type {
	case "filename", "media-type", "data-type", "meta-data":
		return true
	default:
		return false
	}
}

// check applies the rules for a single filter, in the order of contract 3.3, and
// returns it with its values converted. Missing members are the schema's matter.
func (f Filter) check(at Path, stage int, found *findings) Filter {
	add := func(member string, code Code, format string, args ...any) {
		found.add(stage, at.At(member), code, "%s: the filter on '%s' %s", at, f.Name, fmt.Sprintf(format, args...))
	}
	conditions, othersOnFields := conditionsOf(f.Type)
	allConditions := []string{
		"==", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "contains", "subset of", "superset of",
	}
	switch {
	case f.Condition == "": // missing
	case !slices.Contains(allConditions, f.Condition):
		add("condition", InvalidCondition, "has the condition '%s'; expected %s%s", Shorten(f.Condition),
			Quoted(allConditions, "or"), found.didYouMean(f.Condition, allConditions))
	case conditions == nil, slices.Contains(conditions, f.Condition): // an unknown type follows below
	case othersOnFields && len(f.Fields) == 0:
		add("condition", InvalidCondition, "has the condition '%s', which on type %s needs fields; without, expected %s",
			f.Condition, f.Type, Quoted(conditions, "or"))
	case !othersOnFields:
		add("condition", InvalidCondition, "has the condition '%s', which type %s does not have; expected %s",
			f.Condition, f.Type, Quoted(conditions, "or"))
	}
	if len(f.Fields) > 0 && len(f.Fields) != len(f.Values) {
		add("fields", InvalidFields, "has %d fields and %d values; expected one value for each field",
			len(f.Fields), len(f.Values))
	}
	if conditions == nil && f.Type != "" {
		types := []string{"boolean", "data-type", "filename", "integer", "media-type", "meta-data", "number", "object", "string"}
		add("type", InvalidType, "has the type '%s'; expected %s%s", Shorten(f.Type),
			Quoted(types, "or"), found.didYouMean(f.Type, types))
	}
	if f.Type == "integer" || f.Type == "number" {
		f.Values = slices.Clone(f.Values)
		for i, value := range f.Values {
			n, ok := toNumber(value, f.Type == "integer")
			if !ok {
				add("values", ValueError, "has the value %s, which cannot be made a number of type %s", Describe(value), f.Type)
				continue
			}
			f.Values[i] = n
		}
	}
	return f
}

// integerText is what the original reads as an integer, blanks around it aside.
var integerText = regexp.MustCompile(`^[+-]?[0-9]+$`)

// toNumber converts a number, or the text of one. For an integer it cuts off the fraction
// of a number, and takes no text with a fraction or an exponent. Unlike in the original,
// true and false are no numbers.
func toNumber(value any, integer bool) (json.Number, bool) {
	var n json.Number
	switch v := value.(type) {
	case json.Number:
		n = v
	case string:
		text := strings.TrimSpace(v)
		if text == "" || strings.Trim(text, "0123456789+-.eE") != "" || integer && !integerText.MatchString(text) {
			return "", false
		}
		if n = json.Number(text); !json.Valid([]byte(text)) { // +1, .5, 007
			parsed, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return "", false
			}
			n = json.Number(strconv.FormatFloat(parsed, 'f', -1, 64))
		}
	default:
		return "", false
	}
	if !integer {
		return n, true
	}
	return newDecimal(n).truncate()
}
