package order_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// mustRuns waits until the newest run of an order has that status, and returns all runs.
func mustRuns(t *testing.T, s *servertest.Server, id string, status order.RunStatus) (runs []api.OrderRun) {
	t.Helper()
	servertest.Eventually(t, 30*time.Second, func() (err error) {
		runs, err = s.Client.OrderRuns(t.Context(), "production", id, 0)
		if err == nil && (len(runs) == 0 || runs[0].Status != string(status)) {
			err = fmt.Errorf("the runs of %s are %+v, want the newest %s", id, runs, status)
		}
		return err
	})
	return runs
}

// mustMend lets the variation "broken" complete from now on.
func mustMend(t *testing.T, s *servertest.Server) {
	t.Helper()
	err := s.Client.WriteKitchenRecipe(t.Context(), "production", "ndvi", map[string]string{
		order.VariationsFile: `{"variation-list": {"broken": {}, "nightly": {}}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// orderArguments are the arguments of an action, with more members of JSON.
func orderArguments(order, more string) string {
	return fmt.Sprintf(`{"kitchen": "production", "order_id": %q%s}`, order, more)
}

func TestActionOrderRunTellsOfEveryNode(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	id := providertest.MustOrder(t, s, "nightly")
	p := providertest.NewProtocol(t, s)
	lines, errors := p.Invoke(t, "galley_order_run", orderArguments(id, ""))
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	run := mustRuns(t, s, id, order.RunCompleted)[0]
	providertest.MustShow(t, lines,
		`Run `+run.HID+` of order `+id+` was started`,
		`Recipe 1: node a \(job 1\): COMPLETED`,
		`Recipe 1 is COMPLETED: 1 of 1 jobs completed`,
		`Run `+run.HID+` is COMPLETED_SERVING`)
	if err := s.Client.PauseOrder(t.Context(), "production", id); err != nil {
		t.Fatal(err)
	}
	lines, errors = p.Invoke(t, "galley_order_run", orderArguments(id, `, "wait_for_completion": false`))
	if len(errors) > 0 || len(lines) != 1 {
		t.Errorf("lines = %q, errors = %q, want one line: it has waited", lines, errors)
	}
	if runs := mustRuns(t, s, id, order.RunCompleted); len(runs) != 2 {
		t.Errorf("the order has %d runs, want 2", len(runs))
	}
	slow := providertest.MustOrder(t, s, "slow")
	if _, errors = p.Invoke(t, "galley_order_run", orderArguments(slow, "")); len(errors) != 1 ||
		!strings.Contains(errors[0], "Cannot run order "+slow) || !strings.Contains(errors[0], "runs already") {
		t.Errorf("errors = %q", errors)
	}
}

func TestActionOrderRunFailsWithTheRun(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	id := providertest.MustOrder(t, s, "broken")
	failed := mustRuns(t, s, id, order.RunFailed)[0].HID
	p := providertest.NewProtocol(t, s)
	lines, errors := p.Invoke(t, "galley_order_run", orderArguments(id, ""))
	run := mustRuns(t, s, id, order.RunFailed)[0].HID
	providertest.MustShow(t, lines, `Recipe 2: node a \(job 2\): FAILED`, `Recipe 2 is FAILED: 0 of 1 jobs completed`, `Run `+run+` is SERVING_ERROR`)
	if run == failed || len(errors) != 1 || !strings.Contains(errors[0], "Run "+run+" is SERVING_ERROR") || !strings.Contains(errors[0], `node "a" (job`) {
		t.Errorf("errors = %q", errors)
	}
	slow := providertest.MustOrder(t, s, "slow")
	if err := s.Client.StopOrder(t.Context(), "production", slow); err != nil {
		t.Fatal(err)
	}
	mustRuns(t, s, slow, order.RunStopped)
	_, errors = p.Invoke(t, "galley_order_run_resume", orderArguments(slow, `, "timeouts": {"invoke": "1s"}`))
	if len(errors) != 1 || !strings.Contains(errors[0], `It did not finish within 1s.`) ||
		!strings.Contains(errors[0], `More time is given with timeouts = { invoke = "1h" }.`) {
		t.Errorf("errors = %q", errors)
	}
}

func TestActionOrderRunResume(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	id, idle, other := providertest.MustOrder(t, s, "broken"), providertest.MustOrder(t, s, "nightly"), providertest.MustOrder(t, s, "once")
	failed := mustRuns(t, s, id, order.RunFailed)[0].HID
	p := providertest.NewProtocol(t, s)
	_, errors := p.Invoke(t, "galley_order_run_resume", orderArguments(other, fmt.Sprintf(`, "run_id": %q`, failed)))
	if len(errors) != 1 || !strings.Contains(errors[0], "which is one of order "+id) {
		t.Errorf("of another order: errors = %q", errors)
	}
	mustMend(t, s)
	lines, errors := p.Invoke(t, "galley_order_run_resume", orderArguments(id, ""))
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	runs := mustRuns(t, s, id, order.RunCompleted)
	providertest.MustShow(t, lines,
		`Run `+runs[0].HID+` of order `+id+` resumes run `+failed,
		`Recipe \d+: node a \(job \d+\): COMPLETED`,
		`Run `+runs[0].HID+` is COMPLETED_SERVING`)
	if len(runs) != 2 || runs[1].HID != failed || runs[1].Status != string(order.RunResumed) {
		t.Errorf("the runs are %+v, want the old one as resumed", runs)
	}
	lines, errors = p.Invoke(t, "galley_order_run_resume", orderArguments(id, ""))
	providertest.MustShow(t, lines, `Run `+runs[0].HID+` is COMPLETED_SERVING: there is nothing to resume`)
	providertest.MustFind(t, "with nothing to resume", errors, "")
	lines, errors = p.Invoke(t, "galley_order_run_resume", orderArguments(idle, ""))
	providertest.MustShow(t, lines, `Order `+idle+` has no run: there is nothing to resume`)
	providertest.MustFind(t, "without a run", errors, "")
	_, errors = p.Invoke(t, "galley_order_run_resume", orderArguments(id, fmt.Sprintf(`, "run_id": %q`, failed)))
	providertest.MustFind(t, "of a run that was resumed", errors, "only runs with an error or stopped ones")
}

func TestActionsStartOneRunThoughTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]servertest.Fault{
		"the answer is lost after the commit": servertest.LoseAnswer,
		"the connection is reset":             servertest.ResetConnection,
		"503 once":                            servertest.Answer(http.StatusServiceUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f servertest.Faults
			f.InjectOnce(`PUT /v2/order/(run|resume)/.*`, fault)
			s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
			providertest.MustOffer(t, s, providertest.SlowVariations)
			nightly, broken := providertest.MustOrder(t, s, "nightly"), providertest.MustOrder(t, s, "broken")
			failed := mustRuns(t, s, broken, order.RunFailed)[0].HID
			mustMend(t, s)
			p := providertest.NewProtocol(t, s)
			_, errors := p.Invoke(t, "galley_order_run_resume", orderArguments(broken, ""))
			providertest.MustFind(t, "resume", errors, "")
			_, errors = p.Invoke(t, "galley_order_run", orderArguments(nightly, ""))
			providertest.MustFind(t, "run", errors, "")
			requests := f.Requests()
			for path, c := range map[string]struct {
				order string
				runs  int
			}{"run/" + nightly: {nightly, 1}, "resume/" + failed: {broken, 2}} {
				if runs := mustRuns(t, s, c.order, order.RunCompleted); len(runs) != c.runs {
					t.Errorf("after %s there are %d runs, want %d", path, len(runs), c.runs)
				}
				if got := requests["PUT /v2/order/"+path]; got != 2 {
					t.Errorf("%d requests of %s, want one that breaks, and its repetition", got, path)
				}
			}
		})
	}
}

func TestActionsOfOrdersAreCheckedBeforeTheyRun(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	nightly, once, stopped := providertest.MustOrder(t, s, "nightly"), providertest.MustOrder(t, s, "once"), providertest.MustOrder(t, s, "nightly")
	done := mustRuns(t, s, once, order.RunCompleted)[0].HID
	if err := s.Client.StopOrder(t.Context(), "production", stopped); err != nil {
		t.Fatal(err)
	}
	p := providertest.NewProtocol(t, s)
	run := func(id string) string { return fmt.Sprintf(`, "run_id": %q`, id) }
	tests := []struct {
		name, action, config string
		offline, online      string // what is found; "" is nothing
	}{
		{"a good run", "galley_order_run", orderArguments(nightly, ""), "", ""},
		{"a good resume", "galley_order_run_resume", orderArguments(once, ""), "", ""},
		{"no order", "galley_order_run", orderArguments("nothing", ""), "", "order_id: there is no order 'nothing' in kitchen production."},
		{"no order to resume", "galley_order_run_resume", orderArguments("nothing", ""), "", "order_id: there is no order 'nothing'"},
		{"no kitchen", "galley_order_run", `{"kitchen": "prodution", "order_id": "x"}`, "", "did you mean 'production'?"},
		{"an empty kitchen", "galley_order_run", `{"kitchen": "", "order_id": "x"}`, "kitchen", ""},
		{"an order that was stopped", "galley_order_run", orderArguments(stopped, ""), "", "which is for good"},
		{"no run", "galley_order_run_resume", orderArguments(once, run("nothing")), "", "run_id: there is no run 'nothing' of order " + once},
		{"a run of another order", "galley_order_run_resume", orderArguments(nightly, run(done)), "", "run_id: there is no run '" + done + "' of order " + nightly},
		{"a run that has completed", "galley_order_run_resume", orderArguments(once, run(done)), "", "run_id: run " + done + " has completed"},
		{"an empty run", "galley_order_run_resume", orderArguments(once, run("")), "run_id", ""},
		{"a wrong timeout", "galley_order_run", orderArguments(once, `, "timeouts": {"invoke": "soon"}`), "soon", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p.MustFindInAction(t, tt.action, tt.config, tt.offline, tt.online)
		})
	}
}

func TestAccActionsOfOrders(t *testing.T) {
	t.Parallel()
	providertest.NeedTerraform(t, tfversion.Version1_14_0, "actions")
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	c := providertest.NewCLI(t, orderConfig(s, "broken", `on_failure = "warn"`)+`
resource "terraform_data" "release" {
  input = var.release
  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.galley_order_run_resume.failed]
    }
  }
}
action "galley_order_run" "now" {
  config {
    kitchen  = galley_order.test.kitchen
    order_id = galley_order.test.id
  }
}
action "galley_order_run_resume" "failed" {
  config {
    kitchen  = galley_order.test.kitchen
    order_id = galley_order.test.id
  }
}
variable "release" { default = "1" }
`)
	c.MustRun(t, "apply", "-auto-approve", "-input=false")
	mustMend(t, s)
	out := c.MustRun(t, "apply", "-auto-approve", "-input=false", "-var=release=2")
	if !strings.Contains(out, "resumes run") || !strings.Contains(out, "is COMPLETED_SERVING") {
		t.Errorf("no run is resumed in\n%s", out)
	}
	out = c.MustRun(t, "apply", "-auto-approve", "-input=false", "-var=release=2", "-invoke=action.galley_order_run.now")
	if !strings.Contains(out, "was started") || !strings.Contains(out, "is COMPLETED_SERVING") {
		t.Errorf("no run is started in\n%s", out)
	}
	o, _, err := providertest.OnlyOrder(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if runs := mustRuns(t, s, o.HID, order.RunCompleted); len(runs) != 3 {
		t.Errorf("the order has %d runs, want three", len(runs))
	}
}
