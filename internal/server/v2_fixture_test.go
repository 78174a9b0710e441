package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// kitchens is a server with a kitchen that has something to order: recipe "hello" of two
// nodes, greet before check, with the JSON input testvar. Only check heeds the variables
// GALLEY_SIMULATE_EXIT_CODE, GALLEY_SIMULATE_DURATION and GALLEY_SIMULATE_ERRORS.
type kitchens struct {
	t *testing.T
	*servertest.Server
}

const (
	helloVariables  = `{"variable-list": {"testvar": "from the recipe", "GALLEY_SIMULATE_EXIT_CODE": "0", "GALLEY_SIMULATE_DURATION": "0s"}}`
	helloVariations = `{"variation-list": {"now": {"description": "At once"}, "nightly": {"schedule-setting": "night"},
		"failing": {"override-setting": "fail"}, "slow": {"override-setting": ["slow"], "max-duration": "PT1M"}},
		"schedule-setting-list": {"night": {"schedule": "30 2 * * *", "scheduleTimeZone": "Europe/Paris"}},
		"override-setting-list": {"fail": {"GALLEY_SIMULATE_EXIT_CODE": "3"}, "slow": {"GALLEY_SIMULATE_DURATION": "1h"}}}`
	helloDescription = `{"description": "Says hello", "recipe-type": "recipe-hello"}`
)

func helloJob(name, settings string) string {
	return `{"docker_image": "` + name + `:1.0.0", "manifest": {"seedVersion": "1.0.0", "job": {"name": "` + name + `", "jobVersion": "1.0.0",
		"packageVersion": "1.0.0", "title": "` + name + `", "description": "A job", "maintainer": {"name": "Kitchen", "email": "kitchen@example.com"},
		"timeout": 7200, "interface": {"command": "true", "inputs": {"json": [{"name": "WHO", "type": "string"}]}, "settings": [` + settings + `]},
		"resources": {"scalar": [{"name": "cpus", "value": 1}, {"name": "mem", "value": 64}]}}},
		"configuration": {"settings": {` + map[bool]string{true: `"GALLEY_SIMULATE_EXIT_CODE": "0", "GALLEY_SIMULATE_DURATION": "0s", "GALLEY_SIMULATE_ERRORS": "0"`}[settings != ""] + `}}}`
}

func helloNode(job, dependencies string) string {
	return `{"dependencies": [` + dependencies + `], "input": {"WHO": {"type": "recipe", "input": "testvar"}}, "node_type":
		{"node_type": "job", "job_type_name": "` + job + `", "job_type_version": "1.0.0", "job_type_revision": 1}}`
}

func newKitchens(t *testing.T, opts servertest.Options) *kitchens {
	t.Helper()
	opts.CustomExecutor = onlyCheck{executor.NewSimulate()}
	k := &kitchens{t, servertest.New(t, opts)}
	k.fill()
	return k
}

// eachKitchens runs a test on either database.
func eachKitchens(t *testing.T, opts servertest.Options, f func(t *testing.T, k *kitchens)) {
	t.Helper()
	opts.CustomExecutor = onlyCheck{executor.NewSimulate()}
	each(t, opts, func(t *testing.T, s *servertest.Server) {
		k := &kitchens{t, s}
		k.fill()
		f(t, k)
	})
}

// v2Refusal is a request that is refused, and how.
type v2Refusal struct {
	method, path, body string
	status             int
	want               string // a part of the text
}

func (k *kitchens) checkRefusals(refusals map[string]v2Refusal) {
	k.t.Helper()
	for name, c := range refusals {
		status, body := k.call(c.method, c.path, c.body)
		checkV2Error(k.t, name, status, body, c.status, c.want)
	}
}

// onlyCheck keeps the settings of an order, which are for all of its jobs, from greet.
type onlyCheck struct{ *executor.Simulate }

func (e onlyCheck) Run(ctx context.Context, t executor.Task) (executor.Result, error) {
	if t.Manifest.Job.Name == "greet" {
		t.Settings = nil
	}
	return e.Simulate.Run(ctx, t)
}

func (k *kitchens) fill() {
	k.t.Helper()
	mustSend(k.t, k.Server, "POST", "/v6/job-types/", helloJob("greet", ""), 201, nil)
	mustSend(k.t, k.Server, "POST", "/v6/job-types/", helloJob("check", `{"name": "GALLEY_SIMULATE_EXIT_CODE"}, {"name": "GALLEY_SIMULATE_DURATION"}, {"name": "GALLEY_SIMULATE_ERRORS"}`), 201, nil)
	mustSend(k.t, k.Server, "POST", "/v6/recipe-types/", `{"title": "Recipe hello", "definition": {"input": {"json": [{"name": "testvar", "type": "string"}]},
		"nodes": {"greet": `+helloNode("greet", "")+`, "check": `+helloNode("check", `{"name": "greet"}`)+`}}}`, 201, nil)
	k.must("PUT", "/v2/kitchen/create/None/Prod", `{"description": "Where it counts"}`, nil)
	k.must("POST", "/v2/recipe/create/Prod/hello", `{"description": "Says hello", "files": {"description.json": {"contents": `+quote(helloDescription)+`},
		"variables.json": {"contents": `+quote(helloVariables)+`}, "variations.json": {"contents": `+quote(helloVariations)+`},
		"docs/read me.md": {"contents": "Hello."}}}`, nil)
}

// call sends a body without a Content-Type, as some clients do ("-": no body at all).
func (k *kitchens) call(method, path, body string) (int, string) {
	k.t.Helper()
	var reader io.Reader
	if body != "-" {
		reader = strings.NewReader(body)
	}
	resp, raw := k.Do(k.t, method, path, nil, reader)
	return resp.StatusCode, string(raw)
}

// must is call for what has to succeed.
func (k *kitchens) must(method, path, body string, into any) {
	k.t.Helper()
	status, raw := k.call(method, path, body)
	if status != http.StatusOK {
		k.t.Fatalf("%s %s: got %d %s", method, path, status, raw)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		k.t.Fatalf("%s %s: %v: %s", method, path, err, raw)
	}
}

// order orders a variation of hello and returns the order's id.
func (k *kitchens) order(variation, body string) string {
	k.t.Helper()
	var made api.OrderCreated
	k.must("PUT", "/v2/order/create/Prod/hello/"+variation, body, &made)
	return made.OrderID
}

// runs are an order's runs, newest first.
func (k *kitchens) runs(order string) []api.OrderRun {
	k.t.Helper()
	var out api.OrderServings
	k.must("GET", "/v2/order/servings/Prod/"+order, `{"count": 100000}`, &out)
	return out.Servings
}

// wait waits until the newest run of an order has the status.
func (k *kitchens) wait(order, status string) api.OrderRun {
	k.t.Helper()
	var run api.OrderRun
	servertest.Eventually(k.t, 30*time.Second, func() error {
		runs := k.runs(order)
		if len(runs) == 0 || runs[0].Status != status {
			return fmt.Errorf("the runs are %+v, want the newest %s", runs, status)
		}
		run = runs[0]
		return nil
	})
	return run
}

// orderStatus is the status of one order.
func (k *kitchens) orderStatus(order string) string {
	k.t.Helper()
	var list api.OrderList
	k.must("GET", "/v2/order/status/Prod", `{"search": "^`+order+`$"}`, &list)
	if len(list.Orders) != 1 {
		k.t.Fatalf("the order %s is listed as %+v", order, list.Orders)
	}
	return list.Orders[0].Status
}

// details are those of one run.
func (k *kitchens) details(run, flags string) api.OrderRunDetail {
	k.t.Helper()
	var out api.OrderDetails
	k.must("POST", "/v2/order/details/Prod", `{"serving_hid": "`+run+`"`+flags+`}`, &out)
	if len(out.Servings) != 1 {
		k.t.Fatalf("the run %s has the details %+v", run, out)
	}
	return out.Servings[0]
}

// as is the same server for another user, who is added first.
func (k *kitchens) as(username, role string) *kitchens {
	k.t.Helper()
	cfg := server.Config{DataDir: k.DataDir, Database: k.Database}
	if _, err := server.AddUser(k.t.Context(), cfg, auth.NewUser{Username: username, Role: role, Password: "password of " + username}); err != nil {
		k.t.Fatal(err)
	}
	other := *k.Server
	other.Token = mustLogin(k.t, k.Server, username, "password of "+username)
	return &kitchens{k.t, &other}
}
