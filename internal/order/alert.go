package order

import (
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// Event is something of a run that people want to hear of.
type Event string

// The events of a kitchen's "settings.alerts" (contract 1.3).
const (
	RunStart        Event = "orderrunStart"
	RunWarning      Event = "orderrunWarning"
	RunOverDuration Event = "orderrunOverDuration"
	RunSuccess      Event = "orderrunSuccess"
	RunError        Event = "orderrunError"
)

// Events are all events, in the order of a run.
func Events() []Event { return []Event{RunStart, RunWarning, RunOverDuration, RunSuccess, RunError} }

// EventOf is the event of a member of [AlertsShape].
func EventOf(member string) (Event, bool) {
	event, known := map[string]Event{
		"start": RunStart, "warning": RunWarning, "over_duration": RunOverDuration, "success": RunSuccess, "error": RunError,
	}[member]
	return event, known
}

// The variables that say where alerts go (contract 4, "Alert Destination"). All but the first
// are ours: clients of this API have other uses for that, too.
const (
	EmailVariable        = "email"
	DestinationsVariable = "alert_destinations" // a text, texts separated by commas, a list, or lists by event (AlertsShape)
	DigestVariable       = "alert_digest"       // duration of ISO 8601 within which alerts are told together
)

// MaxDestinations is how many destinations one variable, or one event of a kitchen, can name.
const MaxDestinations = 50

// The bounds of [DigestVariable].
const (
	minDigest = "PT1M"
	maxDigest = "P7D"
)

// Destinations are those of the variables "email" and "alert_destinations": where an order's
// alerts go beside the kitchen's (contract 4, "Alert Destination"). Duplicates are left out, and
// what is no destination, which [CheckAlerts] tells: a run that could not start for one tells
// the others. So is what takes something from a secret, which asterisks stand for here: it
// would go somewhere else.
func Destinations(effective Variables) []string {
	return destinations(effective, func(Event) bool { return true })
}

// DestinationsOf are those of Destinations that hear of an event. What is not listed under
// events hears of all that its format can tell of.
func DestinationsOf(effective Variables, event Event) []string {
	return destinations(effective, func(e Event) bool { return e == event })
}

func destinations(effective Variables, hears func(Event) bool) []string {
	var out []string
	for _, name := range []string{EmailVariable, DestinationsVariable} {
		for _, w := range written(effective[name]) {
			to, p := ReadDestination(w.text)
			if p != nil || strings.Contains(w.text, Mask) || slices.Contains(out, w.text) {
				continue
			}
			if slices.ContainsFunc(w.events, func(e Event) bool { return hears(e) && to.Format.Tells(e) }) {
				out = append(out, w.text)
			}
		}
	}
	return out
}

// writtenDestination is a destination as a variable has it.
type writtenDestination struct {
	text   string
	events []Event
}

// written are the destinations in the value of a variable, whatever they are.
func written(value any) []writtenDestination {
	var out []writtenDestination
	var add func(value any, events []Event)
	add = func(value any, events []Event) {
		switch v := value.(type) {
		case string:
			for text := range strings.SplitSeq(v, ",") {
				if text = strings.TrimSpace(text); text != "" {
					out = append(out, writtenDestination{text, events})
				}
			}
		case []any:
			for _, item := range v {
				if text, isText := item.(string); isText {
					add(text, events)
				}
			}
		}
	}
	byEvent, isObject := value.(map[string]any)
	if !isObject {
		add(value, Events())
	}
	for _, name := range sorted(byEvent) {
		if event, known := EventOf(name); known {
			add(byEvent[name], []Event{event})
		}
	}
	return out
}

// CheckAlerts tells what is wrong with the variables that say where alerts go, each at its
// name. Texts with references are left to a later call with the effective variables. tainted
// are the variables that have something of a secret in them (Tainted): nothing is sent to
// where a secret leads, because whoever hears of a run sees where it went. "email" can be
// something else, as long as it is no text.
func CheckAlerts(vs Variables, tainted []string) recipe.Problems {
	var ps recipe.Problems
	bad := func(name, format string, args ...any) {
		ps = append(ps, problem(recipe.Path{name}, InvalidDestination, format, args...))
	}
	for _, name := range []string{EmailVariable, DestinationsVariable} {
		value := vs[name]
		if slices.Contains(tainted, name) && len(written(value)) > 0 {
			bad(name, "it takes something from a secret, and everybody who hears of a run sees where it went. Write the destination itself; "+
				"of URLs plans and viewers see only the host")
			continue
		}
		all := written(value)
		if len(all) > MaxDestinations {
			bad(name, "found %d destinations; at most %d are allowed", len(all), MaxDestinations)
		}
		for _, w := range all {
			if p := w.check(); p != nil {
				bad(name, "%s", p.Message)
			}
		}
	}
	switch value := vs[DestinationsVariable].(type) {
	case nil, string:
	case []any:
		for _, item := range value {
			if _, isText := item.(string); !isText {
				bad(DestinationsVariable, "found %s in the list, expected texts", recipe.KindOf(item))
			}
		}
	case map[string]any:
		for _, name := range sorted(value) {
			if _, known := EventOf(name); !known {
				bad(DestinationsVariable, "found the event %q, expected one of %q%s", recipe.Shorten(name), AlertsShape().Names(),
					recipe.DidYouMean(name, AlertsShape().Names()))
			}
		}
	default:
		bad(DestinationsVariable, "found %s, expected a text, a list of texts, or an object of lists by event", recipe.KindOf(value))
	}
	if text, isText := vs[DigestVariable].(string); vs[DigestVariable] != nil && (!isText || !expression.MatchString(text)) {
		if p := CheckDigest(vs[DigestVariable]); p != nil {
			bad(DigestVariable, "%s", p.Message)
		}
	}
	return ps
}

func (w writtenDestination) check() *recipe.Problem {
	if expression.MatchString(w.text) {
		return nil
	}
	to, p := ReadDestination(w.text)
	if p == nil && len(w.events) == 1 {
		return to.Format.CheckEvent(w.text, w.events[0])
	}
	return p
}

// CheckDigest tells why a value is no time within which alerts are told together.
func CheckDigest(value any) *recipe.Problem {
	text, isText := value.(string)
	d, err := schedule.ParseDuration(text)
	least, _ := schedule.ParseDuration(minDigest)
	most, _ := schedule.ParseDuration(maxDigest)
	if isText && err == nil && d >= least && d <= most {
		return nil
	}
	found := recipe.KindOf(value)
	if isText {
		found = `"` + recipe.Shorten(text) + `"`
	}
	p := problem(nil, InvalidDestination, "found %s, expected a duration of ISO 8601 from %s to %s, such as \"PT1H\": what happens so long after "+
		"the first event is told with it", found, minDigest, maxDigest)
	return &p
}

// Addressed are, of all that counts of several layers (Effective), only the destinations and
// how they are told, as the variables "alert_destinations" and "alert_digest": what can be
// shown of a run that could not start, of whose variables nobody knows which are secrets. URLs
// that take something from other variables are left out: that may be one.
func Addressed(layers ...Variables) Variables {
	effective, _ := Effective(layers...)
	literal := Destinations(merge(layers))
	byEvent := map[string]any{}
	for _, name := range AlertsShape().Names() {
		event, _ := EventOf(name)
		var list []any
		for _, d := range DestinationsOf(effective, event) {
			if !strings.Contains(d, "://") || slices.Contains(literal, d) {
				list = append(list, d)
			}
		}
		if list != nil {
			byEvent[name] = list
		}
	}
	if len(byEvent) == 0 {
		return Variables{}
	}
	out := Variables{DestinationsVariable: byEvent}
	if CheckDigest(effective[DigestVariable]) == nil {
		out[DigestVariable] = effective[DigestVariable]
	}
	return out
}
