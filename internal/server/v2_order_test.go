package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestOrderCreates: what each client sends (contract datakitchen-v2, 1.5).
func TestOrderCreates(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	const formLabel = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		path, label, body string
		parameters        string // of the answer
		schedule          string // of the order
	}{
		"dkutils":                           {"Prod/hello/now", "application/json", `{"schedule": "now", "parameters": {"testvar": "x"}}`, `{"testvar":"x"}`, "now"},
		"dk of 2018 without a label":        {"Prod/hello/now", "", `{"parameters": {"testvar": "x", "n": 1.5, "d": {"a": [null, true]}}}`, `{"testvar":"x","n":1.5,"d":{"a":[null,true]}}`, "now"},
		"dk of 2018 without a body":         {"Prod/hello/now", "", "-", `{}`, "now"},
		"the seed's program":                {"Prod/hello/now", formLabel, `{"parameters":{"testvar":"override_value"}}`, `{"testvar":"override_value"}`, "now"},
		"no parameters":                     {"Prod/hello/now", "text/plain", ` { "parameters" : null } `, `{}`, "now"},
		"an empty body":                     {"Prod/hello/now", formLabel, "", `{}`, "now"},
		"null for a body":                   {"Prod/hello/now", "application/json", "null", `{}`, "now"},
		"the variation's own schedule":      {"Prod/hello/nightly", "", "{}", `{}`, "30 2 * * *"},
		"a schedule instead":                {"Prod/hello/nightly", "", `{"schedule": "0 5 * * MON-FRI", "scheduleTimeZone": "Asia/Tokyo", "max-runs": 3}`, `{}`, "0 5 * * MON-FRI"},
		"an interval":                       {"Prod/hello/now", "", `{"schedule": "R/2100-01-01T00:00:00Z/PT2H"}`, `{}`, "R/2100-01-01T00:00:00Z/PT2H"},
		"the whole graph":                   {"graph/Prod/hello/nightly", "", `{"graph-setting": [["greet", "check"]]}`, `{}`, "now"},
		"a graph of one node":               {"graph/Prod/hello/now", "", `{"graph-setting": [["greet"]]}`, `{}`, "now"},
		"one node, as in 2016":              {"onenode/Prod/hello/now/greet", "", "-", `{}`, "now"},
		"a path that is escaped":            {"%50rod/hell%6F/now", "", "{}", `{}`, "now"},
		"members that mean nothing":         {"Prod/hello/now", "", `{"ingredient_owner_order_run": "r", "colour": [1]}`, `{}`, "now"},
		"a variable that was not there yet": {"Prod/hello/now", "", `{"parameters": {"brand_new": 1}}`, `{"brand_new":1}`, "now"},
	} {
		header := http.Header{}
		if c.label != "" {
			header.Set("Content-Type", c.label)
		}
		var body io.Reader
		if c.body != "-" {
			body = strings.NewReader(c.body)
		}
		resp, raw := k.Do(t, "PUT", "/v2/order/create/"+c.path, header, body)
		var made api.OrderCreated
		if resp.StatusCode != 200 || json.Unmarshal(raw, &made) != nil || made.Status != "success" {
			t.Errorf("%s: got %d %s", name, resp.StatusCode, raw)
			continue
		}
		if made.ServingHID != made.OrderID || !strings.Contains(made.ServingChronosID, made.OrderID) || !sameJSON(t, string(made.VariableOverrides), c.parameters) {
			t.Errorf("%s: got %s, want the id three times and %s", name, raw, c.parameters)
		}
		var list api.OrderList
		k.must("GET", "/v2/order/status/Prod", `{"search": "`+made.OrderID+`"}`, &list)
		if len(list.Orders) != 1 || list.Orders[0].Schedule != c.schedule {
			t.Errorf("%s: the order is listed as %+v, want the schedule %q", name, list.Orders, c.schedule)
			continue
		}
		var settings map[string]any
		decode(t, list.Orders[0].InputSettings, &settings)
		if settings["login"] != "admin" || settings["customer_git_name"] != "galley" {
			t.Errorf("%s: the input settings are %v", name, settings)
		}
		parameters, err := json.Marshal(settings["parameters"])
		if err != nil || !sameJSON(t, string(parameters), c.parameters) {
			t.Errorf("%s: the input settings have the parameters %s, %v", name, parameters, err)
		}
	}
}

func TestOrderRefusals(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	k.must("POST", "/v2/recipe/create/Prod/unbound", `{"files": {"variations.json": {"contents": "{\"variation-list\": {\"v\": {}}}"}}}`, nil)
	k.must("PUT", "/v2/kitchen/create/None/Other", "-", nil)
	order := k.order("nightly", "-")
	k.checkRefusals(map[string]v2Refusal{
		"an unknown kitchen":           {"PUT", "/v2/order/create/Nowhere/hello/now", "{}", 417, "Nowhere"},
		"an unknown recipe":            {"PUT", "/v2/order/create/Prod/nothing/now", "{}", 417, "nothing"},
		"an unknown variation":         {"PUT", "/v2/order/create/Prod/hello/never", "{}", 417, "never"},
		"a recipe without a type":      {"PUT", "/v2/order/create/Prod/unbound/v", "{}", 417, "recipe-type"},
		"parameters that are none":     {"PUT", "/v2/order/create/Prod/hello/now", `{"parameters": [1]}`, 417, "parameters"},
		"a parameter with a bad name":  {"PUT", "/v2/order/create/Prod/hello/now", `{"parameters": {"a b": 1}}`, 417, "a b"},
		"a parameter of another type":  {"PUT", "/v2/order/create/Prod/hello/now", `{"parameters": {"testvar": {"a": 1}}}`, 417, "testvar"},
		"a schedule that is none":      {"PUT", "/v2/order/create/Prod/hello/now", `{"schedule": "tomorrow"}`, 417, "tomorrow"},
		"a schedule of another type":   {"PUT", "/v2/order/create/Prod/hello/now", `{"schedule": {"start": 1}}`, 417, "schedule"},
		"a zone that there is not":     {"PUT", "/v2/order/create/Prod/hello/now", `{"schedule": "0 5 * * *", "scheduleTimeZone": "Moon/Base"}`, 417, "Moon/Base"},
		"a graph of an unknown node":   {"PUT", "/v2/order/create/graph/Prod/hello/now", `{"graph-setting": [["great"]]}`, 417, "did you mean 'greet'?"},
		"an unknown node, as in 2016":  {"PUT", "/v2/order/create/onenode/Prod/hello/now/great", "-", 417, "graph-setting"},
		"a body that is no JSON":       {"PUT", "/v2/order/create/Prod/hello/now", `{"parameters"`, 400, "JSON parse error"},
		"a member that comes twice":    {"PUT", "/v2/order/create/Prod/hello/now", `{"parameters": {"a": 1, "a": 2}}`, 400, "the body has 'parameters.a' twice"},
		"runs of an unknown order":     {"GET", "/v2/order/servings/Prod/nothing", "{}", 404, "does not exist."},
		"runs in another kitchen":      {"GET", "/v2/order/servings/Other/" + order, "{}", 404, "does not exist."},
		"runs of an unknown kitchen":   {"GET", "/v2/order/servings/Nowhere/" + order, "{}", 404, "does not exist."},
		"a negative number of runs":    {"GET", "/v2/order/servings/Prod/" + order, `{"count": -1}`, 400, "count"},
		"a number that is none":        {"GET", "/v2/order/servings/Prod/" + order, `{"count": "x"}`, 400, `'count'`},
		"details of an unknown run":    {"POST", "/v2/order/details/Prod", `{"serving_hid": "nothing"}`, 404, "does not exist."},
		"details of an unknown order":  {"POST", "/v2/order/details/Prod", `{"serving_book_hid": "nothing"}`, 404, "does not exist."},
		"details in another kitchen":   {"POST", "/v2/order/details/Other", `{"order_id": "` + order + `"}`, 404, "does not exist."},
		"details of a kitchen":         {"POST", "/v2/order/details/Nowhere", `{}`, 404, "does not exist."},
		"an id that is none":           {"POST", "/v2/order/details/Prod", `{"order_id": 7}`, 400, `'order_id'`},
		"a search that is none":        {"GET", "/v2/order/status/Prod", `{"search": "("}`, 400, "regular expression"},
		"a count that is none":         {"GET", "/v2/order/status/Prod?count=x", "-", 400, `'count'`},
		"a stop of nothing":            {"PUT", "/v2/order/stop/nothing", "{}", 404, "does not exist."},
		"an id with an escaped NUL":    {"PUT", "/v2/order/stop/%2500", "-", 404, "does not exist."},
		"an id that is no text":        {"PUT", "/v2/serving/stop/None", `{"serving_hid": "%ff"}`, 404, "does not exist."},
		"a stop without any id":        {"PUT", "/v2/order/stop/None", "{}", 404, "does not exist."},
		"a pause of nothing":           {"PUT", "/v2/order/pause/nothing", "-", 404, "does not exist."},
		"an unpause of nothing":        {"PUT", "/v2/order/unpause/nothing", "-", 404, "does not exist."},
		"an unpause of an active one":  {"PUT", "/v2/order/unpause/" + order, "-", 409, ""},
		"a deletion of nothing":        {"DELETE", "/v2/order/delete/None", `{"serving_book_hid": "nothing"}`, 404, "does not exist."},
		"deletions in no kitchen":      {"DELETE", "/v2/order/deleteall/Nowhere", "-", 404, "does not exist."},
		"a run of nothing":             {"PUT", "/v2/order/run/nothing", "{}", 404, "does not exist."},
		"a run without any id":         {"PUT", "/v2/order/run/None", "{}", 404, "does not exist."},
		"a resume of nothing":          {"PUT", "/v2/order/resume/None", `{"serving_hid": "nothing"}`, 404, "does not exist."},
		"a resume without any id":      {"PUT", "/v2/order/resume/None", `{}`, 404, "does not exist."},
		"a run's stop of nothing":      {"PUT", "/v2/serving/stop/nothing", `{}`, 404, "does not exist."},
		"a run's stop without any id":  {"PUT", "/v2/serving/stop/None", `{}`, 404, "does not exist."},
		"a run's deletion of nothing":  {"DELETE", "/v2/serving/delete/None", `{"serving_hid": "nothing"}`, 404, "does not exist."},
		"a log of nothing":             {"GET", "/v2/order/logs/Prod/nothing", "-", 404, "does not exist."},
		"an export of nothing":         {"GET", "/v2/order/export/logs/Prod/nothing", "-", 404, "does not exist."},
		"an export in another kitchen": {"GET", "/v2/order/export/logs/Nowhere/nothing", "-", 404, "does not exist."},
	})
	if got := k.orderStatus(order); got != "ACTIVE_ORDER" {
		t.Errorf("after the refusals the order is %s", got)
	}
}

// TestOrderRunsToItsEnd: the life of a run as dkutils and dk see it.
func TestOrderRunsToItsEnd(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, orderRunsToItsEnd)
}

func orderRunsToItsEnd(t *testing.T, k *kitchens) {
	before := time.Now().UnixMilli()
	order := k.order("now", `{"schedule": "now", "parameters": {"testvar": "override_value"}}`)
	if runs := k.runs(order); len(runs) != 1 || runs[0].OrderID != order || runs[0].Timings.Start < before {
		t.Errorf("at once the runs are %+v, want one", runs)
	}
	run := k.wait(order, "COMPLETED_SERVING")
	if run.Label != "OrderRun Completed" || run.VariationName != "now" || run.Timings.End == nil || run.Timings.Duration == nil ||
		*run.Timings.Duration != *run.Timings.End-run.Timings.Start || run.ResumedBy != nil || run.RecipeID == nil {
		t.Errorf("the run ended as %+v", run)
	}
	if got := k.orderStatus(order); got != "COMPLETED_ORDER" {
		t.Errorf("the order is %s", got)
	}

	d := k.details(run.HID, `, "summary": true, "logs": true, "testresults": true, "timingresults": true, "servingjson": true, "status": true, "disp_order_id": true`)
	if d.Summary == nil || d.Log == nil || d.Tests == nil || d.Timing == nil || d.Serving == nil {
		t.Fatalf("the details lack something that was asked for: %+v", d)
	}
	if d.RecipeName != "hello" || d.State != "DKNodeStatus_completed_production" || string(d.Conditions) != "{}" || !strings.Contains(string(d.Variation), "At once") {
		t.Errorf("the details are %+v", d)
	}
	var variables map[string]any
	decode(t, d.Variables, &variables)
	for name, want := range map[string]string{"testvar": "override_value", "GALLEY_SIMULATE_EXIT_CODE": "0", "CurrentKitchen": "Prod", "RecipeName": "hello",
		"CurrentVariation": "now", "CurrentOrderId": order, "CurrentOrderRunId": run.HID} {
		if variables[name] != want {
			t.Errorf("the variable %s is %v, want %s", name, variables[name], want)
		}
	}
	if d.Summary.Name != "hello" || d.Summary.Status != "DKNodeStatus_completed_production" || d.Summary.Start == nil || *d.Summary.Start != run.Timings.Start ||
		d.Summary.TotalTime == nil || len(d.Summary.Nodes) != 2 {
		t.Errorf("the summary is %+v", d.Summary)
	}
	for name, n := range d.Summary.Nodes {
		if n.Status != "DKNodeStatus_completed_production" || n.Start == nil || n.Timing == nil || n.Tests == nil {
			t.Errorf("the node %s is %+v", name, n)
		}
	}
	nodes := map[string]bool{}
	for _, l := range d.Log.Lines {
		nodes[l.Node] = true
		if _, err := time.Parse(time.RFC3339, l.Time); err != nil || l.RecordType != "INFO" || l.OrderRunID != run.HID || l.Message == "" || l.Hostname == "" || l.Priority != 6 {
			t.Errorf("a line is %+v", l)
		}
	}
	if !nodes["greet"] || !nodes["check"] || d.Log.Count != len(d.Log.Lines) {
		t.Errorf("the log is of %v, with %d of %d lines", nodes, len(d.Log.Lines), d.Log.Count)
	}
	if !strings.Contains(*d.Timing, "greet") || !strings.Contains(*d.Timing, "DKNodeStatus_completed_production") {
		t.Errorf("the timing results are %q", *d.Timing)
	}
	bare := k.details(run.HID, "")
	if bare.Summary != nil || bare.Log != nil || bare.Tests != nil || bare.Timing != nil || bare.Serving != nil {
		t.Errorf("without flags the details are %+v", bare)
	}

	var log api.RunLog
	k.must("GET", "/v2/order/logs/Prod/"+run.HID, "-", &log)
	if diff := cmp.Diff(*d.Log, log); diff != "" {
		t.Errorf("order/logs (-details +logs):\n%s", diff)
	}
	if files := k.export(run.HID); len(files) != 2 || !strings.Contains(files[run.HID+"/greet.log"], "simulating greet") {
		t.Errorf("the export has %v", files)
	}
}

// export is the files of a run's log.
func (k *kitchens) export(run string) map[string]string {
	k.t.Helper()
	var export api.RunLogExport
	k.must("GET", "/v2/order/export/logs/Prod/"+run, "-", &export)
	raw, err := base64.StdEncoding.DecodeString(export.Log)
	if err != nil {
		k.t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		k.t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			k.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			k.t.Fatal(err)
		}
		out[f.Name] = string(text)
	}
	return out
}

// TestResume: the failed node runs again with the variables as they are by then, the
// completed one does not, and the old run stays as resumed.
func TestResume(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, resume)
}

func resume(t *testing.T, k *kitchens) {
	order := k.order("failing", `{"parameters": {"testvar": "kept"}}`)
	failed := k.wait(order, "SERVING_ERROR")
	if got := k.orderStatus(order); got != "ORDER_ERROR" {
		t.Errorf("the order is %s, want ORDER_ERROR", got)
	}
	d := k.details(failed.HID, `, "summary": true, "logs": true`)
	if d.Label != "Error in OrderRun" || d.Summary.Nodes["greet"].Status != "DKNodeStatus_completed_production" || d.Summary.Nodes["check"].Status != "DKNodeStatus_production_error" {
		t.Errorf("the failed run is %+v", d.Summary)
	}
	if !slices.ContainsFunc(d.Log.Lines, func(l api.RunLogLine) bool { return l.RecordType == "ERROR" && l.Node == "check" && l.ExcType != nil }) {
		t.Errorf("the log does not tell why: %+v", d.Log.Lines)
	}

	// The kitchen's override is stronger than the variation's, and is read again.
	k.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"recipeoverrides": {"GALLEY_SIMULATE_EXIT_CODE": "0"}}}`, nil)
	clock := time.Now().UnixMilli()
	var made api.OrderCreated
	k.must("PUT", "/v2/order/resume/None", `{"serving_hid": "`+failed.HID+`", "kitchen_name": "Prod"}`, &made)
	if made.OrderID != order || made.ServingHID == failed.HID || !sameJSON(t, string(made.VariableOverrides), `{"testvar":"kept"}`) {
		t.Errorf("the resume answered %+v", made)
	}
	run := k.wait(order, "COMPLETED_SERVING")
	if run.HID != made.ServingHID || run.Timings.Start < clock {
		t.Errorf("the new run is %+v, want %s after %d", run, made.ServingHID, clock)
	}
	runs := k.runs(order)
	if len(runs) != 2 || runs[1].HID != failed.HID || runs[1].Status != "SERVING_RERAN" || runs[1].ResumedBy == nil || *runs[1].ResumedBy != run.HID {
		t.Errorf("the runs are %+v", runs)
	}
	if d := k.details(failed.HID, `, "summary": true`); d.State != "DKNodeStatus_production_error" || d.Label != "OrderRun Resumed" {
		t.Errorf("the old run is now %+v", d)
	}
	if got := k.orderStatus(order); got != "COMPLETED_ORDER" {
		t.Errorf("the order is %s", got)
	}
	if files := k.export(run.HID); len(files) != 1 {
		t.Errorf("the new run's log has %v, want only what ran again", files)
	}
	status, body := k.call("PUT", "/v2/order/resume/"+run.HID, "{}")
	checkV2Error(t, "a resume of a completed run", status, body, 409, "")
}

// TestStops: of a run, of an order, and what is left afterwards.
func TestStops(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, stops)
}

func stops(t *testing.T, k *kitchens) {
	order := k.order("slow", "{}")
	active := k.wait(order, "ACTIVE_SERVING")
	if active.Timings.End != nil || active.Timings.Start == 0 {
		t.Errorf("an active run has the times %+v", active.Timings)
	}
	if d := k.details(active.HID, `, "summary": true`); d.State != "DKNodeStatus_in_production" {
		t.Errorf("an active run is %s", d.State)
	}
	status, body := k.call("PUT", "/v2/order/resume/"+active.HID, "{}")
	checkV2Error(t, "a resume of an active run", status, body, 409, "")
	k.must("PUT", "/v2/serving/stop/"+active.HID, `{"kitchen_name": "Prod"}`, nil)
	k.wait(order, "STOPPED_SERVING")
	if got := k.orderStatus(order); got != "STOPPED_ORDER" {
		t.Errorf("with its run the order is %s", got)
	}
	k.must("DELETE", "/v2/serving/delete/None", `{"kitchen_name": "Prod", "serving_hid": "`+active.HID+`"}`, nil)
	if runs := k.runs(order); len(runs) != 0 {
		t.Errorf("a deleted run is still there: %+v", runs)
	}

	other := k.order("slow", "{}")
	k.wait(other, "ACTIVE_SERVING")
	k.must("PUT", "/v2/order/stop/None", `{"serving_book_hid": "`+other+`", "kitchen_name": "Prod"}`, nil)
	k.wait(other, "STOPPED_SERVING")
	if got := k.orderStatus(other); got != "STOPPED_ORDER" {
		t.Errorf("the stopped order is %s", got)
	}
	k.must("DELETE", "/v2/order/delete/"+other, `{}`, nil)
	if status, _ := k.call("GET", "/v2/order/servings/Prod/"+other, "{}"); status != 404 {
		t.Errorf("a deleted order has runs: %d", status)
	}
	k.must("DELETE", "/v2/order/deleteall/Prod", "-", nil)
	var list api.OrderList
	k.must("GET", "/v2/order/status/Prod", "{}", &list)
	if len(list.Orders) != 0 || list.TotalOrders != 0 {
		t.Errorf("after deleteall there is %+v", list)
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	order := k.order("nightly", "-")
	next := func() *int64 {
		var list api.OrderList
		k.must("GET", "/v2/order/status/Prod", "{}", &list)
		return list.Orders[0].NextRun
	}
	if n := next(); n == nil || *n < time.Now().UnixMilli() {
		t.Errorf("the next run is %v", n)
	}
	k.must("PUT", "/v2/order/pause/"+order, `{"kitchen_name": "Prod"}`, nil)
	if got := k.orderStatus(order); got != "PAUSED_ORDER" || next() != nil {
		t.Errorf("a paused order is %s", got)
	}
	k.must("PUT", "/v2/order/unpause/None", `{"order_id": "`+order+`"}`, nil)
	if got := k.orderStatus(order); got != "ACTIVE_ORDER" || next() == nil {
		t.Errorf("an order that goes on is %s", got)
	}
}

// TestARunShowsNoGap: real monitors stop at the first look at which no node is in
// production, so at any time before the end one is.
func TestARunShowsNoGap(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{})
	for i := range 5 {
		order := k.order("now", `{"parameters": {"testvar": "`+strconv.Itoa(i)+`"}}`)
		run := k.runs(order)[0]
		servertest.Eventually(t, 30*time.Second, func() error {
			d := k.details(run.HID, `, "summary": true`)
			running := 0
			for _, n := range d.Summary.Nodes {
				if n.Status == "DKNodeStatus_in_production" {
					running++
				}
			}
			switch {
			case d.Status == "COMPLETED_SERVING":
				return nil
			case d.Status == "ACTIVE_SERVING" && running == 0:
				// The nodes are read after the run: they may have ended in between.
				if again := k.details(run.HID, ""); again.Status == "ACTIVE_SERVING" {
					t.Errorf("no node runs: %+v", d.Summary)
				}
			}
			return errNotYet
		})
	}
}

type notYet struct{}

func (notYet) Error() string { return "the run has not completed" }

var errNotYet = notYet{}

// TestOrderIsUpdated: the update of an order, ours, as its answers and lists show it.
func TestOrderIsUpdated(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	order := k.order("nightly", `{"parameters": {"testvar": "a"}, "paused": true, "overlap": "skip"}`)
	listed := func() api.Order {
		t.Helper()
		var list api.OrderList
		k.must("GET", "/v2/order/status/Prod", `{"search": "`+order+`"}`, &list)
		return list.Orders[0]
	}
	settings := func(o api.Order, want string) {
		t.Helper()
		var has map[string]any
		decode(t, o.InputSettings, &has)
		asked := map[string]any{}
		for _, name := range []string{"parameters", "schedule", "scheduleTimeZone", "max-runs", "overlap"} {
			if v, given := has[name]; given {
				asked[name] = v
			}
		}
		if raw, err := json.Marshal(asked); err != nil || !sameJSON(t, string(raw), want) {
			t.Errorf("the settings are %s, want %s", raw, want)
		}
	}
	before := listed()
	if before.Status != "PAUSED_ORDER" || before.NextRun != nil {
		t.Errorf("an order that is made paused: %+v", before)
	}
	update := func(body, ifMatch string) (*http.Response, []byte) {
		t.Helper()
		header := http.Header{}
		if ifMatch != "" {
			header.Set("If-Match", ifMatch)
		}
		return k.Do(t, "PUT", "/v2/order/update/"+order, header, strings.NewReader(body))
	}
	resp, raw := update(`{"kitchen_name": "Prod", "parameters": {"testvar": "b"}, "schedule": "0 5 * * *", "max-runs": 4, "overlap": "hold", "paused": false}`, before.ETag)
	var made api.OrderCreated
	if decode(t, raw, &made); resp.StatusCode != 200 || made.OrderID != order || !sameJSON(t, string(made.VariableOverrides), `{"testvar": "b"}`) || len(made.Warnings) > 0 {
		t.Fatalf("the update: got %d %s", resp.StatusCode, raw)
	}
	after := listed()
	if after.Status != "ACTIVE_ORDER" || after.NextRun == nil || after.Schedule != "0 5 * * *" || after.MaxRuns != 4 || after.Overlap != "hold" || resp.Header.Get("ETag") != after.ETag {
		t.Errorf("an order that was updated: %+v, with the ETag %s", after, resp.Header.Get("ETag"))
	}
	settings(after, `{"parameters": {"testvar": "b"}, "schedule": "0 5 * * *", "max-runs": 4, "overlap": "hold"}`)
	if resp, raw := update(`{"overlap": "skip"}`, before.ETag); resp.StatusCode != 412 || !strings.Contains(string(raw), "was changed at") {
		t.Errorf("an update of an earlier version: got %d %s", resp.StatusCode, raw)
	}
	if resp, raw := update(`{"schedule": ""}`, "*"); resp.StatusCode != 200 {
		t.Errorf("an update to the variation's schedule: got %d %s", resp.StatusCode, raw)
	}
	after = listed()
	settings(after, `{"parameters": {"testvar": "b"}, "overlap": "hold"}`)
	if after.Schedule != "30 2 * * *" || after.TimeZone != "Europe/Paris" || after.MaxRuns != 0 {
		t.Errorf("the variation's schedule: %+v", after)
	}
	k.checkRefusals(map[string]v2Refusal{
		"no order":     {"PUT", "/v2/order/update/nothing", `{}`, 404, "does not exist."},
		"wrong types":  {"PUT", "/v2/order/update/" + order, `{"parameters": 7}`, 417, "expected an object by name"},
		"an overlap":   {"PUT", "/v2/order/update/" + order, `{"overlap": "skipp"}`, 417, "did you mean"},
		"what is once": {"PUT", "/v2/order/update/" + order, `{"schedule": "now"}`, 409, "different orders"},
	})
}
