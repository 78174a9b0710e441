package alert_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
)

const routingKey = "0123456789abcdef0123456789abcdef"

// logOf is a log of so many lines, each with what texts of others could take for markup.
func logOf(lines int) string {
	var out []string
	for i := range lines {
		out = append(out, fmt.Sprintf("line %d <a&b> ``` %s", i+1, strings.Repeat("x", 400)))
	}
	return strings.Join(out, "\n")
}

// TestFormatsAreAsTheirReceiversDocument: posted over TLS, with each event, with a run that could not start, with
// everything as long as it gets, and with a digest.
func TestFormatsAreAsTheirReceiversDocument(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/receivers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	var messages []alert.Message
	for _, e := range order.Events() {
		messages = append(messages, message(e))
	}
	bare := message(order.RunError)
	bare.Started, bare.Ended, bare.MaxDuration, bare.RecipeID, bare.FailedNodes, bare.Error = nil, nil, nil, nil, []alert.FailedNode{}, "no\nsuch type"
	long := message(order.RunError)
	long.Recipe, long.Kitchen, long.Variation = strings.Repeat("é", 3000), strings.Repeat("k", 3000), strings.Repeat("<", 3000)
	long.FailedNodes = nil
	for range alert.MaxFailedNodes {
		long.FailedNodes = append(long.FailedNodes, alert.FailedNode{Node: "a", Title: strings.Repeat("&", 3000), Description: strings.Repeat("d", 9000), Log: logOf(20)})
	}
	var many []alert.Message
	for range alert.MaxDigest + 10 {
		many = append(many, message(order.RunSuccess))
	}
	messages = append(messages, bare, long, alert.Together(append(many, long)))
	for _, format := range []string{"slack", "teams", "pagerduty"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			r := alerttest.NewReceiver(t, nil)
			s := hooking(t, r)
			to := format + "+" + r.URL
			if format == "pagerduty" {
				to = strings.Replace(to, "https://", "https://"+routingKey+"@", 1)
			}
			for _, m := range messages {
				if err := s.Send(t.Context(), m, to); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(r.Deliveries()); n != len(messages) {
				t.Fatalf("%d of %d alerts came", n, len(messages))
			}
			for _, d := range r.Deliveries() {
				var body any
				d.Decode(t, &body)
				if err := doc.Components.Schemas[format].Value.VisitJSON(body, openapi3.EnableFormatValidation()); err != nil {
					t.Errorf("%s: %.500s", d.Event, err.Error())
				}
				if most := map[string]int{"slack": 1 << 20, "teams": 28 << 10, "pagerduty": 512 << 10}[format]; len(d.Body) > most {
					t.Errorf("%s has %d bytes, at most %d are taken", d.Event, len(d.Body), most)
				}
			}
		})
	}
}

// TestEveryFormatSaysWhatToDo: the node that failed, the last 20 lines of its log, a link, the command to resume.
func TestEveryFormatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	r, mails := alerttest.NewReceiver(t, nil), alerttest.NewMailServer(t, alerttest.MailOptions{})
	s := hooking(t, r)
	m := message(order.RunError)
	var lines []string
	for i := range alert.MaxLogLines {
		lines = append(lines, fmt.Sprintf("log line %d.", i+1))
	}
	m.FailedNodes[0].Log = strings.Join(lines, "\n")
	texts := map[string]string{}
	for _, format := range order.URLFormats() {
		to := format + "+" + strings.Replace(r.URL, "https://", "https://"+routingKey+"@", 1)
		if err := s.Send(t.Context(), m, to); err != nil {
			t.Fatal(err)
		}
		ds := r.Deliveries()
		var body any
		ds[len(ds)-1].Decode(t, &body)
		texts[format] = allTexts(body)
	}
	mailer := mailing(t, mails, nil)
	if err := mailer.Send(t.Context(), m, "cook@example.com"); err != nil {
		t.Fatal(err)
	}
	texts["mail"] = text(t, mails.Mails()[0]) + "https://galley.example.com/ui/recipes/12" // this sender has no public URL
	for format, text := range texts {
		for _, want := range append(lines, "outer/count", "Bad input", "galley runs resume run-1", "https://galley.example.com/ui/recipes/12") {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", format, want, text)
			}
		}
	}
}

// allTexts are all texts of a document, one after the other.
func allTexts(v any) string {
	switch v := v.(type) {
	case string:
		return v + "\n"
	case []any:
		var out string
		for _, e := range v {
			out += allTexts(e)
		}
		return out
	case map[string]any:
		var out string
		for _, e := range v {
			out += allTexts(e)
		}
		return out
	}
	return ""
}

// TestAnIncidentEndsWithTheNextGoodRun of the same order.
func TestAnIncidentEndsWithTheNextGoodRun(t *testing.T) {
	t.Parallel()
	r := alerttest.NewReceiver(t, nil)
	s := hooking(t, r)
	to := "pagerduty+" + strings.Replace(r.URL, "https://", "https://"+routingKey+"@", 1)
	good := message(order.RunSuccess)
	good.OrderRunID = "run-2"
	for _, m := range []alert.Message{message(order.RunError), good} {
		if err := s.Send(t.Context(), m, to); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, d := range r.Deliveries() {
		var e struct {
			Action string `json:"event_action"`
			Dedup  string `json:"dedup_key"`
			Key    string `json:"routing_key"`
		}
		if err := json.Unmarshal(d.Body, &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Action+" "+e.Dedup+" "+e.Key)
	}
	want := "trigger galley-order-order-1 " + routingKey + ", resolve galley-order-order-1 " + routingKey
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestTogetherIsTheWorst(t *testing.T) {
	t.Parallel()
	first, bad, late := message(order.RunStart), message(order.RunError), message(order.RunSuccess)
	first.ID, bad.ID, late.ID = "1", "2", "3"
	got := alert.Together([]alert.Message{first, bad, late})
	if got.ID != "1" || got.Event != order.RunError || got.DigestCount != 3 || len(got.Digest) != 3 || got.Digest[0].ID != "2" {
		t.Errorf("got %+v", got)
	}
	if alone := alert.Together([]alert.Message{bad}); alone.DigestCount != 0 || alone.ID != "2" {
		t.Errorf("one alone is %+v", alone)
	}
}
