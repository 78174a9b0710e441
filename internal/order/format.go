package order

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Format is how an alert is written for those who take it.
type Format string

// The formats. That of an https URL is the one in front of it, "slack+https://…"; without one
// it is GalleyFormat.
const (
	MailFormat      Format = "mail"
	GalleyFormat    Format = "galley" // schema AlertMessage of openapi.yaml
	SlackFormat     Format = "slack"  // incoming webhook, https://api.slack.com/messaging/webhooks
	TeamsFormat     Format = "teams"  // workflow "When a Teams webhook request is received"
	PagerDutyFormat Format = "pagerduty"
)

// URLFormats are those that can stand in front of a URL.
func URLFormats() []string {
	return []string{string(GalleyFormat), string(SlackFormat), string(TeamsFormat), string(PagerDutyFormat)}
}

// Tells reports whether alerts of that format can tell of an event.
func (f Format) Tells(e Event) bool { return f != PagerDutyFormat || e != RunStart }

// CheckEvent tells why a destination cannot hear of an event; nil if it can.
func (f Format) CheckEvent(text string, e Event) *recipe.Problem {
	if f.Tells(e) {
		return nil
	}
	p := problem(nil, InvalidDestination, "found %q for the start of runs, of which PagerDuty has no kind of event: it opens and resolves incidents. "+
		"List it under error, over_duration, warning and success", ShownDestination(text))
	return &p
}

// Destination is where an alert goes.
type Destination struct {
	Format Format
	To     string // e-mail address, or https URL without format and key
	Key    string // routing key of PagerDuty
}

const maxDestination = 2000 // bytes

// routingKey is that of an integration of PagerDuty (Events API v2).
var routingKey = regexp.MustCompile(`^[A-Za-z0-9]{32}$`)

// servicesOf are hosts that take one format only.
var servicesOf = map[string]Format{
	"hooks.slack.com": SlackFormat, "hooks.slack-gov.com": SlackFormat,
	"events.pagerduty.com": PagerDutyFormat, "events.eu.pagerduty.com": PagerDutyFormat,
}

// CheckDestination tells why a text is no destination; nil if it is one.
func CheckDestination(text string) *recipe.Problem {
	_, p := ReadDestination(text)
	return p
}

// ReadDestination reads an e-mail address or an https URL, with a format in front, if any. Of
// PagerDuty the routing key stands as the user: "pagerduty+https://KEY@events.pagerduty.com/v2/enqueue".
func ReadDestination(text string) (Destination, *recipe.Problem) {
	bad := func(why string) (Destination, *recipe.Problem) {
		p := problem(nil, InvalidDestination, "found %q, %s; expected an e-mail address such as cook@example.com, or an https URL "+
			"(for Slack, Teams and PagerDuty with slack+, teams+ or pagerduty+ in front)", recipe.Shorten(ShownDestination(text)), why)
		return Destination{}, &p
	}
	if len(text) > maxDestination {
		return bad("which is longer than 2000 bytes")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return bad("which has a blank or a control character")
	}
	scheme, _, isURL := strings.Cut(text, "://")
	if !isURL {
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return bad("which is neither")
		}
		return Destination{Format: MailFormat, To: text}, nil
	}
	d := Destination{Format: GalleyFormat}
	before, after, formatted := strings.Cut(scheme, "+")
	plain := text
	if formatted {
		d.Format = Format(strings.ToLower(before))
		if !isFormat(d.Format) {
			return bad("whose format is none of galley, slack, teams and pagerduty" + recipe.DidYouMean(before, URLFormats()))
		}
		scheme, plain = after, text[len(before)+1:]
	}
	u, err := url.Parse(plain)
	switch {
	case !strings.EqualFold(scheme, "https"):
		return bad("which is not encrypted")
	case err != nil, u.Hostname() == "":
		return bad("which has no host")
	case u.Fragment != "":
		return bad("which has a fragment that is never sent")
	}
	if service, only := servicesOf[strings.ToLower(u.Hostname())]; only && service != d.Format {
		return bad("whose host takes alerts in its own format only: write " + string(service) + "+ in front of https://")
	}
	d.To = plain
	if d.Format == PagerDutyFormat {
		if d.Key = u.User.Username(); !routingKey.MatchString(d.Key) {
			return bad("which has no routing key of an integration in front of the host, 32 letters and digits: " +
				"pagerduty+https://ROUTINGKEY@events.pagerduty.com/v2/enqueue")
		}
		u.User = nil
		d.To = u.String()
	}
	return d, nil
}

func isFormat(f Format) bool {
	for _, known := range URLFormats() {
		if string(f) == known {
			return true
		}
	}
	return false
}
