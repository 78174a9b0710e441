package server_test

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestDestinationsAreForEditors: the URL of a webhook is in no answer to a viewer or an
// operator who has not made the order; editors see it everywhere, as they wrote it.
func TestDestinationsAreForEditors(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, func(t *testing.T, k *kitchens) {
		const hook, host = "https://chat.example.com/hooks/hunter2", "https://chat.example.com/**********"
		viewer, operator, editor, cook := k.as("vera", "viewer"), k.as("otto", "operator"), k.as("edda", "editor"), k.as("cora", "operator")
		k.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"recipeoverrides": {"email": "cook@example.com, `+hook+`?k=1"},
			"settings": {"alerts": {"orderrunError": ["cook@example.com", "`+hook+`", "https://user:hunter2@example.com", "https://example.com"]}}}}`, nil)
		k.must("POST", "/v2/recipe/update/Prod/hello", `{"files": {"variables.json": {"contents": `+quote(strings.Replace(helloVariables, `"testvar"`, `"alert_destinations": ["`+hook+`?k=2"], "testvar"`, 1))+`},
			"variations.json": {"contents": `+quote(strings.Replace(helloVariations, `"fail": {`, `"fail": {"alert_destinations": "`+hook+`?k=3", `, 1))+`}}}`, nil)
		order := cook.order("failing", `{"parameters": {"alert_destinations": "{{hook}},https://example.com", "hook": "`+hook+`?k=4"}}`)
		run := k.wait(order, "SERVING_ERROR")
		for _, c := range []struct {
			method, path, body string
			own                bool // of the order
		}{
			{"GET", "/v2/kitchen/list", "-", false}, {"GET", "/v2/kitchen/Prod", "-", false}, {"GET", "/v2/kitchen/settings/Prod", "-", false},
			{"GET", "/v2/recipe/file/Prod/hello/variables.json", "-", false}, {"GET", "/v2/recipe/file/Prod/hello/variations.json", "-", false},
			{"POST", "/v2/recipe/get/Prod/hello", "{}", false},
			{"GET", "/v2/order/status/Prod", "{}", true}, {"GET", "/v2/order/status/Prod", "-", true}, {"GET", "/v2/order/status/Prod?structuredResponse=true", "-", true},
			{"POST", "/v2/order/details/Prod", `{"serving_hid": "` + run.HID + `"}`, true},
		} {
			for name, who := range map[string]*kitchens{"the viewer": viewer, "an operator": operator, "the editor": editor, "who ordered": cook} {
				what := c.method + " " + c.path + " as " + name
				status, body := who.call(c.method, c.path, c.body)
				if status != 200 {
					t.Fatalf("%s: got %d %s", what, status, body)
				}
				if own := c.own && (who == editor || who == cook); own != strings.Contains(body, hook+"?k=4") {
					t.Errorf("%s: it shows what the order names, or should: %s", what, body)
				}
				others := strings.ReplaceAll(body, hook+"?k=4", "")
				if knows := who == editor; knows != strings.Contains(others, "hunter2") || knows == strings.Contains(others, host) {
					t.Errorf("%s: it shows what others have written, or should: %s", what, body)
				}
			}
		}
		_, record := viewer.call("GET", "/v2/kitchen/Prod", "-")
		for _, want := range []string{`"cook@example.com","` + host + `","https://example.com/**********","https://example.com"]`, `"email":"cook@example.com, ` + host + `"`} {
			if !strings.Contains(record, want) {
				t.Errorf("the record for a viewer lacks %s: %s", want, record)
			}
		}
		if status, answer := operator.call("PUT", "/v2/order/resume/"+run.HID, "{}"); status != 200 || strings.Contains(answer, "hunter2") {
			t.Errorf("who resumes another's run gets %d %s", status, answer)
		}
	})
}
