package server_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// A handClock stands still until a test moves it on.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// TestEventsOfOrdersAreToldOnce: each of the five events, by e-mail to whom the kitchen
// names for it, and to the webhook that the order names.
func TestEventsOfOrdersAreToldOnce(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tellsOfEvents(t, database(t))
		})
	}
}

// told is one delivery, by who got it and what of.
type told struct{ to, event, run string }

func tellsOfEvents(t *testing.T, database string) {
	clock := &handClock{now: time.Now()}
	mails, hook := alerttest.NewMailServer(t, alerttest.MailOptions{}), alerttest.NewReceiver(t, nil)
	k := newKitchens(t, servertest.Options{Database: database, Now: clock.Now, Alerts: server.AlertConfig{
		SMTPURL: "smtp://127.0.0.1:" + strconv.Itoa(mails.Port), SMTPFrom: "galley@example.com",
		WebhookKey: alerttest.Key, CA: hook.CAFile(t), AllowPrivateWebhooks: true, PublicURL: "https://galley.example.com",
	}})
	var alerts []string
	for _, event := range order.Events() {
		alerts = append(alerts, fmt.Sprintf("%q: [%q]", event, string(event)+"@example.com"))
	}
	k.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"settings": {"alerts": {`+strings.Join(alerts, ",")+`}}}}`, nil)
	parameters := func(more string) string {
		return `"parameters": {"alert_destinations": [` + quote(hook.URL) + `]` + more + `}}`
	}

	runs := map[string]string{} // by what became of them
	warned := k.order("now", "{"+parameters(`, "GALLEY_SIMULATE_ERRORS": "1"`))
	runs["warned"] = k.wait(warned, "COMPLETED_SERVING").HID
	failed := k.order("failing", "{"+parameters(""))
	runs["failed"] = k.wait(failed, "SERVING_ERROR").HID
	slow := k.order("slow", "{"+parameters(""))
	runs["slow"] = k.wait(slow, "ACTIVE_SERVING").HID
	clock.advance(2 * time.Minute) // a minute is allowed
	k.waitTold(runs["slow"], 4)    // has started, takes too long: each by mail and webhook
	k.must("PUT", "/v2/serving/stop/"+runs["slow"], "{}", nil)
	k.wait(slow, "STOPPED_SERVING")

	due := clock.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)
	broken := k.order("now", `{"start": `+quote(due)+`, `+parameters(""))
	k.must("POST", "/v2/recipe/update/Prod/hello", `{"files": {"description.json": {"contents": "{\"recipe-type\": \"recipe-gone\"}"}}}`, nil)
	clock.advance(time.Second)
	runs["broken"] = k.wait(broken, "SERVING_ERROR").HID

	happened := map[string][]order.Event{
		"warned": {order.RunStart, order.RunWarning, order.RunSuccess}, "failed": {order.RunStart, order.RunError},
		"slow": {order.RunStart, order.RunOverDuration}, "broken": {order.RunError},
	}
	var want, got []told
	for name, events := range happened {
		k.waitTold(runs[name], 2*len(events))
		for _, event := range events {
			want = append(want, told{string(event) + "@example.com", string(event), runs[name]}, told{"webhook", string(event), runs[name]})
		}
	}
	for _, m := range mails.Mails() {
		about := slices.IndexFunc(want, func(w told) bool { return w.to == m.To && strings.Contains(string(m.Raw), w.run) })
		if about < 0 {
			t.Fatalf("a mail to %s is about no run:\n%s", m.To, m.Raw)
		}
		got = append(got, told{m.To, m.Header.Get("Galley-Event"), want[about].run})
		checkMail(t, m)
	}
	messages := map[told]alert.Message{}
	for _, d := range hook.Deliveries() {
		var m alert.Message
		d.Decode(t, &m)
		one := told{"webhook", d.Event, m.OrderRunID}
		got, messages[one] = append(got, one), m
	}
	byText := func(a, b told) int { return strings.Compare(a.to+a.event+a.run, b.to+b.event+b.run) }
	slices.SortFunc(want, byText)
	slices.SortFunc(got, byText)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
		t.Fatalf("what was told (-want +got):\n%s", diff)
	}
	checkMessages(t, messages, map[string]string{runs["warned"]: warned, runs["failed"]: failed, runs["slow"]: slow, runs["broken"]: broken})
	if m := messages[told{"webhook", string(order.RunError), runs["broken"]}]; !strings.Contains(m.Error, "recipe-gone") || m.RecipeID != nil || m.URL != "" {
		t.Errorf("a run that could not start is told as %+v", m)
	}
	if m := messages[told{"webhook", string(order.RunError), runs["failed"]}]; len(m.FailedNodes) != 1 || m.FailedNodes[0].Node != "check" ||
		m.FailedNodes[0].JobID == 0 || m.FailedNodes[0].Title == "" || !strings.HasPrefix(m.URL, "https://galley.example.com/") {
		t.Errorf("a run with an error is told as %+v", m)
	}
	if m := messages[told{"webhook", string(order.RunOverDuration), runs["slow"]}]; m.MaxDuration == nil || *m.MaxDuration != 60 || m.Ended != nil {
		t.Errorf("a run that takes too long is told as %+v", m)
	}
}

// waitTold waits until the run has n alerts and each was delivered, at once.
func (k *kitchens) waitTold(hid string, n int) {
	k.t.Helper()
	run, err := k.Store.OrderRunByHID(k.t.Context(), hid)
	if err != nil {
		k.t.Fatal(err)
	}
	servertest.Eventually(k.t, 30*time.Second, func() error {
		rows, err := k.Store.AlertsOfRun(k.t.Context(), run.ID)
		if err == nil && (len(rows) != n || slices.ContainsFunc(rows, func(a store.Alert) bool { return a.Status != store.AlertDelivered || a.Attempts != 1 })) {
			err = fmt.Errorf("the alerts are %+v, want %d that are delivered", rows, n)
		}
		return err
	})
}

// checkMail looks at what people see of a mail first.
func checkMail(t *testing.T, m alerttest.Mail) {
	t.Helper()
	event, _, _ := strings.Cut(m.To, "@")
	words := map[order.Event]string{order.RunStart: "has started", order.RunWarning: "needed several tries", order.RunOverDuration: "takes longer",
		order.RunSuccess: "has completed", order.RunError: "has failed"}[order.Event(event)]
	if subject := m.Header.Get("Subject"); !strings.HasPrefix(subject, "[Galley] hello (") || !strings.Contains(subject, ") in Prod "+words) {
		t.Errorf("the mail to %s has the subject %q", m.To, subject)
	}
	if m.From != "galley@example.com" || m.Header.Get("Galley-Event") != event {
		t.Errorf("the mail to %s is from %s, of the event %s", m.To, m.From, m.Header.Get("Galley-Event"))
	}
}

// checkMessages looks at what all messages have.
func checkMessages(t *testing.T, messages map[told]alert.Message, orders map[string]string) {
	t.Helper()
	statuses := map[order.Event]order.RunStatus{order.RunStart: order.RunActive, order.RunOverDuration: order.RunActive,
		order.RunWarning: order.RunCompleted, order.RunSuccess: order.RunCompleted, order.RunError: order.RunFailed}
	ids := map[string]bool{}
	for one, m := range messages {
		if string(m.Event) != one.event || m.Kitchen != "Prod" || m.Recipe != "hello" || m.OrderID != orders[m.OrderRunID] ||
			m.Status != statuses[m.Event] || m.Version != alert.Version || m.Started == nil || ids[m.ID] {
			t.Errorf("the message is %+v", m)
		}
		ids[m.ID] = true
	}
}
