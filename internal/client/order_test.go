package client

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// recorder answers every request with a text and remembers what it was asked.
type recorder struct {
	mu      sync.Mutex
	answers map[string]string // by method and path; others get {}
	asked   []string          // method, path and body
	keys    []string          // Idempotency-Key of each
	tags    []string          // If-Match of each
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	line := req.Method + " " + req.URL.Path
	r.asked = append(r.asked, strings.TrimSpace(line+" "+string(body)))
	r.keys, r.tags = append(r.keys, req.Header.Get("Idempotency-Key")), append(r.tags, req.Header.Get("If-Match"))
	w.Header().Set("ETag", `"7"`)
	if answer := r.answers[line]; answer != "" {
		_, _ = io.WriteString(w, answer)
		return
	}
	_, _ = io.WriteString(w, "{}")
}

func TestCallsOfV2(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call  func(*Client) error
		want  string
		keyed bool
	}{
		"kitchens": {call: func(c *Client) error { _, err := c.Kitchens(t.Context()); return err }, want: "GET /v2/kitchen/list"},
		"create kitchen": {call: func(c *Client) error {
			_, err := c.CreateKitchen(t.Context(), "a", "b c", api.KitchenCreate{Description: "d"})
			return err
		}, want: `PUT /v2/kitchen/create/a/b c {"description":"d"}`, keyed: true},
		"create root": {call: func(c *Client) error {
			_, err := c.CreateKitchen(t.Context(), "", "b", api.KitchenCreate{})
			return err
		}, want: "PUT /v2/kitchen/create/None/b {}", keyed: true},
		"delete kitchen": {call: func(c *Client) error { return c.DeleteKitchen(t.Context(), "k") }, want: "DELETE /v2/kitchen/delete/k {}"},
		"recipe names":   {call: func(c *Client) error { _, err := c.KitchenRecipeNames(t.Context(), "k"); return err }, want: "GET /v2/kitchen/recipenames/k"},
		"create recipe": {
			call: func(c *Client) error {
				_, err := c.CreateKitchenRecipe(t.Context(), "k", "r", map[string]string{"a.json": "{}"})
				return err
			},
			want: `POST /v2/recipe/create/k/r {"files":{"a.json":{"contents":"{}"}}}`, keyed: true,
		},
		"write files": {
			call: func(c *Client) error {
				return c.WriteKitchenRecipe(t.Context(), "k", "r", map[string]string{"a.json": "{}"})
			},
			want: `POST /v2/recipe/update/k/r {"files":{"a.json":{"contents":"{}"}}}`,
		},
		"delete recipe": {call: func(c *Client) error { return c.DeleteKitchenRecipe(t.Context(), "k", "r") }, want: "DELETE /v2/recipe/k/r {}"},
		"create order": {
			call: func(c *Client) error {
				_, err := c.CreateOrder(t.Context(), "k", "r", "v", api.OrderCreate{Parameters: json.RawMessage(`{"a":1}`), Schedule: "now"})
				return err
			},
			want: `PUT /v2/order/create/k/r/v {"parameters":{"a":1},"schedule":"now"}`, keyed: true,
		},
		"orders": {
			call: func(c *Client) error { _, err := c.Orders(t.Context(), "k", api.OrderQuery{Recipe: "r"}); return err },
			want: `GET /v2/order/status/k {"recipe":"r"}`,
		},
		"runs":     {call: func(c *Client) error { _, err := c.OrderRuns(t.Context(), "k", "o", 2); return err }, want: `GET /v2/order/servings/k/o {"count":2}`},
		"skipped":  {call: func(c *Client) error { _, err := c.SkippedRuns(t.Context(), "k", "o", 2); return err }, want: `GET /v2/order/servings/k/o {"count":2}`},
		"all runs": {call: func(c *Client) error { _, err := c.OrderRuns(t.Context(), "k", "o", 0); return err }, want: `GET /v2/order/servings/k/o {"count":1000000}`},
		"run": {
			call: func(c *Client) error { _, err := c.RunOrder(t.Context(), "k", "o"); return err },
			want: `PUT /v2/order/run/o {"kitchen_name":"k"}`, keyed: true,
		},
		"resume": {
			call: func(c *Client) error { _, err := c.ResumeRun(t.Context(), "k", "r"); return err },
			want: `PUT /v2/order/resume/r {"kitchen_name":"k"}`, keyed: true,
		},
		"stop":    {call: func(c *Client) error { return c.StopOrder(t.Context(), "k", "o") }, want: `PUT /v2/order/stop/o {"kitchen_name":"k"}`},
		"pause":   {call: func(c *Client) error { return c.PauseOrder(t.Context(), "k", "o") }, want: `PUT /v2/order/pause/o {"kitchen_name":"k"}`},
		"unpause": {call: func(c *Client) error { return c.UnpauseOrder(t.Context(), "k", "o") }, want: `PUT /v2/order/unpause/o {"kitchen_name":"k"}`},
		"update": {
			call: func(c *Client) error {
				return c.UpdateOrder(t.Context(), "k", "o", api.OrderUpdate{Schedule: new(""), Paused: new(true), Overlap: new("skip")})
			},
			want: `PUT /v2/order/update/o {"kitchen_name":"k","schedule":"","overlap":"skip","paused":true}`,
		},
		"delete": {call: func(c *Client) error { return c.DeleteOrder(t.Context(), "k", "o") }, want: `DELETE /v2/order/delete/o {"kitchen_name":"k"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			if err := tt.call(newTestClient(t, Config{}, r)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.want}, r.asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if keyed := r.keys[0] != ""; keyed != tt.keyed {
				t.Errorf("the request has the key %q, want one: %t", r.keys[0], tt.keyed)
			}
		})
	}
}

func TestUpdateOfAKitchenIsForTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: map[string]string{"GET /v2/kitchen/k": `{"kitchen": {"name": "k", "wizard-status": {"a": [1]}}}`}}
	c := newTestClient(t, Config{}, r)
	k, err := c.Kitchen(t.Context(), "k")
	if err == nil {
		_, err = c.UpdateKitchen(t.Context(), "k", api.KitchenUpdate{Kitchen: k, IfMatch: k.ETag})
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.tags[1] != `"7"` || !strings.Contains(r.asked[1], `"wizard-status":{"a":[1]}`) {
		t.Errorf("the update is for the version %s: %s; want that of the answer, with all of its members", r.tags[1], r.asked[1])
	}
}

func TestFilesOfAKitchensRecipe(t *testing.T) {
	t.Parallel()
	const path = "/v2/recipe/get/k/"
	c := newTestClient(t, Config{}, &recorder{answers: map[string]string{
		"GET " + path + "r": `{"recipes": {"r": {
			"r": [{"filename": "variables.json", "json": "{}"}, {"filename": "README.md", "text": "hi"}, {"filename": "empty"}],
			"r/sub/deep": [{"filename": "x.sql", "text": ""}]}}}`,
		"GET " + path + "none": `{"recipes": {}}`,
	}})
	got, err := c.KitchenRecipeFiles(t.Context(), "k", "r")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"variables.json": "{}", "README.md": "hi", "sub/deep/x.sql": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if _, err := c.KitchenRecipeFiles(t.Context(), "k", "none"); !api.IsNotFound(err) {
		t.Errorf("error = %v, want one that says that there is no such recipe", err)
	}
}

func TestOrderIsLookedForInTheList(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: map[string]string{"GET /v2/order/status/k": `{
		"orders": [{"hid": "a-1", "recipe": "r"}], "servings": {"a-1": {"servings": [{"hid": "run"}], "total": 3}}}`}}
	c := newTestClient(t, Config{}, r)
	o, run, err := c.Order(t.Context(), "k", "a-1")
	if err != nil || o.Recipe != "r" || run == nil || run.HID != "run" {
		t.Errorf("Order = %+v, %+v, %v; want the order and its newest run", o, run, err)
	}
	if want := `GET /v2/order/status/k {"search":"^a-1$","servingsCount":1}`; r.asked[0] != want {
		t.Errorf("request = %s, want %s", r.asked[0], want)
	}
	if _, _, err := c.Order(t.Context(), "k", "b"); !api.IsNotFound(err) {
		t.Errorf("error = %v, want one that says that there is no such order", err)
	}
}

func TestOrderRunIsReadWithItsOrder(t *testing.T) {
	t.Parallel()
	const line = "POST /v2/order/details/k"
	r := &recorder{answers: map[string]string{line: `{"orders": [{"hid": "o"}], "servings": [{"hid": "run", "order_id": "o"}]}`}}
	c := newTestClient(t, Config{}, r)
	o, run, err := c.OrderRun(t.Context(), "k", "run")
	if err != nil || o.HID != "o" || run.HID != "run" || run.OrderID != "o" {
		t.Errorf("OrderRun = %+v, %+v, %v; want the run and its order", o, run, err)
	}
	if want := line + ` {"serving_hid":"run"}`; r.asked[0] != want {
		t.Errorf("request = %s, want %s", r.asked[0], want)
	}
	c = newTestClient(t, Config{}, &recorder{})
	if _, _, err := c.OrderRun(t.Context(), "k", "run"); !api.IsNotFound(err) {
		t.Errorf("error = %v, want one that says that there is no such run", err)
	}
}
