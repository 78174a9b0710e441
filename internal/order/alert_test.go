package order

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const routing = "0123456789abcdef0123456789ABCDEF"

func TestFormatsOfDestinations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Destination{
		"cook@example.com":                                                  {MailFormat, "cook@example.com", ""},
		"https://example.com/x?y=z":                                         {GalleyFormat, "https://example.com/x?y=z", ""},
		"galley+https://example.com/x":                                      {GalleyFormat, "https://example.com/x", ""},
		"slack+https://hooks.slack.com/services/T":                          {SlackFormat, "https://hooks.slack.com/services/T", ""},
		"Teams+HTTPS://example.com:444/workflows":                           {TeamsFormat, "HTTPS://example.com:444/workflows", ""},
		"pagerduty+https://" + routing + "@events.pagerduty.com/v2/enqueue": {PagerDutyFormat, "https://events.pagerduty.com/v2/enqueue", routing},
	} {
		got, p := ReadDestination(text)
		if p != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, p, want)
		}
	}
	for text, want := range map[string]string{
		"slak+https://example.com/secret":                "none of galley, slack, teams and pagerduty; did you mean 'slack'?",
		"slack+http://example.com/secret":                "not encrypted",
		"mail+https://example.com/secret":                "none of galley",
		"https://hooks.slack.com/services/secret":        "write slack+ in front",
		"https://secret@events.eu.pagerduty.com/":        "write pagerduty+ in front",
		"pagerduty+https://events.pagerduty.com/secret":  "no routing key",
		"pagerduty+https://short@events.pagerduty.com/x": "no routing key",
	} {
		p := CheckDestination(text)
		if p == nil || !strings.Contains(p.Message, want) || strings.Contains(p.Message, "secret") {
			t.Errorf("%s: got %v, want %q and nothing of the URL's path", text, p, want)
		}
	}
}

func TestDestinationsByEvent(t *testing.T) {
	t.Parallel()
	pager := "pagerduty+https://" + routing + "@events.pagerduty.com/"
	vs := Variables{
		EmailVariable:        "all@example.com",
		DestinationsVariable: map[string]any{"error": []any{"bad@example.com", pager}, "success": "good@example.com, all@example.com"},
	}
	for event, want := range map[Event][]string{
		RunStart: {"all@example.com"}, RunWarning: {"all@example.com"}, RunSuccess: {"all@example.com", "good@example.com"},
		RunError: {"all@example.com", "bad@example.com", pager},
	} {
		if diff := cmp.Diff(want, DestinationsOf(vs, event)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", event, diff)
		}
	}
	all := Variables{DestinationsVariable: pager}
	if DestinationsOf(all, RunStart) != nil || DestinationsOf(all, RunSuccess) == nil {
		t.Error("PagerDuty is to hear of all but starts")
	}
	if diff := cmp.Diff(Variables{DestinationsVariable: map[string]any{"error": []any{"https://example.com/x"}}, DigestVariable: "PT1H"},
		Addressed(Variables{DestinationsVariable: map[string]any{"error": []any{"https://example.com/x", "https://example.com/{{T}}"}}, DigestVariable: "PT1H", "T": "t"})); diff != "" {
		t.Errorf("addressed (-want +got):\n%s", diff)
	}
}

// TestWrongDestinationsAreRefused: none is left out in silence, wherever variables are written.
func TestWrongDestinationsAreRefused(t *testing.T) {
	t.Parallel()
	many := make([]any, MaxDestinations+1)
	for i := range many {
		many[i] = fmt.Sprintf("cook-%d@example.com", i)
	}
	for name, c := range map[string]struct {
		vs      Variables
		tainted []string
		want    string // "": right
	}{
		"an address":              {Variables{EmailVariable: "a@example.com, b@example.com ,"}, nil, ""},
		"none":                    {Variables{EmailVariable: "", DestinationsVariable: nil}, nil, ""},
		"something else":          {Variables{EmailVariable: true}, nil, ""},
		"a reference":             {Variables{EmailVariable: "{{team}}@example.com", DigestVariable: "{{d}}"}, nil, ""},
		"by event":                {Variables{DestinationsVariable: map[string]any{"error": []any{"a@example.com"}}}, nil, ""},
		"digest":                  {Variables{DigestVariable: "PT2H"}, nil, ""},
		"a name":                  {Variables{EmailVariable: "a@example.com,ops"}, nil, `email: found "ops", which is neither`},
		"in a list":               {Variables{DestinationsVariable: []any{"ops"}}, nil, `alert_destinations: found "ops"`},
		"a number in a list":      {Variables{DestinationsVariable: []any{json.Number("3")}}, nil, "in the list, expected texts"},
		"a number":                {Variables{DestinationsVariable: json.Number("3")}, nil, "expected a text, a list"},
		"an event":                {Variables{DestinationsVariable: map[string]any{"eror": []any{}}}, nil, "did you mean 'error'?"},
		"within an event":         {Variables{DestinationsVariable: map[string]any{"error": []any{"ops"}}}, nil, `found "ops"`},
		"PagerDuty of starts":     {Variables{DestinationsVariable: map[string]any{"start": "pagerduty+https://" + routing + "@events.pagerduty.com/"}}, nil, "opens and resolves incidents"},
		"a secret":                {Variables{EmailVariable: "x@example.com"}, []string{EmailVariable}, "takes something from a secret"},
		"too many":                {Variables{DestinationsVariable: many}, nil, "found 51 destinations; at most 50"},
		"digest of no time":       {Variables{DigestVariable: "daily"}, nil, `alert_digest: found "daily", expected a duration`},
		"digest of a number":      {Variables{DigestVariable: json.Number("5")}, nil, "alert_digest: found"},
		"digest that is too long": {Variables{DigestVariable: "P8D"}, nil, "from PT1M to P7D"},
	} {
		ps := CheckAlerts(c.vs, c.tainted)
		if c.want == "" && len(ps) > 0 || c.want != "" && (len(ps) != 1 || !strings.Contains(ps[0].Message, c.want)) {
			t.Errorf("%s: got %v, want %q", name, ps, c.want)
		}
		if c.tainted == nil && len(CheckVariables(c.vs)) != len(ps) {
			t.Errorf("%s: the variables themselves are checked differently: %v", name, CheckVariables(c.vs))
		}
	}
}

func TestAlertsOfOrders(t *testing.T) {
	t.Parallel()
	given := map[string]any{"error": []any{"ops@example.com"}, "digest": "PT1H"}
	vs, ps := ReadOrderAlerts(given)
	want := Variables{DestinationsVariable: map[string]any{"error": []any{"ops@example.com"}}, DigestVariable: "PT1H"}
	if diff := cmp.Diff(want, vs); diff != "" || len(ps) > 0 {
		t.Errorf("problems %v (-want +got):\n%s", ps, diff)
	}
	if back, ok := OrderAlertsObject(vs); !ok || cmp.Diff(given, back) != "" {
		t.Errorf("and back: %v", back)
	}
	if _, ok := OrderAlertsObject(Variables{DestinationsVariable: []any{"a@example.com"}}); ok {
		t.Error("a list is taken for the object form")
	}
	for want, given := range map[string]map[string]any{
		"did you mean 'digest'?":     {"digst": "PT1H"},
		"expected a duration":        {"digest": "soon"},
		`error.0: found "ops"`:       {"error": []any{"ops"}},
		"opens and resolves inciden": {"start": []any{"pagerduty+https://" + routing + "@events.pagerduty.com/"}},
	} {
		_, ps := ReadOrderAlerts(given)
		if len(ps) != 1 || !strings.Contains(ps[0].Message, strings.TrimSuffix(want, "?")) {
			t.Errorf("%v: got %v, want %q", given, ps, want)
		}
	}
}
