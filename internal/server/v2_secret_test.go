package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestSecretsOfOrdersStaySecret: a parameter that becomes a secret setting reaches the
// job, also of a run that is resumed, and is in no answer, no line of the server's log and
// not in clear in the database. So is a setting that is none but made from it; an input
// cannot be made from it.
func TestSecretsOfOrdersStaySecret(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, func(t *testing.T, k *kitchens) {
		const secret = "hunter2-of-the-tests"
		mustSend(t, k.Server, "POST", "/v6/job-types/", helloJob("lock", `{"name": "TOKEN", "secret": true}, {"name": "DSN"}, {"name": "GALLEY_SIMULATE_EXIT_CODE"}, {"name": "GALLEY_SIMULATE_DURATION"}`), 201, nil)
		mustSend(t, k.Server, "POST", "/v6/recipe-types/", `{"title": "Recipe lock", "definition": {"input": {"json": [{"name": "testvar", "type": "string"}]},
			"nodes": {"lock": `+helloNode("lock", "")+`}}}`, 201, nil)
		k.must("POST", "/v2/recipe/create/Prod/lock", `{"files": {"description.json": {"contents": "{\"recipe-type\": \"recipe-lock\"}"},
			"variables.json": {"contents": "{\"variable-list\": {\"testvar\": \"x\", \"url\": \"db?{{TOKEN}}\", \"DSN\": \"{{url}}&a=b\"}}"},
			"variations.json": {"contents": "{\"variation-list\": {\"v\": {}}}"}}}`, nil)
		status, made := k.call("PUT", "/v2/order/create/Prod/lock/v", `{"parameters": {"TOKEN": "`+secret+`", "GALLEY_SIMULATE_EXIT_CODE": "3"}}`)
		if status != 200 {
			t.Fatalf("got %d %s", status, made)
		}
		order := strings.Split(made[strings.Index(made, `"order_id":"`)+len(`"order_id":"`):], `"`)[0]
		run := k.wait(order, "SERVING_ERROR")
		var jobs struct{ Results []struct{ ID int64 } }
		mustSend(t, k.Server, "GET", fmt.Sprintf("/v6/jobs/?recipe_id=%d", *run.RecipeID), "", 200, &jobs)
		answers := map[string]string{"the create": made}
		for _, c := range [][3]string{
			{"GET", "/v2/order/status/Prod", "{}"}, {"GET", "/v2/order/status/Prod", "-"}, {"GET", "/v2/order/status/Prod?structuredResponse=true", "-"},
			{"GET", "/v2/order/servings/Prod/" + order, "{}"}, {"GET", "/v2/order/logs/Prod/" + run.HID, "-"},
			{"POST", "/v2/order/details/Prod", `{"serving_hid": "` + run.HID + `", "summary": true, "logs": true, "testresults": true, "timingresults": true, "servingjson": true}`},
			{"PUT", "/v2/order/resume/" + run.HID, "{}"}, {"GET", fmt.Sprintf("/v6/recipes/%d/", *run.RecipeID), "-"},
			{"GET", fmt.Sprintf("/v6/jobs/?recipe_id=%d", *run.RecipeID), "-"}, {"GET", fmt.Sprintf("/v6/jobs/%d/", jobs.Results[0].ID), "-"},
		} {
			what := c[0] + " " + c[1] + " " + c[2]
			if status, answers[what] = k.call(c[0], c[1], c[2]); status != 200 {
				t.Errorf("%s: got %d %s", what, status, answers[what])
			}
		}
		run = k.wait(order, "SERVING_ERROR")
		answers["the export"] = fmt.Sprint(k.export(run.HID))
		answers["the server's log"] = k.Log.String()
		for what, text := range answers {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows the secret: %s", what, text)
			}
		}
		row, err := k.Store.RecipeOrderByHID(t.Context(), order)
		if err != nil || len(row.Parameters) < len(secret) || strings.Contains(string(row.Parameters)+string(row.InputSettings), secret) {
			t.Errorf("the database has the parameters %s, %v; want them encrypted", row.Parameters, err)
		}
		recipe, err := k.Store.Recipe(t.Context(), *run.RecipeID)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := k.Engine.OpenConfiguration(recipe.Configuration); err != nil || c == nil || c.Settings["TOKEN"] != secret || c.Settings["DSN"] != "db?"+secret+"&a=b" {
			t.Errorf("the job got the settings %+v, %v", c, err)
		}
		status, refused := k.call("PUT", "/v2/order/create/Prod/lock/v", `{"parameters": {"TOKEN": "`+secret+`", "testvar": "{{DSN}}"}}`)
		if status != 417 || !strings.Contains(refused, "'testvar' is made from a secret") || strings.Contains(refused, secret) {
			t.Errorf("an input that is made from a secret: got %d %s", status, refused)
		}
	})
}
