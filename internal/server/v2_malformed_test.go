package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// v2Bodies are all requests of v2 that read a body, with the members that they know.
func v2Bodies(order string) map[[2]string][]string {
	update := []string{"kitchen.json", "message"}
	create := []string{"parameters", "schedule", "scheduleTimeZone", "start", "expires", "max-runs", "graph-setting", "ingredient_owner_order_run"}
	ref := []string{"kitchen_name", "serving_book_hid", "order_id", "serving_chronos_id", "serving_hid", "serving_mesos_id"}
	return map[[2]string][]string{
		{"POST", "/v2/kitchen/update/Prod"}:              update,
		{"PUT", "/v2/kitchen/settings/Prod"}:             update,
		{"PUT", "/v2/kitchen/create/Nowhere/X"}:          {"description", "message"},
		{"GET", "/v2/kitchen/create/Nowhere/X"}:          {"description", "message"},
		{"POST", "/v2/recipe/get/Prod/hello"}:            {"recipe-files", "include-recipe-tree"},
		{"POST", "/v2/recipe/create/Prod/hello"}:         {"description", "files"},
		{"PUT", "/v2/recipe/create/Prod/hello"}:          {"filepath", "file", "message"},
		{"POST", "/v2/recipe/update/Prod/hello"}:         {"files", "filepath", "file", "message", "skipCompile"},
		{"DELETE", "/v2/recipe/delete/Nowhere/hello"}:    {"filepath", "file"},
		{"PUT", "/v2/order/create/Prod/hello/now"}:       create,
		{"PUT", "/v2/order/create/graph/Prod/hello/now"}: create,
		{"GET", "/v2/order/status/Prod"}: {"recipe", "variation", "timePeriod", "search", "orderStatus", "orderRunStatus", "servingsCount",
			"start", "count"},
		{"GET", "/v2/order/servings/Prod/" + order}: append(ref, "count"),
		{"POST", "/v2/order/details/Prod"}:          append(ref, "logs", "summary", "testresults", "timingresults", "servingjson"),
		{"PUT", "/v2/order/pause/" + order}:         ref,
		{"PUT", "/v2/order/unpause/" + order}:       ref,
		{"PUT", "/v2/order/stop/None"}:              ref,
		{"PUT", "/v2/order/run/None"}:               ref,
		{"PUT", "/v2/order/update/" + order}:        append(create, "paused"),
		{"PUT", "/v2/order/resume/None"}:            ref,
		{"DELETE", "/v2/order/delete/None"}:         ref,
		{"PUT", "/v2/serving/stop/None"}:            ref,
		{"DELETE", "/v2/serving/delete/None"}:       ref,
	}
}

// TestNoMemberOfV2IsAFault puts every kind of value where another is expected. The check
// against the document does not look at requests that are refused, and holds the others.
func TestNoMemberOfV2IsAFault(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	order := k.order("nightly", "-")
	values := []string{`-1`, `1.5`, `1e400`, `9223372036854775808`, `2147483648`, `""`, `"x"`, `"` + strings.Repeat("é", 600) + `"`, `true`, `[]`,
		`[1]`, `["x"]`, `[[]]`, `[null]`, `{}`, `{"a": 1}`, `{"a": null}`, `{"": {}}`, `{"name": 7}`, `{"kitchen-staff": {}}`, `{"kitchen-staff": [1]}`,
		`{"kitchen-roles": []}`, `{"recipeoverrides": [7]}`, `{"recipeoverrides": "x"}`, `{"settings": {"alerts": 7}}`, `{"settings": {"alerts": {"orderrunError": [7]}}}`,
		`{"x": {"contents": []}}`, `{"/": {"contents": ""}}`, `{"variations.json": {"contents": "[]"}}`, `[["greet", "check", {"condition": 7}]]`, `[[7, 8]]`}
	for request, members := range v2Bodies(order) {
		for _, member := range members {
			for _, value := range values {
				status, body := k.call(request[0], request[1], `{"`+member+`": `+value+`}`)
				if status >= 500 {
					t.Errorf("%s %s with %s %.60s: got %d %s", request[0], request[1], member, value, status, body)
				}
				if status < 400 {
					continue
				}
				var got api.MessageBody
				if err := json.Unmarshal([]byte(body), &got); err != nil || got.Message.Error == "" || got.Message.Status != "failed" {
					t.Errorf("%s %s with %s %.60s: got %d without words: %s", request[0], request[1], member, value, status, body)
				}
			}
		}
	}
}

func TestNoBodyOfV2IsAFault(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	for request := range v2Bodies(k.order("nightly", "-")) {
		for name, body := range map[string]string{
			"cut off": `{"title": "x"`, "no JSON": `title=x`, "two values": `{} {}`, "an array": `[{}]`, "a string": `"x"`, "a number": `7`,
			"not UTF-8": "{\"title\": \"\xff\"}", "a NUL": `{"title": "a\u0000b"}`, "too deep": strings.Repeat(`{"a":`, 101) + "1" + strings.Repeat("}", 101),
		} {
			status, answer := k.call(request[0], request[1], body)
			checkV2Error(t, strings.Join(request[:], " ")+" with "+name, status, answer, 400, "")
		}
		status, answer := k.call(request[0], request[1], `{"title": "`+strings.Repeat("x", 10<<20)+`"}`)
		checkV2Error(t, strings.Join(request[:], " ")+" with 10 MiB", status, answer, 413, "10485760 bytes")
	}
	resp, answer := k.Do(t, "PUT", "/v2/order/create/Prod/hello/now", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader("parameters=x"))
	checkV2Error(t, "a form", resp.StatusCode, string(answer), 417, "parameters")
}
