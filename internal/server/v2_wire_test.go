package server_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// What of the v2 contract only the wire shows.

func TestRecipeFilesThatAreAskedFor(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	for files, want := range map[string]string{
		`["docs/read me.md"]`:                   "hello/docs",
		`["docs/read me.md", "variables.json"]`: "hello hello/docs",
		`["nothing.json"]`:                      "",
	} {
		var got api.KitchenRecipeFiles
		k.must("POST", "/v2/recipe/get/Prod/hello", `{"recipe-files": `+files+`}`, &got)
		folders, there := got.Recipes["hello"]
		if names := strings.Join(slices.Sorted(maps.Keys(folders)), " "); names != want || !there {
			t.Errorf("%s: got the folders %q, want %q", files, names, want)
		}
	}
}

func TestWhoMakesAKitchenIsItsAdmin(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	var made api.KitchenDetail
	k.as("ann", "editor").must("PUT", "/v2/kitchen/create/Prod/Test", "{}", &made)
	if len(made.Kitchen.Roles) != 1 || made.Kitchen.Roles["ann"] != "Admin" {
		t.Errorf("the roles are %v, want ann as Admin", made.Kitchen.Roles)
	}
}

// TestDeletingAnActiveRunStopsItFirst: its jobs do not go on for nobody.
func TestDeletingAnActiveRunStopsItFirst(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{Workers: -1}, func(t *testing.T, k *kitchens) {
		order := k.order("now", "{}")
		run := k.runs(order)[0]
		if run.Status != "ACTIVE_SERVING" {
			t.Fatalf("the run is %+v", run)
		}
		k.must("DELETE", "/v2/serving/delete/"+run.HID, `{"kitchen_name": "Prod"}`, nil)
		if runs := k.runs(order); len(runs) != 0 {
			t.Errorf("the order has the runs %+v", runs)
		}
		if open := getPage[api.Job](t, k.Server, "/v6/jobs/?status=QUEUED&status=PENDING&status=BLOCKED"); open.Count != 0 {
			t.Errorf("%d jobs go on", open.Count)
		}
		if status := k.orderStatus(order); status != "STOPPED_ORDER" {
			t.Errorf("the order is %s", status)
		}
	})
}

// TestErrorsAsClientsOf2016ReadThem: they take backslashes out of an answer, and quotes next
// to braces, before they parse it.
func TestErrorsAsClientsOf2016ReadThem(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	for name, c := range map[string][3]string{
		"a kitchen that is not there": {"GET", `/v2/kitchen/N%22o`, ""},
		"a wrong member":              {"PUT", "/v2/order/create/Prod/hello/now", `{"max-runs": "x"}`},
		"a wrong file":                {"POST", "/v2/recipe/update/Prod/hello", `{"files": {"variations.json": {"contents": "{\"variation-list\": {\"a\\nb\": {\"schedule-setting\": \"}\"}}}"}}}`},
		"a wrong schedule":            {"PUT", "/v2/order/create/Prod/hello/now", `{"schedule": "\\\"{"}`},
		"no JSON":                     {"PUT", "/v2/order/create/Prod/hello/now", `{"a": }`},
		"a path":                      {"GET", `/v2/{%22`, ""},
	} {
		status, body := k.call(c[0], c[1], c[2])
		plain := strings.NewReplacer(`\n`, "\n", `\`, "").Replace(body)
		plain = strings.NewReplacer(`"{`, "{", `}"`, "}").Replace(plain)
		var got struct{ Message struct{ Error string } }
		if err := json.Unmarshal([]byte(plain), &got); err != nil || status < 400 || got.Message.Error == "" {
			t.Errorf("%s: %d %s: %v", name, status, body, err)
		}
	}
}

func TestSettingsThatAreNotThere(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	for variations, want := range map[string]string{
		`{"variation-list": {"v": {"schedule-setting": "x"}}}`:                           "variation-list.v.schedule-setting: there is no 'x' in schedule-setting-list",
		`{"variation-list": {"v": {"mesos-setting": "x"}}, "mesos-setting-list": {}}`:    "variation-list.v.mesos-setting: there is no 'x' in mesos-setting-list",
		`{"variation-list": {"v": {"schedule-setting": "x"}}, "mesos-setting-list": {}}`: "variation-list.v.schedule-setting: there is no 'x' in mesos-setting-list",
		`{"variation-list": {"v": {"override-setting": "x"}}}`:                           "variation-list.v.override-setting: there is no 'x' in override-setting-list",
	} {
		status, body := k.call("POST", "/v2/recipe/update/Prod/hello", `{"files": {"variations.json": {"contents": `+quote(variations)+`}}}`)
		checkV2Error(t, variations, status, body, 400, want)
	}
}

// TestNamesThatAreRefusedWhenTheyAreMade: every run would fail of them, or clients miss them.
func TestNamesThatAreRefusedWhenTheyAreMade(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	for _, name := range []string{"a{{b", "{{DT}}", "{%25x%25}", "None"} {
		status, body := k.call("PUT", "/v2/kitchen/create/Prod/"+name, "{}")
		checkV2Error(t, "kitchen "+name, status, body, 400, "kitchen name")
		status, body = k.call("POST", "/v2/recipe/create/Prod/"+name, "{}")
		checkV2Error(t, "recipe "+name, status, body, 400, "recipe name")
		variations := `{"variation-list": {` + quote(strings.ReplaceAll(name, "%25", "%")) + `: {}}}`
		status, body = k.call("POST", "/v2/recipe/update/Prod/hello", `{"files": {"variations.json": {"contents": `+quote(variations)+`}}}`)
		checkV2Error(t, "variation "+name, status, body, 400, "variation name")
	}
	status, body := k.call("PUT", "/v2/kitchen/create/Prod/list", "{}")
	checkV2Error(t, "kitchen list", status, body, 400, "list of all kitchens")
	for _, name := range []string{"CurrentKitchen", "ScheduledFor"} {
		status, body = k.call("PUT", "/v2/order/create/Prod/hello/now", `{"parameters": {"`+name+`": "x"}}`)
		checkV2Error(t, name, status, body, 417, "the system's")
		status, body = k.call("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"recipeoverrides": {"`+name+`": "x"}}}`)
		checkV2Error(t, name, status, body, 400, "the system's")
	}
}

// TestMembersThatAreMisspelt are told of, and do nothing.
func TestMembersThatAreMisspelt(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	var made api.OrderCreated
	k.must("PUT", "/v2/order/create/Prod/hello/nightly", `{"max_runs": 2, "Parameters": {"testvar": "x"}, "kitchen_name": "Prod", "message": "m"}`, &made)
	want := []string{
		"The member 'Parameters' is not known here and was ignored; did you mean 'parameters'?",
		"The member 'max_runs' is not known here and was ignored; did you mean 'max-runs'?",
	}
	if strings.Join(made.Warnings, "\n") != strings.Join(want, "\n") || string(made.VariableOverrides) != "{}" {
		t.Errorf("got %+v, want the warnings %q and no overrides", made, want)
	}
	var done api.Done
	k.must("POST", "/v2/recipe/update/Prod/hello", `{"files": {"a.txt": {"contents": "x"}}, "Message": "m"}`, &done)
	if len(done.Warnings) != 1 || done.Status != "success" {
		t.Errorf("got %+v, want a warning", done)
	}
	var list api.OrderList
	k.must("GET", "/v2/order/status/Prod", `{"Recipe": "other"}`, &list)
	if len(list.Warnings) != 1 || len(list.Orders) != 1 {
		t.Errorf("got %+v, want a warning and the order", list)
	}
	if status, body := k.call("PUT", "/v2/order/create/Prod/hello/nightly", `{"parameters": {}, "max-runs": 2}`); status != 200 || strings.Contains(body, "warnings") {
		t.Errorf("without a mistake: got %d %s", status, body)
	}
}

// TestByteOrderMarksAreSkipped, in bodies and in files.
func TestByteOrderMarksAreSkipped(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	const mark = "\ufeff"
	for _, file := range []string{"description.json", "variables.json", "variations.json"} {
		contents := map[string]string{"description.json": helloDescription, "variables.json": helloVariables, "variations.json": helloVariations}[file]
		k.must("POST", "/v2/recipe/update/Prod/hello", mark+`{"files": {"`+file+`": {"contents": `+quote(mark+contents)+`}}}`, nil)
	}
	k.order("now", mark+`{"parameters": {"testvar": "x"}}`)
	mustSend(t, k.Server, "POST", "/v6/recipe-types/validation/", mark+`{"definition": {}}`, 200, nil)
}

// TestNumbersThatAreIntegers: 3.0 is 3 where that is exact.
func TestNumbersThatAreIntegers(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	mustSend(t, k.Server, "POST", "/v6/recipe-types/", `{"title": "Counting", "definition": {"input": {"json": [{"name": "n", "type": "integer"}]}, "nodes": {}}}`, 201, nil)
	k.must("POST", "/v2/recipe/create/Prod/counting", `{"files": {"description.json": {"contents": `+quote(`{"recipe-type": "counting", "recipe-type-revision": 1.0}`)+`},
		"variations.json": {"contents": `+quote(`{"variation-list": {"v": {"schedule-setting": "s"}}, "schedule-setting-list": {"s": {"schedule": "0 0 * * *", "max-runs": 3.0}}}`)+`}}}`, nil)
	for parameter, want := range map[string]int{`3.0`: 200, `"3.0"`: 200, `3e2`: 200, `3.5`: 417, `"3.5"`: 417} {
		if status, body := k.call("PUT", "/v2/order/create/Prod/counting/v", `{"schedule": "now", "parameters": {"n": `+parameter+`}}`); status != want {
			t.Errorf("%s: got %d %s, want %d", parameter, status, body, want)
		}
	}
	for maxRuns, want := range map[string]int{`3.0`: 200, `3.5`: 417} {
		if status, body := k.call("PUT", "/v2/order/create/Prod/counting/v", `{"parameters": {"n": 1}, "max-runs": `+maxRuns+`}`); status != want {
			t.Errorf("max-runs %s: got %d %s, want %d", maxRuns, status, body, want)
		}
	}
	recipes := getPage[api.Recipe](t, k.Server, "/v6/recipes/?recipe_type_name=counting")
	for _, r := range recipes.Results {
		var detail struct {
			Input struct{ JSON map[string]json.Number }
		}
		k.must("GET", "/v6/recipes/"+jsonNumber(r.ID)+"/", "-", &detail)
		if n := detail.Input.JSON["n"]; n != "3" && n != "300" {
			t.Errorf("recipe %d has the input %s", r.ID, n)
		}
	}
	if recipes.Count != 3 {
		t.Errorf("%d recipes were made, want 3", recipes.Count)
	}
}

// TestVariablesOf2016 have their values inside of objects.
func TestVariablesOf2016(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	variables := `{"variable-list": {"testvar": {"string-replace-key": "testvar", "string-replace-value": "of 2016"}, "GALLEY_SIMULATE_EXIT_CODE": "0"}}`
	variations := `{"variation-list": {"old": {"override-setting": "o"}, "plain": {}}, "override-setting-list": {"o": {"testvar": {"string-replace-key": "testvar", "string-replace-value": "over 2016"}}}}`
	k.must("POST", "/v2/recipe/update/Prod/hello", `{"files": {"variables.json": {"contents": `+quote(variables)+`}, "variations.json": {"contents": `+quote(variations)+`}}}`, nil)
	for variation, want := range map[string]string{"plain": "of 2016", "old": "over 2016"} {
		run := k.runs(k.order(variation, "{}"))[0]
		var values map[string]any
		decode(t, k.details(run.HID, "").Variables, &values)
		if values["testvar"] != want {
			t.Errorf("%s: testvar is %v, want %q", variation, values["testvar"], want)
		}
	}
}
