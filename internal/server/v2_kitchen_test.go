package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestKitchens: contract datakitchen-v2, 1.3.
func TestKitchens(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	k.must("PUT", "/v2/kitchen/create/Prod/Dev", "{}", nil)
	k.must("GET", "/v2/kitchen/create/Dev/Ann's%20own", `{"message": "as in 2016"}`, nil)
	var list api.Kitchens
	k.must("GET", "/v2/kitchen/list", "{}", &list)
	var names []string
	for _, one := range list.Kitchens {
		names = append(names, one.Name+" < "+one.Parent)
		if !slices.Equal(one.Recipes, []string{"hello"}) {
			t.Errorf("%s has the recipes %q, want those of Prod", one.Name, one.Recipes)
		}
	}
	if diff := cmp.Diff([]string{"Ann's own < Dev", "Dev < Prod", "Prod < "}, names); diff != "" {
		t.Errorf("kitchens (-want +got):\n%s", diff)
	}

	var raw struct{ Kitchen map[string]json.RawMessage }
	k.must("GET", "/v2/kitchen/Prod", "{}", &raw)
	for name, want := range map[string]string{"name": `"Prod"`, "parent-kitchen": `""`, "description": `"Where it counts"`, "kitchen-staff": `[]`,
		"recipeoverrides": `{}`, "kitchen-roles": `{"admin":"Admin"}`, "recipes": `["hello"]`, "creator_user": `"admin"`,
		"settings": `{"alerts":{"orderrunError":null,"orderrunOverDuration":null,"orderrunStart":null,"orderrunSuccess":null,"orderrunWarning":null}}`} {
		if got := string(raw.Kitchen[name]); got != want && !sameJSON(t, got, want) {
			t.Errorf("Prod has %s %s, want %s", name, got, want)
		}
	}
	var names2 api.KitchenRecipeNames
	k.must("GET", "/v2/kitchen/recipenames/Ann%27s%20own", "{}", &names2)
	if !slices.Equal(names2.Recipes, []string{"hello"}) {
		t.Errorf("the recipes are %q", names2.Recipes)
	}
	k.must("DELETE", "/v2/kitchen/delete/Ann%27s%20own", `{"message": "m", "synchronous-delete": true}`, nil)
	if status, body := k.call("GET", "/v2/kitchen/Ann%27s%20own", "-"); status != 404 || !strings.Contains(body, "does not exist.") {
		t.Errorf("a deleted kitchen: got %d %s", status, body)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && cmp.Equal(x, y)
}

// TestKitchenUpdates the whole record, as clients do: they send what they have read, changed.
func TestKitchenUpdates(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{Workers: -1}, kitchenUpdates)
}

func kitchenUpdates(t *testing.T, k *kitchens) {
	var read struct{ Kitchen map[string]any }
	k.must("GET", "/v2/kitchen/Prod", "-", &read)
	record := read.Kitchen
	record["recipeoverrides"] = map[string]any{"testvar": "of the kitchen", "nested": map[string]any{"a": []any{1.5, nil}}}
	record["kitchen-roles"] = map[string]any{"admin": "Admin"}
	record["mesos-constraint"], record["_finished"] = true, nil
	record["settings"] = map[string]any{"alerts": map[string]any{"orderrunError": []any{"ann@example.com"}, "orderrunStart": nil}, "agile-tools": map[string]any{"on": true}}
	update := func(path, method string, record any) (int, string) {
		body, err := json.Marshal(map[string]any{"kitchen.json": record, "message": "m"})
		if err != nil {
			t.Fatal(err)
		}
		return k.call(method, path, string(body))
	}
	for _, way := range [][2]string{{"POST", "/v2/kitchen/update/Prod"}, {"PUT", "/v2/kitchen/settings/Prod"}} {
		if status, body := update(way[1], way[0], record); status != 200 {
			t.Fatalf("%s: got %d %s", way[1], status, body)
		}
		var got struct{ Kitchen map[string]any }
		k.must("GET", "/v2/kitchen/Prod", "-", &got)
		alerts, _ := got.Kitchen["settings"].(map[string]any)["alerts"].(map[string]any)
		if len(alerts) != 5 || !cmp.Equal(alerts["orderrunError"], []any{"ann@example.com"}) || alerts["orderrunStart"] != nil {
			t.Errorf("%s: the alerts are %v, want all five", way[1], alerts)
		}
		for _, name := range []string{"recipeoverrides", "kitchen-roles", "mesos-constraint", "_finished", "description", "name", "_hid"} {
			if diff := cmp.Diff(record[name], got.Kitchen[name]); diff != "" {
				t.Errorf("%s: %s (-sent +got):\n%s", way[1], name, diff)
			}
		}
		if tools := got.Kitchen["settings"].(map[string]any)["agile-tools"]; !cmp.Equal(tools, map[string]any{"on": true}) {
			t.Errorf("%s: other settings became %v", way[1], tools)
		}
	}
	var bare map[string]any
	k.must("GET", "/v2/kitchen/settings/Prod", "-", &bare)
	if bare["name"] != "Prod" || !cmp.Equal(bare["recipeoverrides"], record["recipeoverrides"]) {
		t.Errorf("the bare record is %v", bare)
	}

	// What is absent stays; the list of 2016 is taken; null is empty.
	if status, body := update("/v2/kitchen/update/Prod", "POST", map[string]any{"recipeoverrides": []any{
		map[string]any{"variable": "testvar", "value": "2016", "category": "from_command_line"}}}); status != 200 {
		t.Fatalf("the list of 2016: got %d %s", status, body)
	}
	k.must("GET", "/v2/kitchen/Prod", "-", &read)
	if !cmp.Equal(read.Kitchen["recipeoverrides"], map[string]any{"testvar": "2016"}) || !cmp.Equal(read.Kitchen["kitchen-roles"], map[string]any{"admin": "Admin"}) {
		t.Errorf("it became %v", read.Kitchen)
	}
	if status, body := update("/v2/kitchen/update/Prod", "POST", map[string]any{"recipeoverrides": nil}); status != 200 {
		t.Fatalf("no overrides: got %d %s", status, body)
	}
	k.must("GET", "/v2/kitchen/Prod", "-", &read)
	if overrides, _ := read.Kitchen["recipeoverrides"].(map[string]any); len(overrides) != 0 {
		t.Errorf("the overrides are %v, want none", overrides)
	}
}

func TestKitchenRefusals(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	k.must("PUT", "/v2/kitchen/create/Prod/Dev", "-", nil)
	k.checkRefusals(map[string]v2Refusal{
		"an unknown kitchen":                {"GET", "/v2/kitchen/Nowhere", "-", 404, "does not exist."},
		"its settings":                      {"GET", "/v2/kitchen/settings/Nowhere", "-", 404, "does not exist."},
		"its recipes":                       {"GET", "/v2/kitchen/recipenames/Nowhere", "-", 404, "does not exist."},
		"its update":                        {"POST", "/v2/kitchen/update/Nowhere", `{"kitchen.json": {}}`, 404, "does not exist."},
		"its deletion":                      {"DELETE", "/v2/kitchen/delete/Nowhere", `{}`, 404, "does not exist."},
		"a child of it":                     {"PUT", "/v2/kitchen/create/Nowhere/Child", `{}`, 404, "does not exist."},
		"a name that is taken":              {"PUT", "/v2/kitchen/create/None/Dev", `{}`, 409, "Dev"},
		"a name that no path carries":       {"PUT", "/v2/kitchen/create/None/a%23b", `{}`, 400, "a#b"},
		"a kitchen with children":           {"DELETE", "/v2/kitchen/delete/Prod", `{}`, 409, "Dev"},
		"an update without a record":        {"POST", "/v2/kitchen/update/Prod", `{}`, 400, `'kitchen.json'`},
		"a record that is none":             {"POST", "/v2/kitchen/update/Prod", `{"kitchen.json": [1]}`, 400, `'kitchen.json'`},
		"another name":                      {"POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"name": "Production"}}`, 400, "neither renamed nor moved"},
		"another parent":                    {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"parent-kitchen": ""}}`, 400, "neither renamed nor moved"},
		"a description that is none":        {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"description": 7}}`, 400, `'description'`},
		"overrides that are none":           {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"recipeoverrides": 7}}`, 400, "recipeoverrides"},
		"an override without a name":        {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"recipeoverrides": [{"value": 7}]}}`, 400, `'variable'`},
		"an override with a bad name":       {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"recipeoverrides": {"a b": 7}}}`, 400, "a b"},
		"staff that is none":                {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"kitchen-staff": "ann"}}`, 400, "kitchen-staff"},
		"a role that there is not":          {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"kitchen-roles": {"ann": "King"}}}`, 400, "King"},
		"settings that are none":            {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"settings": 7}}`, 400, `'settings'`},
		"an alert to nobody":                {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"settings": {"alerts": {"orderrunError": ["nobody"]}}}}`, 400, "nobody"},
		"an event that there is not":        {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json": {"settings": {"alerts": {"moon": []}}}}`, 400, "moon"},
		"a body that is no JSON":            {"POST", "/v2/kitchen/update/Dev", `{"kitchen.json"`, 400, "JSON parse error"},
		"a body that is a list":             {"PUT", "/v2/kitchen/create/Prod/X", `[]`, 400, "must be a JSON object"},
		"a create whose description is one": {"PUT", "/v2/kitchen/create/Prod/X", `{"description": 7}`, 400, `'description'`},
	})
	if resp, _ := k.Do(t, "HEAD", "/v2/kitchen/create/Prod/X", nil, nil); resp.StatusCode != 405 {
		t.Errorf("HEAD of a GET that creates: got %d, want 405", resp.StatusCode)
	}
	if status, _ := k.call("GET", "/v2/kitchen/X", "-"); status != 404 {
		t.Error("a refused create made a kitchen")
	}
}

// checkV2Error holds an answer against the shape that all clients can read (contract 1.2).
func checkV2Error(t *testing.T, name string, status int, body string, wantStatus int, want string) {
	t.Helper()
	var got api.MessageBody
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Errorf("%s: %v: %s", name, err, body)
		return
	}
	if status != wantStatus || !strings.Contains(got.Message.Error, want) || got.Message.Status != "failed" || got.Detail != got.Message.Error {
		t.Errorf("%s: got %d %s, want %d with %q", name, status, body, wantStatus, want)
	}
}

func TestKitchenTagsAndKeys(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{Workers: -1}, kitchenTagsAndKeys)
}

func kitchenTagsAndKeys(t *testing.T, k *kitchens) {
	do := func(method, path, body string, header http.Header) (*http.Response, string) {
		resp, raw := k.Do(t, method, path, header, strings.NewReader(body))
		return resp, string(raw)
	}
	resp, _ := do("GET", "/v2/kitchen/Prod", "", nil)
	first := resp.Header.Get("ETag")
	const change = `{"kitchen.json": {"description": "changed"}}`
	resp, body := do("POST", "/v2/kitchen/update/Prod", change, http.Header{"If-Match": {first}})
	second := resp.Header.Get("ETag")
	if resp.StatusCode != 200 || first == "" || second == first {
		t.Fatalf("an update of the version that is there: got %d %s, tags %s and %s", resp.StatusCode, body, first, second)
	}
	resp, body = do("POST", "/v2/kitchen/update/Prod", change, http.Header{"If-Match": {first}})
	checkV2Error(t, "an update of an old version", resp.StatusCode, body, 412, "")
	resp, body = do("PUT", "/v2/kitchen/settings/Prod", change, http.Header{"If-Match": {second}})
	if resp.StatusCode != 200 {
		t.Errorf("settings of the version that is there: got %d %s", resp.StatusCode, body)
	}

	key := http.Header{"Idempotency-Key": {"one"}}
	for i, want := range []string{"", "true"} {
		resp, body = do("PUT", "/v2/kitchen/create/Prod/Once", `{"description": "d"}`, key)
		if resp.StatusCode != 200 || resp.Header.Get("Idempotency-Replayed") != want {
			t.Errorf("create %d: got %d %s, replayed %q", i, resp.StatusCode, body, resp.Header.Get("Idempotency-Replayed"))
		}
	}
	resp, body = do("PUT", "/v2/kitchen/create/Prod/Twice", `{"description": "d"}`, key)
	checkV2Error(t, "the key with another request", resp.StatusCode, body, 422, "one")
}

// TestKitchenStaff: who is not on the list may look, but not change anything.
func TestKitchenStaff(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	ann, bob, viewer := k.as("ann", "editor"), k.as("bob", "editor"), k.as("vic", "viewer")
	k.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"kitchen-staff": ["ann"]}}`, nil)
	ann.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"description": "by ann"}}`, nil)
	order := ann.order("nightly", "-")
	bob.must("GET", "/v2/kitchen/Prod", "-", nil)
	bob.must("GET", "/v2/order/status/Prod", "{}", nil)
	for _, c := range [][3]string{
		{"POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"description": "by bob"}}`}, {"PUT", "/v2/kitchen/create/Prod/Bobs", "{}"},
		{"DELETE", "/v2/kitchen/delete/Prod", "{}"}, {"POST", "/v2/recipe/update/Prod/hello", `{"files": {"x": {"contents": "x"}}}`},
		{"DELETE", "/v2/recipe/Prod/hello", "{}"}, {"PUT", "/v2/order/create/Prod/hello/now", "{}"}, {"PUT", "/v2/order/stop/" + order, "{}"},
		{"PUT", "/v2/order/pause/" + order, "{}"}, {"PUT", "/v2/order/update/" + order, "{}"}, {"DELETE", "/v2/order/delete/" + order, "{}"}, {"DELETE", "/v2/order/deleteall/Prod", "{}"},
	} {
		status, body := bob.call(c[0], c[1], c[2])
		checkV2Error(t, "bob: "+c[0]+" "+c[1], status, body, 403, "bob")
		status, body = viewer.call(c[0], c[1], c[2])
		checkV2Error(t, "a viewer: "+c[0]+" "+c[1], status, body, 403, "needs the role")
	}
}
