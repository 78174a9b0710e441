package server_test

import (
	"fmt"
	"maps"
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

// What a kitchen or an order gives as a secret is shown to nobody, and overrides that are
// named like a secret setting to editors only.
func TestSecretOverridesAndParameters(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, func(t *testing.T, k *kitchens) {
		viewer := k.as("vera", "viewer")
		mustSend(t, k.Server, "POST", "/v6/job-types/", helloJob("safe", `{"name": "TOKEN", "secret": true}, {"name": "USER"}, {"name": "PLAIN"}, {"name": "DSN"}`), 201, nil)
		mustSend(t, k.Server, "POST", "/v6/recipe-types/", `{"title": "Recipe safe", "definition": {"input": {"json": [{"name": "testvar", "type": "string"}]},
			"nodes": {"safe": `+helloNode("safe", "")+`}}}`, 201, nil)
		k.must("POST", "/v2/recipe/create/Prod/safe", `{"files": {"description.json": {"contents": "{\"recipe-type\": \"recipe-safe\"}"},
			"variables.json": {"contents": "{\"variable-list\": {\"testvar\": \"x\", \"TOKEN\": \"hunter-file\", \"DSN\": \"db?{{TOKEN}}\"}}"},
			"variations.json": {"contents": "{\"variation-list\": {\"v\": {\"configuration\": {\"settings\": {\"TOKEN\": \"hunter-setting\"}}}}}"}}}`, nil)
		k.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"recipeoverrides": {"TOKEN": "hunter-open", "PLAIN": "seen"}, "secretoverrides": {"USER": "hunter-secret"}}}`, nil)

		_, editors := k.call("GET", "/v2/kitchen/Prod", "-")
		_, viewers := viewer.call("GET", "/v2/kitchen/Prod", "-")
		_, list := viewer.call("GET", "/v2/kitchen/list", "-")
		_, files := viewer.call("POST", "/v2/recipe/get/Prod/safe", "{}")
		_, file := viewer.call("GET", "/v2/recipe/file/Prod/safe/variables.json", "-")
		_, all := k.call("POST", "/v2/recipe/get/Prod/safe", "{}")
		if !strings.Contains(editors, "hunter-open") || !strings.Contains(editors, "seen") || strings.Contains(editors, "hunter-secret") ||
			!strings.Contains(editors, `"secretoverrides":{"USER":"**********"}`) || !strings.Contains(all, "hunter-file") {
			t.Errorf("editors see %s and %s", editors, all)
		}
		for _, text := range []string{viewers, list, files, file} {
			if strings.Contains(text, "hunter") || !strings.Contains(text, "**********") {
				t.Errorf("viewers see %s", text)
			}
		}
		if !strings.Contains(viewers, "seen") {
			t.Errorf("viewers see nothing: %s", viewers)
		}
		row, err := k.Store.KitchenByName(t.Context(), "Prod")
		if err != nil || strings.Contains(string(row.Overrides)+string(row.SecretOverrides), "hunter") {
			t.Errorf("the database has %s and %s, %v; want them encrypted", row.Overrides, row.SecretOverrides, err)
		}

		status, made := k.call("PUT", "/v2/order/create/Prod/safe/v", `{"parameters": {"PLAIN": "too"}, "secret-parameters": {"DSN": "hunter-order"}}`)
		if status != 200 || !strings.Contains(made, `"PLAIN":"too"`) || strings.Contains(made, "hunter") {
			t.Fatalf("got %d %s", status, made)
		}
		order := strings.Split(made[strings.Index(made, `"order_id":"`)+len(`"order_id":"`):], `"`)[0]
		run := k.wait(order, "COMPLETED_SERVING")
		for _, c := range [][3]string{
			{"GET", "/v2/order/status/Prod", "{}"}, {"GET", "/v2/order/servings/Prod/" + order, "{}"}, {"GET", fmt.Sprintf("/v6/recipes/%d/", *run.RecipeID), "-"},
			{"POST", "/v2/order/details/Prod", `{"serving_hid": "` + run.HID + `", "summary": true, "servingjson": true}`},
			{"GET", fmt.Sprintf("/v6/jobs/?recipe_id=%d", *run.RecipeID), "-"},
		} {
			if _, text := viewer.call(c[0], c[1], c[2]); strings.Contains(text, "hunter") {
				t.Errorf("%s %s shows a secret: %s", c[0], c[1], text)
			}
			if _, text := k.call(c[0], c[1], c[2]); strings.Contains(strings.ReplaceAll(text, `"TOKEN":"hunter-setting"`, ""), "hunter") {
				t.Errorf("%s %s shows editors a secret that they have not written: %s", c[0], c[1], text)
			}
		}
		want := map[string]string{"TOKEN": "hunter-open", "PLAIN": "too", "USER": "hunter-secret", "DSN": "hunter-order"}
		recipe, err := k.Store.Recipe(t.Context(), *run.RecipeID)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := k.Engine.OpenConfiguration(recipe.Configuration); err != nil || c == nil || !maps.Equal(c.Settings, want) {
			t.Errorf("the job got the settings %+v, %v, want %v", c, err, want)
		}

		for _, c := range []struct {
			record string
			want   int
			says   string
		}{
			{`{"secretoverrides": {"USER": "**********", "B": "hunter-new"}}`, 200, `"secretoverrides":{"B":"**********","USER":"**********"}`},
			{`{"description": "other"}`, 200, `"secretoverrides":{"B":"**********","USER":"**********"}`},
			{`{"secretoverrides": {"C": "**********"}}`, 400, "C is"},
			{`{"secretoverrides": {"PLAIN": "x"}}`, 400, `has 'PLAIN', too`},
			{`{"recipeoverrides": {"USER": "x"}}`, 400, `has 'USER', too`},
			{`{"secretoverrides": {"a b": "x"}}`, 400, "the name of a variable"},
			{`{"secretoverrides": []}`, 400, "JSON object"},
		} {
			if status, text := k.call("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": `+c.record+`}`); status != c.want || !strings.Contains(text, c.says) {
				t.Errorf("%s: got %d %s, want %d with %s", c.record, status, text, c.want, c.says)
			}
		}
		if row, err = k.Store.KitchenByName(t.Context(), "Prod"); err != nil {
			t.Fatal(err)
		}
		if secret, err := k.Engine.OpenParameters(row.SecretOverrides); err != nil || !sameJSON(t, string(secret), `{"USER": "hunter-secret", "B": "hunter-new"}`) {
			t.Errorf("the secrets are %s, %v", secret, err)
		}
		for body, says := range map[string]string{
			`{"parameters": {"DSN": "x"}, "secret-parameters": {"DSN": "y"}}`: `has 'DSN', too`,
			`{"secret-parameters": ["DSN"]}`:                                  "expected an object",
			`{"secret-parameters": {"testvar": "hunter-input"}}`:              "'testvar' is made from a secret",
		} {
			if status, text := k.call("PUT", "/v2/order/create/Prod/safe/v", body); status < 400 || !strings.Contains(text, says) || strings.Contains(text, "hunter") {
				t.Errorf("%s: got %d %s, want %s", body, status, text, says)
			}
		}
		if status, text := k.call("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"secretoverrides": {}}}`); status != 200 || strings.Contains(text, "secretoverrides") {
			t.Errorf("without secrets: got %d %s", status, text)
		}
	})
}
