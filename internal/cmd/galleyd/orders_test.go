package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// orders speaks the v2 dialect to a process.
type orders struct {
	*servertest.Process
	token string
}

func ordersOf(t *testing.T, p *servertest.Process) orders {
	t.Helper()
	o := orders{Process: p}
	o.token = o.call(t, "POST", "/v2/login", `{"username": "`+servertest.Username+`", "password": "`+servertest.Password+`"}`, nil)
	return o
}

// call sends what has to succeed, and returns the answer.
func (o orders) call(t *testing.T, method, path, body string, into any) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, o.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("got %s", resp.Status)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, raw)
	}
	return string(raw)
}

// order orders the variation "v" of the recipe named like its kitchen.
func (o orders) order(t *testing.T, kitchen, body string) string {
	t.Helper()
	var made api.OrderCreated
	o.call(t, "PUT", "/v2/order/create/"+kitchen+"/"+kitchen+"/v", body, &made)
	return made.OrderID
}

// kitchen makes a kitchen with a recipe of that name, for the recipe type of that name,
// with the variation "v".
func (o orders) kitchen(t *testing.T, name, variation string) {
	t.Helper()
	o.call(t, "PUT", "/v2/kitchen/create/None/"+name, "{}", nil)
	files, err := json.Marshal(map[string]any{"files": map[string]any{
		"description.json": map[string]any{"contents": `{"recipe-type": "` + name + `"}`},
		"variations.json":  map[string]any{"contents": `{"variation-list": {"v": ` + variation + `}}`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	o.call(t, "POST", "/v2/recipe/create/"+name+"/"+name, string(files), nil)
}

// runs are those of an order, newest first.
func (o orders) runs(t *testing.T, kitchen, order string) []api.OrderRun {
	t.Helper()
	var out api.OrderServings
	o.call(t, "GET", "/v2/order/servings/"+kitchen+"/"+order, `{"count": 1000}`, &out)
	return out.Servings
}

// A server is killed (SIGKILL) while a run goes on, another order runs every second, and
// alerts wait behind a receiver that hangs. The next start finishes the run, starts no
// tick twice and none that nobody watched, and delivers the alerts, once.
func TestKilledServerKeepsItsOrders(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		var isBack atomic.Bool
		hook := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			if !isBack.Load() {
				<-r.Context().Done()
			}
		})
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--executor=process", "--workers=4", "--lease=" + lease.String(),
			"--misfire-grace=0s", "--webhook-key=" + alerttest.Key, "--alert-ca=" + hook.CAFile(t), "--allow-private-webhooks"}, flags...)
		first := ordersOf(t, servertest.Galleyd(t, args...))
		_, file, gate := sleeperType(t, first.Client)
		first.kitchen(t, "sleeper", fmt.Sprintf(`{"input-files": {"TEXT": [%d]}}`, file))
		processType(t, first.Client, "ticker", "true", "{}", "{}", "{}")
		first.kitchen(t, "ticker", "{}")
		const hanging, waiting = 4, 3 // as many as there are workers for alerts, and more
		var to []string
		for i := range hanging + waiting {
			to = append(to, fmt.Sprintf("%q", fmt.Sprint(hook.URL, "?", i)))
		}
		first.call(t, "POST", "/v2/kitchen/update/sleeper", `{"kitchen.json": {"settings": {"alerts": {"orderrunStart": [`+strings.Join(to, ",")+`]}}}}`, nil)

		ticking := first.order(t, "ticker", `{"schedule": "R/`+time.Now().UTC().Format(time.RFC3339)+`/PT1S"}`)
		sleeping := first.order(t, "sleeper", "{}")
		s := sleeper{recipe: *first.runs(t, "sleeper", sleeping)[0].RecipeID, gate: gate}
		s.waitBegun(t, first.Client, 1)
		servertest.Eventually(t, 30*time.Second, func() error {
			if ticks, alerts := len(first.runs(t, "ticker", ticking)), len(hook.Deliveries()); ticks < 2 || alerts < hanging {
				return fmt.Errorf("%d ticks and %d alerts", ticks, alerts)
			}
			return nil
		})
		first.Kill()
		killed := time.Now()
		servertest.Eventually(t, time.Minute, func() error { // ticks that nobody watches
			if down := time.Since(killed); down < 3*time.Second {
				return fmt.Errorf("down for %s", down)
			}
			return nil
		})
		isBack.Store(true)
		if err := os.WriteFile(gate, []byte("GO\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		restarted := time.Now()
		second := ordersOf(t, servertest.Galleyd(t, args...))
		servertest.Eventually(t, time.Minute, func() error {
			if run := second.runs(t, "sleeper", sleeping)[0]; run.Status != "COMPLETED_SERVING" {
				return fmt.Errorf("the run that went on is %+v", run)
			}
			fresh := 0
			for _, r := range second.runs(t, "ticker", ticking) {
				if time.UnixMilli(r.ScheduledFor).After(restarted) && r.Status == "COMPLETED_SERVING" {
					fresh++
				}
			}
			if fresh < 2 {
				return fmt.Errorf("%d ticks since the restart", fresh)
			}
			if n := len(hook.Deliveries()); n < hanging+waiting {
				return fmt.Errorf("%d alerts have come", n)
			}
			return nil
		})
		second.call(t, "PUT", "/v2/order/stop/"+ticking, "{}", nil)
		if runs := second.runs(t, "sleeper", sleeping); len(runs) != 1 {
			t.Errorf("the order that runs once has the runs %+v", runs)
		}
		seen := map[int64]bool{}
		for _, r := range second.runs(t, "ticker", ticking) {
			due := time.UnixMilli(r.ScheduledFor)
			if seen[r.ScheduledFor] || due.After(killed) && due.Before(restarted) {
				t.Errorf("killed at %s, restarted at %s: the run %+v is for a tick that was started twice, or that nobody watched", killed, restarted, r)
			}
			seen[r.ScheduledFor] = true
		}
		ids := map[string]int{}
		for _, d := range hook.Deliveries()[hanging:] {
			ids[d.ID]++
		}
		for _, d := range hook.Deliveries()[:hanging] {
			if ids[d.ID] > 0 {
				t.Errorf("alert %s came again before it was known to be lost", d.ID)
			}
		}
		if len(ids) != waiting {
			t.Errorf("after the restart the alerts %v came, want %d that waited", ids, waiting)
		}
	})
}
