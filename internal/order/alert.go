package order

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
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

// The variables that name where alerts go (contract 4, "Alert Destination"). The second
// is ours: clients of this API have other uses for the first, too.
const (
	EmailVariable        = "email"
	DestinationsVariable = "alert_destinations"
)

const maxDestination = 2000 // bytes

// CheckDestination tells why a text is neither an e-mail address nor an https URL; nil if it is one.
func CheckDestination(text string) *recipe.Problem {
	bad := func(why string) *recipe.Problem {
		p := problem(nil, InvalidDestination, "found %q, %s; expected an e-mail address such as cook@example.com, or an https URL",
			recipe.Shorten(text), why)
		return &p
	}
	if len(text) > maxDestination {
		return bad("which is longer than 2000 bytes")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return bad("which has a blank or a control character")
	}
	if scheme, _, isURL := strings.Cut(text, "://"); isURL {
		u, err := url.Parse(text)
		switch {
		case !strings.EqualFold(scheme, "https"):
			return bad("which is not encrypted")
		case err != nil, u.Hostname() == "":
			return bad("which has no host")
		case u.Fragment != "":
			return bad("which has a fragment that is never sent")
		}
		return nil
	}
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return bad("which is neither")
	}
	return nil
}

// Destinations are those of the variables "email" and "alert_destinations" (a text, texts
// separated by commas, or a list): where an order's alerts go beside the kitchen's
// (contract 4, "Alert Destination"). Duplicates are left out, and what is no destination:
// a variable of that name can mean something else to a recipe. So is what takes something
// from a secret, which asterisks stand for here: it would go somewhere else.
func Destinations(effective Variables) []string {
	var out []string
	var add func(value any)
	add = func(value any) {
		switch v := value.(type) {
		case string:
			for text := range strings.SplitSeq(v, ",") {
				text = strings.TrimSpace(text)
				if !slices.Contains(out, text) && !strings.Contains(text, Mask) && CheckDestination(text) == nil {
					out = append(out, text)
				}
			}
		case []any:
			for _, item := range v {
				if text, ok := item.(string); ok {
					add(text)
				}
			}
		}
	}
	add(effective[EmailVariable])
	add(effective[DestinationsVariable])
	return out
}

// Addressed are, of all that counts of several layers (Effective), only the destinations,
// as the variable "alert_destinations": what can be shown of a run that could not start,
// of whose variables nobody knows which are secrets. URLs that take something from
// other variables are left out: that may be one.
func Addressed(layers ...Variables) Variables {
	effective, _ := Effective(layers...)
	written := Destinations(merge(layers))
	var list []any
	for _, d := range Destinations(effective) {
		if !strings.Contains(d, "://") || slices.Contains(written, d) {
			list = append(list, d)
		}
	}
	if list == nil {
		return Variables{}
	}
	return Variables{DestinationsVariable: list}
}
