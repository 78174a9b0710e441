package browsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// hostile is what somebody may call things to do harm to who looks at them.
const hostile = `<img src=x onerror="document.title='pwned'"><script>alert('pwned')</script>`

// A world is a server with something to look at: a recipe that has failed at a node while
// another runs, its type with two revisions, and an order whose run has failed.
type world struct {
	*servertest.Server
	Recipe, Type string // id and name
	Order        string // hid
	named        string // what somebody has named things
}

// send sends JSON to the API as the administrator, and reads the answer into out.
func (w *world) send(t *testing.T, method, path string, body, out any) {
	t.Helper()
	raw := []byte{}
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	resp, answer := w.Do(t, method, path, http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(raw))
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: got %d %s", method, path, resp.StatusCode, answer)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

type object map[string]any

// jobType makes a job type whose simulated jobs do as the settings say.
func (w *world) jobType(t *testing.T, name, title string, settings map[string]string) {
	t.Helper()
	declared, given := []object{}, object{}
	for setting, value := range settings {
		declared, given[setting] = append(declared, object{"name": setting}), value
	}
	w.send(t, "POST", "/v6/job-types/", object{
		"docker_image": name + ":1.0.0", "retry": object{"tries": 1},
		"manifest": object{"seedVersion": "1.0.0", "job": object{
			"name": name, "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": title, "description": "A job", "timeout": 7200,
			"maintainer": object{"name": "Kitchen", "email": "kitchen@example.com"},
			"errors":     []object{{"code": 4, "name": "rejected-rows", "title": "Rows rejected", "description": "The warehouse refused some of the rows.", "category": "job"}},
			"interface":  object{"command": "run " + w.named + " \x1b[31mred", "settings": declared},
		}},
		"configuration": object{"settings": given},
	}, nil)
}

func job(jobType string, after ...object) object {
	return object{
		"dependencies": append([]object{}, after...), "input": object{},
		"node_type": object{"node_type": "job", "job_type_name": jobType, "job_type_version": "1.0.0", "job_type_revision": 1},
	}
}

func after(node string) object { return object{"name": node} }

// newWorld makes a world in which things that somebody has named are called so.
func newWorld(t *testing.T, named string) *world {
	t.Helper()
	w := &world{Server: servertest.New(t, servertest.Options{Workers: 2}), named: named}
	w.jobType(t, "work", "Works", nil)
	w.jobType(t, "strange", named, nil)
	w.jobType(t, "broken", "Load orders into the warehouse", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "4"})
	w.jobType(t, "slow", "Looks places up", map[string]string{"GALLEY_SIMULATE_DURATION": "1h"})
	var marts, sales struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	w.send(t, "POST", "/v6/recipe-types/", object{"title": "Sales marts", "definition": object{"input": object{}, "nodes": object{
		"stage": job("work"), "facts": job("work", after("stage")), "dims": job("work", after("stage")), "test": job("work", after("facts"), after("dims")),
	}}}, &marts)
	nodes := object{
		"orders": job("work"), "clean": job("work", after("orders")), named: job("strange", after("orders")),
		"enough": object{
			"dependencies": []object{after("clean")}, "input": object{"rows": object{"type": "recipe", "input": "rows"}},
			"node_type": object{
				"node_type": "condition", "interface": object{"files": []object{}, "json": []object{{"name": "rows", "type": "integer", "required": true}}},
				"data_filter": object{"filters": []object{{"name": "rows", "type": "integer", "condition": ">=", "values": []int{1000}}}},
			},
		},
		"convert": job("work", after("enough")), "too_few": job("work", object{"name": "enough", "acceptance": false}),
		"geocode": job("slow", after("orders")), "load": job("broken", after("convert")), "report": job("work", after("load"), after("marts")),
		"marts": object{"dependencies": []object{after("load")}, "input": object{}, "node_type": object{
			"node_type": "recipe", "recipe_type_name": marts.Name, "recipe_type_revision": 1,
		}},
	}
	input := object{"json": []object{{"name": "rows", "type": "integer"}}}
	w.send(t, "POST", "/v6/recipe-types/", object{"title": "Sales nightly", "description": named, "definition": object{"input": input, "nodes": nodes}}, &sales)
	w.Type = sales.Name
	var made struct {
		ID int64 `json:"id"`
	}
	w.send(t, "POST", "/v6/recipes/", object{"recipe_type_id": sales.ID, "input": object{"json": object{"rows": 18204}}}, &made)
	w.Recipe = fmt.Sprint(made.ID)
	w.waitFailed(t, made.ID)
	delete(nodes, "too_few")
	nodes["fill"] = job("work", after("clean"))
	nodes["convert"] = job("work", after("enough"), after("fill"))
	w.send(t, "PATCH", "/v6/recipe-types/"+w.Type+"/", object{"definition": object{"input": input, "nodes": nodes}, "auto_update": false}, nil)
	w.addOrder(t)
	return w
}

// waitFailed waits until one job of a recipe has failed and one runs.
func (w *world) waitFailed(t *testing.T, id int64) {
	t.Helper()
	servertest.Eventually(t, 30*time.Second, func() error {
		var r struct {
			Failed  int `json:"jobs_failed"`
			Running int `json:"jobs_running"`
			Blocked int `json:"jobs_blocked"`
		}
		w.send(t, "GET", fmt.Sprintf("/v6/recipes/%d/", id), nil, &r)
		if r.Failed != 1 || r.Running != 1 || r.Blocked == 0 {
			return fmt.Errorf("recipe %d has %+v", id, r)
		}
		return nil
	})
}

// addOrder orders something that is due each night and has run once.
func (w *world) addOrder(t *testing.T) {
	t.Helper()
	var marts struct {
		Name string `json:"name"`
	}
	w.send(t, "POST", "/v6/recipe-types/", object{"title": "Recipe hello", "definition": object{"input": object{}, "nodes": object{"greet": job("work")}}}, &marts)
	w.send(t, "PUT", "/v2/kitchen/create/None/Prod", object{"description": w.named}, nil)
	text := func(v any) object {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return object{"contents": string(raw)}
	}
	w.send(t, "POST", "/v2/recipe/create/Prod/hello", object{"description": "Says hello", "files": object{
		"description.json": text(object{"description": w.named, "recipe-type": marts.Name}),
		"variables.json":   text(object{"variable-list": object{}}),
		"variations.json": text(object{
			"variation-list":        object{"nightly": object{"schedule-setting": "night"}},
			"schedule-setting-list": object{"night": object{"schedule": "30 2 * * *", "scheduleTimeZone": "Europe/Berlin"}},
		}),
	}}, nil)
	var made struct {
		OrderID string `json:"order_id"`
	}
	w.send(t, "PUT", "/v2/order/create/Prod/hello/nightly", object{}, &made)
	w.Order = made.OrderID
}
