package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestOrderLists: filters in body and query, and the three forms.
func TestOrderLists(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, orderLists)
}

func orderLists(t *testing.T, k *kitchens) {
	k.must("POST", "/v2/recipe/create/Prod/second", `{"files": {"description.json": {"contents": `+quote(helloDescription)+`},
		"variables.json": {"contents": `+quote(helloVariables)+`}, "variations.json": {"contents": `+quote(helloVariations)+`}}}`, nil)
	done := k.order("now", "{}")
	k.wait(done, "COMPLETED_SERVING")
	failed := k.order("failing", "{}")
	k.wait(failed, "SERVING_ERROR")
	k.must("PUT", "/v2/order/resume/"+k.runs(failed)[0].HID, "{}", nil)
	k.wait(failed, "SERVING_ERROR")
	var made api.OrderCreated
	k.must("PUT", "/v2/order/create/Prod/second/nightly", "-", &made)
	nightly := made.OrderID
	for name, c := range map[string]struct {
		query, body string
		want        []string // orders, newest first
		runs        int      // that are listed
		total       int
	}{
		"all, as dkutils asks":         {"", `{}`, []string{nightly, failed, done}, 3, 3},
		"one recipe":                   {"", `{"recipe": "hello"}`, []string{failed, done}, 3, 2},
		"one variation":                {"", `{"variation": "now", "kitchen": "Prod"}`, []string{done}, 1, 1},
		"a search":                     {"", `{"search": "` + failed[:13] + `"}`, []string{failed}, 2, 1},
		"an order status":              {"", `{"orderStatus": "ACTIVE_ORDER"}`, []string{nightly}, 0, 1},
		"a run status":                 {"", `{"orderRunStatus": "SERVING_RERAN"}`, []string{failed}, 1, 1},
		"a period":                     {"", `{"timePeriod": 24}`, []string{nightly, failed, done}, 3, 3},
		"a number of runs":             {"", `{"servingsCount": 1}`, []string{nightly, failed, done}, 2, 3},
		"no runs":                      {"", `{"servingsCount": 0}`, []string{nightly, failed, done}, 0, 3},
		"dk's page":                    {"?start=0&count=2&scount=1&r=hello", "-", []string{failed, done}, 2, 2},
		"the second page":              {"?start=1&count=1&scount=3", "-", []string{failed}, 2, 3},
		"a page that is none":          {"?start=1&count=2", "-", []string{failed, done}, 3, 3},
		"beyond the end":               {"?start=7&count=2", "-", nil, 0, 3},
		"the body wins over the query": {"?count=1&r=second", `{"recipe": "hello"}`, []string{failed}, 2, 2},
		"nulls are absent":             {"", `{"recipe": null, "count": null}`, []string{nightly, failed, done}, 3, 3},
	} {
		var got api.OrderList
		k.must("GET", "/v2/order/status/Prod"+c.query, c.body, &got)
		runs := 0
		ids := []string{}
		for _, o := range got.Orders {
			ids = append(ids, o.HID)
			runs += len(got.Servings[o.HID].Servings)
		}
		if !slices.Equal(ids, c.want) || runs != c.runs || got.TotalOrders != c.total || len(got.Servings) != len(ids) || got.KitchenName != "Prod" {
			t.Errorf("%s: got the orders %q with %d runs of %d, want %q, %d, %d", name, ids, runs, got.TotalOrders, c.want, c.runs, c.total)
		}
	}

	var structured api.OrderListStructured
	k.must("GET", "/v2/order/status/Prod?start=0&count=5&servingCount=1&structuredResponse=true", "-", &structured)
	if o := structured.Orders[1]; structured.Total != 3 || o.HID != failed || o.StructuredStatus != "ORDER_ERROR" || o.TotalServings != 2 || len(o.Servings) != 1 ||
		o.Servings[0].Timings.StructuredEnd == nil || o.Servings[0].Timings.End == nil || structured.Orders[0].StructuredZone != "Europe/Paris" {
		t.Errorf("the structured form is %+v", structured)
	}

	var flat api.OrderListFlat
	k.must("GET", "/v2/order/status/Prod", "-", &flat)
	if len(flat.Orders) != 3 || len(flat.Servings) != 3 {
		t.Fatalf("the form of 2016 is %+v", flat)
	}
	parts := strings.Split(flat.Orders[1].ServingChronosID, "#")
	if len(parts) != 6 || !slices.Equal(parts[2:5], []string{"hello", "failing", "Prod"}) || flat.Orders[1].ChronosStatus != "ORDER_ERROR" {
		t.Errorf("an order of 2016 is %+v", flat.Orders[1])
	}
	if r := flat.Servings[0]; r.ServingChronosID != flat.Orders[1].ServingChronosID || strings.Split(r.ServingMesosID, "#")[3] != "failing" {
		t.Errorf("a run of 2016 is %+v", r)
	}

	for _, c := range []struct {
		query, body string
		into        any
	}{{"", "-", &api.OrderListFlat{}}, {"", "{}", &api.OrderList{}}, {"?structuredResponse=true", "-", &api.OrderListStructured{}}} {
		k.must("GET", "/v2/order/status/Nowhere"+c.query, c.body, c.into)
		raw, err := json.Marshal(c.into)
		if err != nil || !strings.Contains(string(raw), `"orders":[]`) {
			t.Errorf("an unknown kitchen has %s, %v; want no orders", raw, err)
		}
	}
}

// TestIdsOf2016 are taken in paths and bodies, escaped once or twice.
func TestIdsOf2016(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{})
	order := k.order("slow", "{}")
	run := k.wait(order, "ACTIVE_SERVING")
	for _, id := range []string{url.PathEscape(run.ServingChronosID), url.PathEscape(url.PathEscape(run.ServingChronosID))} {
		if runs := k.runs(id); len(runs) != 1 || runs[0].HID != run.HID {
			t.Errorf("%s has the runs %+v", id, runs)
		}
	}
	for _, body := range []string{`{"serving_mesos_id": ` + quote(run.ServingMesosID) + `}`, `{"serving_chronos_id": ` + quote(run.ServingChronosID) + `}`,
		`{"serving_hid": ` + quote(url.QueryEscape(run.ServingMesosID)) + `}`, `{"serving_book_hid": ` + quote(url.PathEscape(run.ServingChronosID)) + `}`, `{}`} {
		var got api.OrderDetails
		k.must("POST", "/v2/order/details/Prod", body, &got)
		if len(got.Servings) != 1 || got.Servings[0].HID != run.HID || got.Servings[0].ServingMesosID != run.ServingMesosID || len(got.Orders) != 1 || got.Orders[0].HID != order {
			t.Errorf("%s: got %+v", body, got)
		}
	}
	k.must("PUT", "/v2/serving/stop/"+url.PathEscape(run.ServingMesosID), "-", nil)
	k.wait(order, "STOPPED_SERVING")
	k.must("DELETE", "/v2/order/delete/"+url.PathEscape(run.ServingChronosID), "-", nil)
}

// TestOrderKeys: the same create twice makes one order.
func TestOrderKeys(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	create := func(body string) (int, string, string) {
		resp, raw := k.Do(t, "PUT", "/v2/order/create/Prod/hello/nightly", http.Header{"Idempotency-Key": {"k"}}, strings.NewReader(body))
		return resp.StatusCode, resp.Header.Get("Idempotency-Replayed"), string(raw)
	}
	_, first, one := create(`{"parameters": {"testvar": "x"}}`)
	_, second, two := create(` {"parameters":{"testvar":"x"}}`)
	if one != two || first != "" || second != "true" {
		t.Errorf("got %s, then %s, replayed %q and %q", one, two, first, second)
	}
	status, _, body := create(`{"parameters": {"testvar": "y"}}`)
	checkV2Error(t, "another request with the key", status, body, 422, "k")
	var list api.OrderList
	k.must("GET", "/v2/order/status/Prod", "{}", &list)
	if list.TotalOrders != 1 {
		t.Errorf("there are %d orders", list.TotalOrders)
	}
}
