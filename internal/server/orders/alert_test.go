package orders

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// soon is the first pause of alerts in tests: the longest is half a second.
const soon = time.Millisecond

// alerting is the configuration of an engine that reaches r and m, each of which may be nil.
func (k *restaurant) alerting(t testing.TB, r *alerttest.Receiver, m *alerttest.MailServer) Config {
	t.Helper()
	ac := alert.Config{WebhookKey: alerttest.Key, AllowPrivateWebhooks: true, RootCAs: x509.NewCertPool()}
	if r != nil {
		ac.RootCAs = r.CA
	}
	if m != nil {
		ac.SMTP = &alert.SMTP{Host: "127.0.0.1", Port: m.Port, Security: alert.Plain, From: mail.Address{Address: "galley@example.com"}}
	}
	cfg := Config{Engine: k.Config(1), AlertPause: soon}
	var err error
	if cfg.Alerts, err = alert.New(ac); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// orderRun inserts a kitchen with alerts, an order with the variables as its parameters,
// and a run of it without a recipe.
func (k *restaurant) orderRun(t testing.TB, alerts map[order.Event][]string, variables string) store.OrderRun {
	t.Helper()
	raw, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	empty, at := store.JSON(`{}`), store.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	kit := store.Kitchen{HID: "kitchen-1", Name: "prod", Overrides: empty, SecretOverrides: empty, Staff: store.JSON(`[]`), Roles: empty, Alerts: raw,
		Extra: empty, Created: at, LastModified: at}
	k.insert(t, &kit)
	o := store.RecipeOrder{HID: "order-1", KitchenID: kit.ID, RecipeName: "daily", Variation: "full", Parameters: store.JSON(variables),
		Schedule: "now", InputSettings: empty, Status: string(order.Active), Created: at, LastModified: at}
	k.insert(t, &o)
	run := store.OrderRun{HID: "run-1", OrderID: o.ID, ScheduledFor: at, Status: string(order.RunActive),
		Variables: store.JSON(variables), Created: at, Started: &at, LastModified: at}
	k.insert(t, &run)
	return run
}

func (k *restaurant) insert(t testing.TB, row any) {
	t.Helper()
	if err := k.Store.Insert(t.Context(), row); err != nil {
		t.Fatal(err)
	}
}

// happen makes something of a run happen.
func (k *restaurant) happen(t testing.TB, run store.OrderRun, events ...order.Event) {
	t.Helper()
	for _, event := range events {
		err := k.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return k.alert(ctx, tx, run, event) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// awaitAlerts waits until every alert of a run has ended, and returns them.
func (k *restaurant) awaitAlerts(t testing.TB, run store.OrderRun) []store.Alert {
	t.Helper()
	var rows []store.Alert
	enginetest.Await(t, func() bool {
		rows = k.alertsOf(t, run)
		return !slices.ContainsFunc(rows, func(a store.Alert) bool { return a.Status == store.AlertQueued })
	}, func() string { return fmt.Sprintf("alerts are %+v", rows) })
	return rows
}

func (k *restaurant) alertsOf(t testing.TB, run store.OrderRun) []store.Alert {
	t.Helper()
	rows, err := k.Store.AlertsOfRun(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAlertsOfEachEventGoToKitchenAndOrder(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		r, m := alerttest.NewReceiver(t, nil), alerttest.NewMailServer(t, alerttest.MailOptions{})
		alerts := map[order.Event][]string{order.RunError: {"chef@example.com", "cook@example.com"}, order.RunSuccess: nil}
		run := k.orderRun(t, alerts, fmt.Sprintf(`{"email": "cook@example.com", "alert_destinations": [%q], "n": 1e400}`, r.URL))
		k.open(t, k.alerting(t, r, m))
		k.happen(t, run, order.Events()...)
		var want, got []string
		for _, event := range order.Events() {
			want = append(want, string(event)+" cook@example.com", string(event)+" webhook run-1")
		}
		want = append(want, "orderrunError chef@example.com")
		for _, a := range k.awaitAlerts(t, run) {
			if a.Status != store.AlertDelivered || a.Attempts != 1 || a.LastError != "" || a.Ended == nil {
				t.Errorf("alert is %+v", a)
			}
		}
		for _, mail := range m.Mails() {
			got = append(got, mail.Header.Get("Galley-Event")+" "+mail.To)
		}
		for _, d := range r.Deliveries() {
			var message alert.Message
			d.Decode(t, &message)
			got = append(got, d.Event+" webhook "+message.OrderRunID)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
	})
}

// TestAnEventAlertsOnce: several servers notice the same event, and several deliver.
func TestAnEventAlertsOnce(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		k, other := newEmptyRestaurant(t, storetest.Open(t, dsn)), newEmptyRestaurant(t, storetest.Open(t, dsn)) // as two processes would
		r := alerttest.NewReceiver(t, nil)
		run := k.orderRun(t, nil, fmt.Sprintf(`{"alert_destinations": %q}`, r.URL+"/a,"+r.URL+"/b"))
		k.open(t, k.alerting(t, r, nil))
		other.open(t, other.alerting(t, r, nil))
		var servers sync.WaitGroup
		for i := range 8 {
			servers.Go(func() { []*restaurant{k, other}[i%2].happen(t, run, order.RunStart, order.RunSuccess) })
		}
		servers.Wait()
		rows := k.awaitAlerts(t, run)
		ids := map[string]int{}
		for _, d := range r.Deliveries() {
			ids[d.ID]++
		}
		if len(rows) != 4 || len(ids) != 4 || len(r.Deliveries()) != 4 {
			t.Errorf("%d alerts, deliveries by id %v; want 4 of each", len(rows), ids)
		}
	})
}

// TestARolledBackEventDoesNotAlert: the alert is part of the event's transaction.
func TestARolledBackEventDoesNotAlert(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		r := alerttest.NewReceiver(t, nil)
		run := k.orderRun(t, nil, fmt.Sprintf(`{"email": %q}`, r.URL))
		k.open(t, k.alerting(t, r, nil))
		oops := errors.New("oops")
		err := k.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(k.alert(ctx, tx, run, order.RunStart), oops)
		})
		if !errors.Is(err, oops) {
			t.Fatal(err)
		}
		k.happen(t, run, order.RunSuccess)
		k.awaitAlerts(t, run)
		if ds := r.Deliveries(); len(ds) != 1 || ds[0].Event != string(order.RunSuccess) {
			t.Errorf("deliveries are %+v, want only the later event", ds)
		}
	})
}

func TestAlertsAreTriedAgain(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		var log enginetest.Journal
		r := alerttest.NewReceiver(t, func(n int, w http.ResponseWriter, req *http.Request) {
			switch n {
			case 1:
				w.WriteHeader(http.StatusServiceUnavailable)
			case 2: // the answer is lost
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_ = conn.Close()
			default:
				w.WriteHeader(http.StatusOK)
			}
		})
		run := k.orderRun(t, nil, fmt.Sprintf(`{"email": %q}`, r.URL+"?secret=1"))
		cfg := k.alerting(t, r, nil)
		cfg.Engine.Logger = slog.New(slog.NewTextHandler(&log, nil))
		k.open(t, cfg)
		k.happen(t, run, order.RunStart)
		a := k.awaitAlerts(t, run)[0]
		if a.Status != store.AlertDelivered || a.Attempts != 3 || a.LastError != "" {
			t.Errorf("alert is %+v, want it delivered at the third try", a)
		}
		ds := r.Deliveries()
		if len(ds) != 3 || ds[0].ID != ds[1].ID || ds[1].ID != ds[2].ID || string(ds[0].Body) != string(ds[2].Body) {
			t.Errorf("tries differ: %+v", ds)
		}
		if !strings.Contains(log.String(), "503 Service Unavailable") || strings.Contains(log.String(), "secret") {
			t.Errorf("log is\n%s", log.String())
		}
	})
}

func TestAlertsAreGivenUp(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		var log enginetest.Journal
		r := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		gone := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) })

		run := k.orderRun(t, map[order.Event][]string{order.RunStart: {r.URL, gone.URL, "cook@example.com", "nobody", "http://example.com/"}}, `{}`)
		cfg := k.alerting(t, r, nil) // mail is off
		cfg.Engine.Logger = slog.New(slog.NewTextHandler(&log, nil))
		k.open(t, cfg)
		k.happen(t, run, order.RunStart)
		for i, want := range []struct {
			tries int
			err   string
		}{
			{alertTries, "answered 500 Internal Server Error"}, {1, "answered 410 Gone"}, {1, "mail is off"},
			{1, "which is neither"}, {1, "which is not encrypted"},
		} {
			a := k.awaitAlerts(t, run)[i]
			if a.Status != store.AlertFailed || a.Attempts != want.tries || !strings.Contains(a.LastError, want.err) || a.Ended == nil {
				t.Errorf("alert is %+v, want it FAILED after %d tries with %q", a, want.tries, want.err)
			}
			if !strings.Contains(log.String(), want.err) {
				t.Errorf("the log does not tell of %q:\n%s", want.err, log.String())
			}
		}
		if n := len(r.Deliveries()); n != alertTries {
			t.Errorf("%d requests came, want %d", n, alertTries)
		}
	})
}

func TestTriesTakeADay(t *testing.T) {
	t.Parallel()
	d := &Desk{pause: alertPause}
	var all time.Duration
	for tries := 1; tries < alertTries; tries++ {
		all += d.pauseAfter(tries)
	}
	if d.pauseAfter(1) != time.Minute || d.pauseAfter(alertTries-1) != 8*time.Hour || all != 24*time.Hour+31*time.Minute {
		t.Errorf("pauses from %s to %s, together %s", d.pauseAfter(1), d.pauseAfter(alertTries-1), all)
	}
}

// TestASlowReceiverDelaysNoJob: as many receivers hang as there are workers for alerts,
// and a recipe runs meanwhile.
func TestASlowReceiverDelaysNoJob(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		release := make(chan struct{})
		r := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, req *http.Request) {
			select {
			case <-release:
				w.WriteHeader(http.StatusNoContent)
			case <-req.Context().Done():
			}
		})
		var to []string
		for i := range alertWorkers + 1 {
			to = append(to, fmt.Sprint(r.URL, "/", i))
		}
		run := k.orderRun(t, map[order.Event][]string{order.RunStart: to}, `{}`)
		k.JobType(t, enginetest.JobSpec{Name: "quick"})
		rt := k.RecipeType(t, "Beside", enginetest.Definition(`{}`, map[string]string{"quick": enginetest.JobNode("quick", nil, nil)}))
		k.open(t, k.alerting(t, r, nil)) // one worker for jobs
		k.happen(t, run, order.RunStart)
		enginetest.Await(t, func() bool { return len(r.Deliveries()) == alertWorkers },
			func() string { return fmt.Sprintf("%d requests came", len(r.Deliveries())) })
		k.AwaitCompleted(t, k.Recipe(t, rt, `{}`).ID)
		close(release)
		for _, a := range k.awaitAlerts(t, run) {
			if a.Status != store.AlertDelivered {
				t.Errorf("alert is %+v", a)
			}
		}
	})
}

// TestAStopDoesNotLoseAlerts: the try that a stop interrupts does not count, and
// another server goes on.
func TestAStopDoesNotLoseAlerts(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		r := alerttest.NewReceiver(t, func(n int, w http.ResponseWriter, req *http.Request) {
			if n == 1 {
				<-req.Context().Done() // hangs until it is let go
			}
		})
		run := k.orderRun(t, nil, fmt.Sprintf(`{"email": %q}`, r.URL))
		k.happen(t, run, order.RunStart) // nobody delivers yet
		if a := k.alertsOf(t, run)[0]; a.Status != store.AlertQueued || a.Attempts != 0 {
			t.Errorf("an engine without workers has delivered: %+v", a)
		}
		first, err := New(k.alerting(t, r, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := first.engine.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		enginetest.Await(t, func() bool { return len(r.Deliveries()) == 1 }, func() string { return "no request came" })
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // at once
		if err := first.engine.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		if a := k.alertsOf(t, run)[0]; a.Status != store.AlertQueued || a.Attempts != 0 {
			t.Errorf("after the stop the alert is %+v", a)
		}
		k.open(t, k.alerting(t, r, nil))
		if a := k.awaitAlerts(t, run)[0]; a.Status != store.AlertDelivered || a.Attempts != 1 {
			t.Errorf("alert is %+v", a)
		}
	})
}

// TestALostRecordSendsTheSameIDAgain: a worker that dies between sending and recording
// cannot be told from one that never sent, so the receiver gets the alert twice, with one id.
func TestALostRecordSendsTheSameIDAgain(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		dying, die := context.WithCancel(t.Context())
		defer die()
		r := alerttest.NewReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				die()
			}
			w.WriteHeader(http.StatusNoContent)
		})
		run := k.orderRun(t, nil, fmt.Sprintf(`{"email": %q}`, r.URL))
		k.happen(t, run, order.RunStart)
		first, err := New(k.alerting(t, r, nil))
		if err != nil {
			t.Fatal(err)
		}
		job := &river.Job[alertDelivery]{Args: alertDelivery{AlertID: k.alertsOf(t, run)[0].ID}}
		if err := (&alertWorker{desk: first}).Work(dying, job); err == nil || !strings.Contains(err.Error(), "may be sent twice") {
			t.Errorf("a worker that could not record says %v", err)
		}
		if a := k.alertsOf(t, run)[0]; a.Status != store.AlertQueued || len(r.Deliveries()) != 1 {
			t.Errorf("alert is %+v after %d deliveries", a, len(r.Deliveries()))
		}
		k.open(t, k.alerting(t, r, nil))
		k.awaitAlerts(t, run)
		ds := r.Deliveries()
		if len(ds) != 2 || ds[0].ID != ds[1].ID || string(ds[0].Body) != string(ds[1].Body) {
			t.Errorf("deliveries are %+v, want two that are the same", ds)
		}
	})
}

// TestDeletedAlertsAreNotSent: a run's alerts go with it, and what was sent is not sent
// again, whatever River delivers.
func TestDeletedAlertsAreNotSent(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		r := alerttest.NewReceiver(t, nil)
		run := k.orderRun(t, nil, fmt.Sprintf(`{"email": %q}`, r.URL))
		k.happen(t, run, order.RunStart, order.RunSuccess)
		sent := k.alertsOf(t, run)[0]
		if ok, err := k.Store.RecordAlert(t.Context(), sent.ID, store.AlertDelivered, "", k.Now()); !ok || err != nil {
			t.Fatal(ok, err)
		}
		err := k.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return k.insertAlerts(ctx, tx, []alertDelivery{{AlertID: sent.ID}, {AlertID: 1 << 40}}, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		k.open(t, k.alerting(t, r, nil))
		k.awaitAlerts(t, run)
		if ds := r.Deliveries(); len(ds) != 1 || ds[0].Event != string(order.RunSuccess) {
			t.Errorf("deliveries are %+v, want only the one that was not sent", ds)
		}
	})
}

// TestDestinationsAreLimited where they are written, and all that are there are told.
func TestDestinationsAreLimited(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		var to []string
		for i := range order.MaxDestinations + 1 {
			to = append(to, fmt.Sprintf("cook-%d@example.com", i))
		}
		raw, err := json.Marshal(map[order.Event][]string{order.RunStart: to})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAlerts(raw); err == nil || !strings.Contains(err.Error(), "has 51 destinations; at most 50") {
			t.Errorf("a kitchen with too many is answered with %v", err)
		}
		run := k.orderRun(t, map[order.Event][]string{order.RunStart: {"chef@example.com"}}, fmt.Sprintf(`{"email": %q}`, strings.Join(to, ", ")))
		k.happen(t, run, order.RunStart)
		rows := k.alertsOf(t, run)
		if len(rows) != len(to)+1 || rows[0].Destination != "chef@example.com" || rows[1].Destination != "cook-0@example.com" {
			t.Errorf("%d alerts: %+v", len(rows), rows)
		}
	})
}

// TestAlertsAreToldTogether: what happens within the time of a digest is one mail, with the
// worst in front, for each destination; what comes later is another one.
func TestAlertsAreToldTogether(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		m := alerttest.NewMailServer(t, alerttest.MailOptions{})
		run := k.orderRun(t, map[order.Event][]string{order.RunError: {"chef@example.com"}},
			`{"email": "cook@example.com", "alert_digest": "PT1H"}`)
		k.happen(t, run, order.Events()...)
		var jobs []*river.Job[alertDelivery]
		for _, a := range k.alertsOf(t, run) {
			jobs = append(jobs, &river.Job[alertDelivery]{Args: alertDelivery{AlertID: a.ID}})
		}
		desk, err := New(k.alerting(t, nil, m))
		if err != nil {
			t.Fatal(err)
		}
		if err := desk.engine.Start(t.Context()); err != nil { // River delivers nothing for an hour
			t.Fatal(err)
		}
		defer func() { _ = desk.engine.Stop(context.WithoutCancel(t.Context())) }()
		for _, job := range jobs {
			if err := (&alertWorker{desk: desk}).Work(t.Context(), job); err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range k.alertsOf(t, run) {
			if a.Status != store.AlertDelivered || a.Attempts != 1 {
				t.Errorf("alert is %+v", a)
			}
		}
		var got []string
		for _, mail := range m.Mails() {
			got = append(got, mail.To+": "+mail.Header.Get("Subject"))
		}
		slices.Sort(got)
		want := []string{"chef@example.com: [Galley] daily (full) in prod has failed",
			"cook@example.com: [Galley] daily (full) in prod 5 events (1 Error, 1 OverDuration, 1 Warning, 1 Success, 1 Start)"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mails (-want +got):\n%s", diff)
		}
	})
}

// TestDigestsOutliveTheirLeader: an alert that is gone with its run takes nobody else's with it.
func TestDigestsOutliveTheirLeader(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		m := alerttest.NewMailServer(t, alerttest.MailOptions{})
		run := k.orderRun(t, nil, `{"email": "cook@example.com", "alert_digest": "PT1H"}`)
		k.happen(t, run, order.RunStart, order.RunError)
		kept := k.alertsOf(t, run)
		desk, err := New(k.alerting(t, nil, m))
		if err != nil {
			t.Fatal(err)
		}
		const gone = 1 << 40 // led them, and was deleted while it waited for another try
		if _, err := k.Store.GatherAlerts(t.Context(), store.Alert{ID: gone, Digest: kept[0].Digest, Destination: kept[0].Destination}); err != nil {
			t.Fatal(err)
		}
		if err := desk.engine.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = desk.engine.Stop(context.WithoutCancel(t.Context())) }()
		if err := (&alertWorker{desk: desk}).Work(t.Context(), &river.Job[alertDelivery]{Args: alertDelivery{AlertID: gone}}); err != nil {
			t.Fatal(err)
		}
		k.awaitAlerts(t, run)
		if got := len(m.Mails()); got != 1 {
			t.Errorf("got %d mails, want one that tells of both", got)
		}
	})
}

// TestFailedNodesAreNamed: at any depth, with the errors of their jobs.
func TestFailedNodesAreNamed(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		r := alerttest.NewReceiver(t, nil)
		fail := map[string]string{executor.SimulateExitCode: "1"}
		k.JobType(t, enginetest.JobSpec{Name: "fails", Settings: fail})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{"deep": enginetest.JobNode("fails", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"a": enginetest.JobNode("fails", nil, nil), "sub": enginetest.SubNode("inner", nil, nil)}))
		k.open(t, k.alerting(t, r, nil))
		recipe := k.Recipe(t, rt, `{}`)
		k.AwaitRecipe(t, recipe.ID, func(r store.Recipe) bool { return r.JobsFailed == 2 })
		run := k.orderRun(t, nil, fmt.Sprintf(`{"email": %q}`, r.URL))
		run.RecipeID, run.Status = &recipe.ID, string(order.RunFailed)
		if err := k.Store.Update(t.Context(), &run); err != nil {
			t.Fatal(err)
		}
		k.happen(t, run, order.RunError)
		k.awaitAlerts(t, run)
		var got alert.Message
		r.Deliveries()[0].Decode(t, &got)
		var nodes []string
		for _, n := range got.FailedNodes {
			if n.JobID == 0 || n.Name == "" || n.Title == "" || n.Category == "" || !strings.Contains(n.Log, "simulat") {
				t.Errorf("failed node is %+v", n)
			}
			nodes = append(nodes, n.Node)
		}
		if diff := cmp.Diff([]string{"a", "sub/deep"}, nodes); diff != "" || got.FailedNodeCount != 2 || *got.RecipeID != recipe.ID {
			t.Errorf("message is %+v, failed nodes (-want +got):\n%s", got, diff)
		}
	})
}
