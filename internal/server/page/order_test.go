package page_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// newOrder is an order of the kitchen Prod that runs every night, and fails.
func newOrder(t *testing.T, s *servertest.Server) string {
	t.Helper()
	return newOrderThatExits(t, s, "3")
}

// newOrderThatExits is newOrder whose job ends with an exit code.
func newOrderThatExits(t *testing.T, s *servertest.Server, exit string) string {
	t.Helper()
	simulated(t, s, "broken", "Broken", exit)
	send(t, s, "POST", "/v6/recipe-types/", `{"title": "Hello", "definition": {"input": {"json": [{"name": "who", "type": "string"}]}, "nodes": {"only": `+nodeOf("broken")+`}}}`)
	send(t, s, "PUT", "/v2/kitchen/create/None/Prod", `{}`)
	files := map[string]any{}
	for name, contents := range map[string]string{
		"description.json": `{"recipe-type": "hello"}`,
		"variables.json":   `{"variable-list": {"who": "from the recipe", "left": 1}}`,
		"variations.json": `{"variation-list": {"nightly": {"override-setting": "o", "schedule-setting": "night"}}, "override-setting-list": {"o": {"who": "from the variation"}},
			"schedule-setting-list": {"night": {"schedule": "30 2 * * *", "scheduleTimeZone": "Europe/Paris"}}}`,
	} {
		files[name] = map[string]string{"contents": contents}
	}
	body, err := json.Marshal(map[string]any{"description": "d", "files": files})
	if err != nil {
		t.Fatal(err)
	}
	send(t, s, "POST", "/v2/recipe/create/Prod/hello", string(body))
	var made api.OrderCreated
	if err := json.Unmarshal([]byte(send(t, s, "PUT", "/v2/order/create/Prod/hello/nightly", `{"parameters": {"mine": "<script>"}}`)), &made); err != nil {
		t.Fatal(err)
	}
	return made.OrderID
}

func TestOrdersOnThePage(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	hid := newOrder(t, s)
	b := asAdmin(t, s)
	page := "/ui/orders/" + hid
	b.mustHave(page, "hello / nightly", "30 2 * * *", "Next run", "It has not run yet.", "Pause order…", "Run now…", "&lt;script&gt;", "<td>order</td>", "galley_order", "due 0")
	got := b.press(page + "/run")
	recipe := regexp.MustCompile(`^/ui/recipes/(\d+)$`).FindStringSubmatch(got.to)
	if got.status != http.StatusSeeOther || recipe == nil {
		t.Fatalf("running: got %d to %q\n%s", got.status, got.to, got.body)
	}
	servertest.Eventually(t, 30*time.Second, func() error {
		if body := b.mustGet(page); !strings.Contains(body, "Resume run…") {
			return fmt.Errorf("the page does not offer to resume:\n%s", body)
		}
		return nil
	})
	b.mustHave(page, "from the variation", "variation nightly", "over that of recipe hello", "Runs by day and node", "only · FAILED", "/ui/recipes/"+recipe[1])
	b.mustHave(got.to, "Prod / hello / nightly", "Resume run…")
	b.mustHave("/", "Prod / hello / nightly", "Orders, yesterday to tomorrow")
	b.mustHave("/?kitchen=Prod", "Rows")
	if body := b.mustGet("/?kitchen=Other"); strings.Contains(body, "Rows") {
		t.Error("the filter of a kitchen lets through what another has")
	}
	b.mustHave("/ui/kitchens/Prod", "hello / nightly", "galley_kitchen")
	b.mustHave("/ui/search?q=night", page)
	if got := b.press(page + "/pause"); got.status != http.StatusSeeOther {
		t.Errorf("pausing: got %d\n%s", got.status, got.body)
	}
	b.mustHave(page, "PAUSED_ORDER", "Resume order…")
	resume := regexp.MustCompile(`/ui/runs/[0-9a-f-]+/resume`).FindString(b.mustGet(page))
	if got := b.press(resume); got.status != http.StatusSeeOther {
		t.Errorf("resuming a run: got %d\n%s", got.status, got.body)
	}
}

// What the API hides, the page does.
func TestKitchensThatOnlyTheirStaffSees(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{KitchenRead: "staff"})
	hid := newOrder(t, s)
	admin := asAdmin(t, s)
	recipe := admin.press("/ui/orders/" + hid + "/run").to
	send(t, s, "POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"kitchen-staff": ["ann"]}}`)
	ann, bob := as(t, s, "ann", "operator"), as(t, s, "bob", "operator")
	servertest.Eventually(t, 30*time.Second, func() error {
		if body := ann.mustGet("/"); !strings.Contains(body, "1 run is failing") {
			return fmt.Errorf("ann does not see the failure:\n%s", body)
		}
		return nil
	})
	for _, path := range []string{"/ui/orders/" + hid, recipe, "/ui/kitchens/Prod", "/ui/orders/" + hid + "/pause"} {
		if got := ann.get(path); got.status != http.StatusOK {
			t.Errorf("%s as ann: got %d", path, got.status)
		}
		if got := bob.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s as bob: got %d, want 404", path, got.status)
		}
	}
	if body := bob.mustGet("/"); strings.Contains(body, "ast failure") {
		t.Errorf("bob is told when a kitchen that is not his failed:\n%s", body)
	}
	for _, path := range []string{"/", "/ui/orders", "/ui/recipes", "/ui/jobs", "/ui/search?q=hello", "/ui/search?q=Prod", "/ui/types/hello", "/ui/queue"} {
		if body := bob.mustGet(path); strings.Contains(body, "Prod") && path != "/ui/search?q=Prod" || strings.Contains(body, hid) || strings.Contains(body, recipe+`"`) {
			t.Errorf("%s shows bob a kitchen that is not his:\n%s", path, body)
		}
	}
}

// What is usual is made of the runs that who looks may see, for each who looks.
func TestMediansAreOfRunsThatOneMaySee(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{KitchenRead: "staff"})
	hid := newOrderThatExits(t, s, "0")
	recipe := asAdmin(t, s).press("/ui/orders/" + hid + "/run").to
	send(t, s, "POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"kitchen-staff": ["ann"]}}`)
	ann, bob := as(t, s, "ann", "operator"), as(t, s, "bob", "operator")
	servertest.Eventually(t, 30*time.Second, func() error {
		if body := ann.mustGet(recipe); !strings.Contains(body, "Completed in") {
			return fmt.Errorf("the run has not completed:\n%s", body)
		}
		return nil
	})
	ann.mustHave("/ui/types/hello", "Last 1 runs", "dashed: median")
	if body := bob.mustHave("/ui/types/hello", "It has not run yet."); strings.Contains(body, "dashed: median") {
		t.Errorf("bob is told how long the runs of a kitchen take that is not his:\n%s", body)
	}
}
