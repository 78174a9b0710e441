package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// maxValues bounds how often one parameter may be repeated.
const maxValues = 10_000

// params reads a request's parameters by the rules of contract 0.3: the query first,
// then the body; null is absent. Unlike the original, types are checked everywhere.
// The first failure is kept in err, and getters go on with zero values, so that a
// handler reads everything and looks once.
type params struct {
	query url.Values
	body  map[string]any // decoded with UseNumber; nil without a body
	now   time.Time
	err   error
}

func (p *params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *params) failType(name, kind string) {
	p.fail(badRequest(`Parameter must be a valid %s: "%s"`, kind, name))
}

// value is the parameter as it was sent: a string of the query (the last, if it is
// repeated) or a JSON value of the body. Nil: absent.
func (p *params) value(name string) any {
	if values := p.query[name]; len(values) > 0 {
		return last(values)
	}
	return p.body[name]
}

func (p *params) has(name string) bool { return p.value(name) != nil }

// require fails if the parameter is absent.
func (p *params) require(names ...string) {
	for _, name := range names {
		if !p.has(name) {
			p.fail(badRequest(`Missing required parameter: "%s"`, name))
		}
	}
}

// bodyOnly fails if the query has one of the names: what is in a URL ends up in logs.
func (p *params) bodyOnly(names ...string) {
	for _, name := range names {
		if p.query.Has(name) {
			p.fail(badRequest("The parameter %q is a secret: send it in the body.", name))
		}
	}
}

// only fails if the body has a member that is none of the names (contract 1.3).
func (p *params) only(names ...string) {
	var other []string
	for name := range p.body {
		if !slices.Contains(names, name) {
			other = append(other, name)
		}
	}
	if len(other) > 0 {
		slices.Sort(other)
		p.fail(badRequest("Unexpected fields: %s. Expected: %s", strings.Join(other, ", "), strings.Join(names, ", ")))
	}
}

// text is a string; nil: absent.
func (p *params) text(name string) *string {
	switch v := p.value(name).(type) {
	case nil:
		return nil
	case string:
		return &v
	default:
		p.failType(name, "string")
		return nil
	}
}

// textOr is text with a value for when it is absent.
func (p *params) textOr(name, otherwise string) string {
	if v := p.text(name); v != nil {
		return *v
	}
	return otherwise
}

// oneOf is a string that must be empty or one of the accepted.
func (p *params) oneOf(name, otherwise string, accepted ...string) string {
	v := p.textOr(name, otherwise)
	if v != "" && !slices.Contains(accepted, v) {
		p.fail(badRequest(`Invalid value for parameter: "%s": found %q, expected one of %s`, name, v, strings.Join(accepted, ", ")))
	}
	return v
}

// values are all values of a parameter that may be repeated; a scalar of the body is one.
func (p *params) values(name string) []any {
	var out []any
	if values := p.query[name]; len(values) > 0 {
		for _, v := range values {
			out = append(out, v)
		}
	} else if v := p.body[name]; v != nil {
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		out = list
	}
	if len(out) > maxValues {
		p.fail(badRequest(`Too many values for parameter: "%s": found %d, at most %d are allowed`, name, len(out), maxValues))
		return nil
	}
	return out
}

// strings is a list of strings; empty: no filter.
func (p *params) strings(name string) []string {
	var out []string
	for _, v := range p.values(name) {
		s, isString := v.(string)
		if !isString {
			p.failType(name, "string")
			return nil
		}
		out = append(out, s)
	}
	return out
}

// oneOfEach is strings that must each be one of the accepted.
func (p *params) oneOfEach(name string, accepted ...string) []string {
	out := p.strings(name)
	for _, v := range out {
		if !slices.Contains(accepted, v) {
			p.fail(badRequest(`Invalid value for parameter: "%s": found %q, expected one of %s`, name, v, strings.Join(accepted, ", ")))
		}
	}
	return out
}

// ids is a list of integers; empty: no filter.
func (p *params) ids(name string) []int64 {
	var out []int64
	for _, v := range p.values(name) {
		n, err := integer(v, 64)
		if err != nil {
			p.failType(name, "integer")
			return nil
		}
		out = append(out, n)
	}
	return out
}

// id is an integer of 64 bits; 0: absent.
func (p *params) id(name string) int64 {
	v := p.value(name)
	if v == nil {
		return 0
	}
	n, err := integer(v, 64)
	if err != nil {
		p.failType(name, "integer")
	}
	return n
}

// number is an integer of 32 bits; nil: absent.
func (p *params) number(name string) *int {
	v := p.value(name)
	if v == nil {
		return nil
	}
	n, err := integer(v, 32)
	if err != nil {
		p.failType(name, "integer")
		return nil
	}
	i := int(n)
	return &i
}

// count is a number from 0; 0: absent.
func (p *params) count(name string) int {
	n := p.number(name)
	if n == nil {
		return 0
	}
	if *n < 0 {
		p.failType(name, "integer of 0 or more")
	}
	return *n
}

// integer reads a JSON integer or a string that holds one.
func integer(v any, bits int) (int64, error) {
	switch v := v.(type) {
	case string:
		return strconv.ParseInt(strings.TrimSpace(v), 10, bits)
	case json.Number:
		return strconv.ParseInt(v.String(), 10, bits)
	}
	return 0, fmt.Errorf("found %T, expected an integer", v)
}

// flag is a boolean, also in the words true, t, 1, false, f, 0; nil: absent.
func (p *params) flag(name string) *bool {
	yes, no := true, false
	switch v := p.value(name).(type) {
	case nil:
		return nil
	case bool:
		return &v
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "t", "1":
			return &yes
		case "false", "f", "0":
			return &no
		}
	}
	p.failType(name, "boolean")
	return nil
}

// object is a JSON object, written anew: without duplicate names or escapes that some
// databases refuse. Nil: absent.
func (p *params) object(name string) json.RawMessage {
	v := p.value(name)
	if v == nil {
		return nil
	}
	members, isObject := v.(map[string]any)
	if !isObject {
		p.failType(name, "JSON object")
		return nil
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		p.failType(name, "JSON object")
		return nil
	}
	return bytes.TrimSpace(buf.Bytes())
}

// time is a moment, or a duration that is counted back from now; nil: absent.
func (p *params) time(name string) *store.Time {
	v := p.value(name)
	if v == nil {
		return nil
	}
	s, isString := v.(string)
	if isString {
		if t, err := parseTimestamp(s, p.now); err == nil {
			at := store.At(t)
			return &at
		}
	}
	p.fail(badRequest("Invalid ISO timestamp format for parameter: %s", name))
	return nil
}

// timeRange is a pair of moments in their order.
func (p *params) timeRange(started, ended string) (from, to *store.Time) {
	from, to = p.time(started), p.time(ended)
	if from == nil || to == nil {
		return from, to
	}
	switch {
	case from.Equal(to.Time):
		p.fail(badRequest("Start and end values must be different"))
	case from.After(to.Time):
		p.fail(badRequest("Start time must come before end time"))
	}
	return from, to
}

// last is the last of values; empty for none.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// checkText refuses text that no database takes.
func checkText(s string) error {
	switch {
	case store.IsText(s):
		return nil
	case utf8.ValidString(s):
		return badRequest("The request has text with a NUL character, which cannot be stored.")
	}
	return badRequest("The request has text that is not UTF-8.")
}

// checkValues is checkText for everything in the query.
func checkValues(values url.Values) error {
	for name, list := range values {
		for _, s := range append([]string{name}, list...) {
			if err := checkText(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// sourceFilter reads the filters of the roll-up columns, which files, jobs and recipes share.
func (p *params) sourceFilter() store.SourceFilter {
	started, ended := p.timeRange("source_started", "source_ended")
	return store.SourceFilter{
		SourceStarted: started, SourceEnded: ended,
		SourceSensorClasses: p.strings("source_sensor_class"), SourceSensors: p.strings("source_sensor"),
		SourceCollections: p.strings("source_collection"), SourceTasks: p.strings("source_task"),
	}
}
