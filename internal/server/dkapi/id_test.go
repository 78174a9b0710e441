package dkapi

import (
	"net/url"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func TestIDsOf2016CarryOurs(t *testing.T) {
	t.Parallel()
	at := store.At(time.UnixMilli(1_700_000_000_123))
	o := store.RecipeOrder{ID: 7, HID: "order-hid", RecipeName: "my recipe", Variation: "now", Created: at}
	run := store.OrderRun{HID: "run-hid", ScheduledFor: at}
	chronos, mesos := chronosID(o, "Prod"), mesosID(run, o, "Prod")
	if chronos != "1700000000123#order-hid#my recipe#now#Prod#7" || mesos != "ct:1700000000123:run-hid:"+chronos {
		t.Errorf("the ids are %s and %s", chronos, mesos)
	}
	for _, escape := range []func(string) string{func(s string) string { return s }, url.PathEscape, url.QueryEscape} {
		if got := orderID(escape(chronos)); got != "order-hid" {
			t.Errorf("%s is the order %s", escape(chronos), got)
		}
		if got := orderID(escape(mesos)); got != "order-hid" {
			t.Errorf("the run %s is of the order %s", escape(mesos), got)
		}
		if got := runID(escape(mesos)); got != "run-hid" {
			t.Errorf("%s is the run %s", escape(mesos), got)
		}
	}
	later := o
	later.Created = store.At(at.Add(time.Second))
	if chronosID(later, "Prod") <= chronos {
		t.Error("clients of 2016 would not take the later order for the latest")
	}
	for _, plain := range []string{"a2fc408c-e8ea-11f1-98a0-8b29fceb03da", "", "%zz", "ct:1:2:3"} {
		if orderID(plain) != plain || runID(plain) != plain {
			t.Errorf("%q became %q and %q", plain, orderID(plain), runID(plain))
		}
	}
	if got := runID(chronos); got == "order-hid" {
		t.Errorf("the id of an order stands for the run %s", got)
	}
}

func TestBodiesWinOverPaths(t *testing.T) {
	t.Parallel()
	request := func(path string, body map[string]any) *Request {
		return &Request{Path: func(name string) string { return map[string]string{"order": path}[name] }, Body: body}
	}
	for name, c := range map[string]struct {
		path string
		body map[string]any
		want string
	}{
		"the path":              {"p", nil, "p"},
		"the body":              {"p", map[string]any{"serving_book_hid": "b"}, "b"},
		"another name":          {"None", map[string]any{"order_id": "b"}, "b"},
		"null is absent":        {"p", map[string]any{"order_id": nil}, "p"},
		"an empty one is, too":  {"p", map[string]any{"order_id": ""}, "p"},
		"None is no id":         {"p", map[string]any{"order_id": "None"}, "p"},
		"neither has one":       {"None", map[string]any{"kitchen_name": "k"}, ""},
		"spaces around it":      {"p", map[string]any{"order_id": " b "}, "b"},
		"a run's id in its own": {"None", map[string]any{"serving_hid": "r"}, ""},
	} {
		got, err := request(c.path, c.body).orderID("order")
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := request("p", map[string]any{"order_id": 7}).orderID("order"); err == nil {
		t.Error("a number was taken for an id")
	}
}

func TestRecordTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stream, text, want string }{
		{"stdout", "all is well", "INFO"}, {"stderr", "progress 7 %", "WARNING"}, {"stdout", "ERROR: no", "ERROR"}, {"stderr", "[DEBUG] x", "DEBUG"},
		{"stdout", "WARN x", "WARNING"}, {"stdout", "FATAL", "CRITICAL"}, {"stdout", "INFORMATION", "INFO"}, {"stderr", "INFO x", "INFO"},
		{"stdout", "", "INFO"}, {"stdout", "ERRORS: 0", "INFO"}, {"stdout", "TRACE", "TRACE"},
	} {
		if got := recordType(c.stream, c.text); got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.stream, c.text, got, c.want)
		}
	}
}

func TestMissingSaysTheWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`kitchen "x" not found`:         `kitchen "x" does not exist.`,
		`kitchen "x" not found.`:        `kitchen "x" does not exist.`,
		`The order "x" does not exist.`: `The order "x" does not exist.`,
		`The order "x" does not exist`:  `The order "x" does not exist.`,
		`Revision 7 of recipe type "r"`: `Revision 7 of recipe type "r" does not exist.`,
		`order run "x": not found`:      `order run "x" does not exist.`,
	} {
		if got := missing(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
