package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestRunNow: PUT order/run (ours) starts a run beside the schedule.
func TestRunNow(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, runNow)
}

func runNow(t *testing.T, k *kitchens) {
	order := k.order("nightly", `{"parameters": {"testvar": "kept"}}`)
	var made api.OrderCreated
	k.must("PUT", "/v2/order/run/"+order, `{"kitchen_name": "Prod"}`, &made)
	if made.OrderID != order || made.ServingHID == order || !sameJSON(t, string(made.VariableOverrides), `{"testvar":"kept"}`) {
		t.Errorf("the run was answered with %+v", made)
	}
	if run := k.wait(order, "COMPLETED_SERVING"); run.HID != made.ServingHID || run.RecipeID == nil {
		t.Errorf("the run is %+v, want %s with a recipe", run, made.ServingHID)
	}
	var list api.OrderList
	k.must("GET", "/v2/order/status/Prod", "{}", &list)
	if o := list.Orders[0]; o.Status != "ACTIVE_ORDER" || o.NextRun == nil || o.RunCount != 0 {
		t.Errorf("the order is %+v, want its schedule as it was", o)
	}
	// A paused order is run by hand, by its id in the body, too.
	k.must("PUT", "/v2/order/pause/"+order, "{}", nil)
	k.must("PUT", "/v2/order/run/None", `{"order_id": "`+order+`"}`, nil)
	if runs := k.runs(order); len(runs) != 2 {
		t.Errorf("the paused order has %d runs, want 2", len(runs))
	}
	if got := k.orderStatus(order); got != "PAUSED_ORDER" {
		t.Errorf("with the run the paused order is %s", got)
	}
	k.must("PUT", "/v2/order/stop/"+order, "{}", nil)
	status, body := k.call("PUT", "/v2/order/run/"+order, "{}")
	checkV2Error(t, "a run of a stopped order", status, body, 409, "order anew")

	once := k.order("now", "{}")
	k.wait(once, "COMPLETED_SERVING")
	k.must("PUT", "/v2/order/run/"+once, "{}", nil)
	servertest.Eventually(t, 30*time.Second, func() error {
		if runs := k.runs(once); len(runs) != 2 || runs[0].Status != "COMPLETED_SERVING" {
			return fmt.Errorf("the runs are %+v, want two that have completed", runs)
		}
		return nil
	})
	slow := k.order("slow", "{}")
	status, body = k.call("PUT", "/v2/order/run/"+slow, "{}")
	checkV2Error(t, "a second run of an order that runs once", status, body, 409, "runs already")
	// What does not fit any more makes no run, unlike when a schedule fires.
	k.must("DELETE", "/v2/recipe/Prod/hello", "{}", nil)
	if status, body := k.call("PUT", "/v2/order/run/"+once, "{}"); status < 400 || status >= 500 {
		t.Errorf("a run without its recipe: got %d %s", status, body)
	}
	if runs := k.runs(once); len(runs) != 2 {
		t.Errorf("a run that was refused is there: %+v", runs)
	}
}

// TestRunKeys: whoever has lost the answer asks again with the same key, and gets it.
func TestRunKeys(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, runKeys)
}

func runKeys(t *testing.T, k *kitchens) {
	nightly, failing := k.order("nightly", "{}"), k.order("failing", "{}")
	failed := k.wait(failing, "SERVING_ERROR")
	for _, c := range []struct {
		path, order string
		runs        int // there are in the end
	}{{"run/" + nightly, nightly, 1}, {"resume/" + failed.HID, failing, 2}} {
		send := func(body string) (int, http.Header, string) {
			resp, raw := k.Do(t, "PUT", "/v2/order/"+c.path, http.Header{"Idempotency-Key": {"key of " + c.path}}, strings.NewReader(body))
			return resp.StatusCode, resp.Header, string(raw)
		}
		var first string
		for i, replayed := range []string{"", "true", "true"} {
			status, header, body := send(`{"kitchen_name": "Prod"}`)
			var made api.OrderCreated
			if status != 200 || json.Unmarshal([]byte(body), &made) != nil || header.Get("Idempotency-Replayed") != replayed {
				t.Fatalf("%s, time %d: got %d %s, replayed %q", c.path, i, status, body, header.Get("Idempotency-Replayed"))
			}
			if i == 0 {
				first = made.ServingHID
			}
			if made.ServingHID != first || made.OrderID != c.order {
				t.Errorf("%s, time %d: got %+v, want run %s of order %s", c.path, i, made, first, c.order)
			}
		}
		status, _, body := send(`{}`)
		checkV2Error(t, c.path+" with the key of another request", status, body, 422, "key")
		if runs := k.runs(c.order); len(runs) != c.runs || runs[0].HID != first {
			t.Errorf("%s: the runs are %+v, want %d, the newest %s", c.path, runs, c.runs, first)
		}
	}
	status, body := k.call("PUT", "/v2/order/resume/"+failed.HID, "{}")
	checkV2Error(t, "a second resume without a key", status, body, 409, "SERVING_RERAN")
}
