package order_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccScheduledOrderIsPausedStoppedAndDeleted(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	stop := func(kitchen, id string) error { return s.Client.StopOrder(t.Context(), kitchen, id) }
	remove := func(kitchen, id string) error { return s.Client.DeleteOrder(t.Context(), kitchen, id) }
	status := func(word string) statecheck.StateCheck { return orderIs("status", knownvalue.StringExact(word)) }
	id := statecheck.CompareValue(new(providertest.Changes))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy:             orderCount(s, 0),
		Steps: []resource.TestStep{
			{
				Config: orderConfig(s, "nightly", ""),
				ConfigStateChecks: []statecheck.StateCheck{
					status("ACTIVE_ORDER"),
					orderIs("effective_schedule", knownvalue.StringExact("30 4 * * *")),
					orderIs("effective_parameters", knownvalue.ObjectExact(map[string]knownvalue.Check{
						"bands": knownvalue.ObjectExact(map[string]knownvalue.Check{"red": knownvalue.Int64Exact(4)}),
					})),
					orderIs("last_run", knownvalue.Null()), orderIs("run_count", knownvalue.Int64Exact(0)), orderIs("next_run", knownvalue.NotNull()),
				},
			},
			{
				ResourceName: orderAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"effective_parameters"},
				ImportStateIdFunc: func(state *terraform.State) (string, error) {
					return "production/" + state.RootModule().Resources[orderAddress].Primary.ID, nil
				},
			},
			{
				Config:            orderConfig(s, "nightly", "paused = true"),
				ConfigPlanChecks:  providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{status("PAUSED_ORDER"), orderIs("paused", knownvalue.Bool(true))},
			},
			{
				// Somebody lets it go on: drift, which the apply takes back.
				PreConfig: providertest.OnTheOrder(t, s, func(kitchen, id string) error { return s.Client.UnpauseOrder(t.Context(), kitchen, id) }),
				Config:    orderConfig(s, "nightly", "paused = true"), ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{status("PAUSED_ORDER")},
			},
			{
				Config:            orderConfig(s, "nightly", ""),
				ConfigPlanChecks:  providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{status("ACTIVE_ORDER"), id.AddStateValue(orderAddress, tfjsonpath.New("id"))},
				Check:             orderCount(s, 1),
			},
			{
				// A schedule of its own is no other order.
				Config:            orderConfig(s, "nightly", `schedule = { cron = "0 5 * * *", time_zone = "Europe/Paris", max_runs = 3 }`),
				ConfigPlanChecks:  providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{status("ACTIVE_ORDER"), orderIs("effective_schedule", knownvalue.StringExact("0 5 * * *"))},
				Check:             orderCount(s, 1),
			},
			{
				Config:           orderConfig(s, "nightly", "on_destroy = \"delete\"\nschedule = { cron = \"0 5 * * *\", time_zone = \"Europe/Paris\", max_runs = 3 }"),
				ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				Check:            orderCount(s, 1),
			},
			{
				// Stopped elsewhere: it is for good, and there should be a schedule.
				PreConfig: func() {
					all, err := s.Client.Orders(t.Context(), "production", api.OrderQuery{})
					for _, o := range all.Orders {
						if err == nil && o.Status == "ACTIVE_ORDER" {
							err = stop("production", o.HID)
						} else if err == nil {
							err = remove("production", o.HID)
						}
					}
					if err != nil {
						t.Fatal(err)
					}
				},
				Config:            orderConfig(s, "nightly", "on_destroy = \"delete\"\nschedule = { cron = \"0 5 * * *\", time_zone = \"Europe/Paris\", max_runs = 3 }"),
				ConfigPlanChecks:  providertest.ExpectAction(orderAddress, plancheck.ResourceActionDestroyBeforeCreate),
				ConfigStateChecks: []statecheck.StateCheck{status("ACTIVE_ORDER"), id.AddStateValue(orderAddress, tfjsonpath.New("id"))},
				Check:             orderCount(s, 1),
			},
			{
				// Deleted elsewhere: made again.
				PreConfig:        providertest.OnTheOrder(t, s, remove),
				Config:           orderConfig(s, "nightly", "on_destroy = \"delete\"\nschedule = { cron = \"0 5 * * *\", time_zone = \"Europe/Paris\", max_runs = 3 }"),
				ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionCreate),
				Check:            orderCount(s, 1),
			},
		},
	})
}

func TestAccOrderWhoseScheduleFiresPlansNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	start := time.Now().UTC().Add(40 * time.Second).Format(time.RFC3339) // a loaded machine takes long to apply
	config := orderConfig(s, "once", `schedule = { interval = "R3/`+start+`/P1D" }`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					servertest.Eventually(t, 30*time.Second, func() error {
						_, run, err := providertest.OnlyOrder(t.Context(), s)
						if err == nil && (run == nil || run.Status != "COMPLETED_SERVING") {
							err = fmt.Errorf("the run is %+v", run)
						}
						return err
					})
				},
				Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{
				RefreshState: true,
				Check:        orderCount(s, 1),
			},
			{
				Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans(),
				ConfigStateChecks: []statecheck.StateCheck{
					orderIs("run_count", knownvalue.Int64Exact(1)), lastRunIs("status", knownvalue.StringExact("COMPLETED_SERVING")),
					orderIs("status", knownvalue.StringExact("ACTIVE_ORDER")),
				},
			},
		},
	})
}

func TestAccOrderThatIsMissing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	remove := func(kitchen, id string) error { return s.Client.DeleteOrder(t.Context(), kitchen, id) }
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: orderConfig(s, "once", "")},
			{
				PreConfig: providertest.OnTheOrder(t, s, remove),
				Config:    orderConfig(s, "once", ""), ConfigPlanChecks: providertest.ExpectEmptyPlans(), Check: orderCount(s, 0),
				ConfigStateChecks: []statecheck.StateCheck{orderIs("status", knownvalue.StringExact("COMPLETED_ORDER"))},
			},
			{
				Config: orderConfig(s, "once", `on_missing = "rerun"`), Check: orderCount(s, 0), ExpectNonEmptyPlan: true,
				ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
			},
			{Config: orderConfig(s, "once", `on_missing = "rerun"`), Check: orderCount(s, 1), ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionCreate)},
		},
	})
}

// runCount checks how many runs the only order has had.
func runCount(s *servertest.Server, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		o, _, err := providertest.OnlyOrder(providertest.Context(), s)
		if err != nil {
			return err
		}
		runs, err := s.Client.OrderRuns(providertest.Context(), "production", o.HID, 0)
		if err == nil && len(runs) != want {
			err = fmt.Errorf("the order has %d runs, want %d", len(runs), want)
		}
		return err
	}
}

func TestAccOrderThatFailsNamesItsNodes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: orderConfig(s, "broken", ""),
				ExpectError: regexp.MustCompile(`(?s)is ORDER_ERROR.*Run [0-9a-f-]+ is.*SERVING_ERROR.*node "a".*failed.*` +
					regexp.QuoteMeta("/v6/job-executions/")),
				Check: orderCount(s, 1),
			},
			{
				// It was tainted: it is resumed, by another run of the same order.
				Config: orderConfig(s, "broken", `on_failure = "warn"`), Check: resource.ComposeTestCheckFunc(orderCount(s, 1), runCount(s, 2)),
				ConfigStateChecks: []statecheck.StateCheck{
					orderIs("status", knownvalue.StringExact("ORDER_ERROR")), lastRunIs("status", knownvalue.StringExact("SERVING_ERROR")),
				},
			},
			{Config: orderConfig(s, "broken", ""), Check: runCount(s, 2), ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate)},
			{ // as asked
				Taint: []string{orderAddress}, Config: orderConfig(s, "broken", `on_failure = "warn"`+"\n"+`on_recreate = "new"`), Check: orderCount(s, 2),
			},
		},
	})
}

func TestAccOrdersAreMadeOnceThoughTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	f.InjectOnce(`(POST|PUT|DELETE) /v2/(kitchen/(create|delete)|recipe/(create|update|kitchen)|order/(create|stop|pause|delete))/.*`, servertest.LoseAnswer)
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	config := func(more, paused string) string {
		return providertest.ProviderBlock(s) + `
resource "galley_kitchen" "production" {
  name = "production"
}
resource "galley_kitchen_recipe" "ndvi" {
  kitchen     = galley_kitchen.production.name
  name        = "ndvi"
  recipe_type = "one"
  variations  = { once = {}, nightly = { schedule = { cron = "30 4 * * *" } } }
` + more + `
}
resource "galley_order" "once" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.ndvi.name
  variation = "once"
}
resource "galley_order" "nightly" {
  kitchen    = galley_kitchen.production.name
  recipe     = galley_kitchen_recipe.ndvi.name
  variation  = "nightly"
  paused     = ` + paused + `
  on_destroy = "delete"
}
`
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config("", "false"), Check: resource.ComposeTestCheckFunc(orderCount(s, 2), providertest.RecipeCount(s.Client, 1))},
			{Config: config(`description = "x"`, "true"), Check: orderCount(s, 2)},
		},
	})
	requests := f.Requests()
	for _, prefix := range []string{
		"/v2/kitchen/create/", "/v2/recipe/create/", "/v2/recipe/update/", "/v2/order/create/", "/v2/order/pause/", "/v2/order/delete/", "/v2/kitchen/delete/",
	} {
		found := false
		for request, n := range requests {
			if _, path, _ := strings.Cut(request, " "); strings.HasPrefix(path, prefix) && n == 2 {
				found = true
			}
		}
		if !found {
			t.Errorf("no request of %s was answered the second time only: %v", prefix, requests)
		}
	}
}

func TestAccAnInterruptedOrderIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	c := providertest.NewCLI(t, orderConfig(s, "slow", "")+"output \"run\" { value = \"${galley_order.test.status} ${galley_order.test.run_count}\" }\n")
	running := func() error {
		_, run, err := providertest.OnlyOrder(t.Context(), s)
		if err == nil && (run == nil || run.Status != "ACTIVE_SERVING") {
			err = fmt.Errorf("the run is %+v", run)
		}
		return err
	}
	if out := c.MustInterrupt(t, running, "apply", "-auto-approve", "-input=false"); !strings.Contains(out, "the next apply waits for it") {
		t.Errorf("output of the interrupted create = %s", out)
	}
	if out := providertest.Plain(c.MustRun(t, "plan", "-destroy")); !strings.Contains(out, "is ACTIVE_ORDER, with run ") ||
		!strings.Contains(out, `As on_destroy is "stop", it ends for good, and what runs is stopped with it.`) {
		t.Errorf("the plan of a destroy does not name the run:\n%s", out)
	}
	if out := c.MustRun(t, "apply", "-auto-approve"); !strings.Contains(out, `run = "COMPLETED_ORDER 1"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	c.MustRun(t, "plan", "-detailed-exitcode")
	if err := orderCount(s, 1)(nil); err != nil {
		t.Error(err)
	}
	if out := providertest.Plain(c.MustRun(t, "plan", "-destroy")); strings.Contains(out, "Warning:") {
		t.Errorf("a plan that forgets a record warns:\n%s", out)
	}
}

func TestAccOrderWithoutEnoughTime(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	c := providertest.NewCLI(t, orderConfig(s, "slow", `timeouts = { create = "1s" }`)+"output \"run\" { value = galley_order.test.status }\n")
	out, err := c.Command(t, "apply", "-auto-approve").CombinedOutput()
	if text := providertest.Plain(string(out)); err == nil || !strings.Contains(text, "has not finished in time") ||
		!strings.Contains(text, "Jobs were still running") || !strings.Contains(text, "takes it over: it waits for it") {
		t.Fatalf("output of an apply without enough time = %v\n%s", err, out)
	}
	c.MustRun(t, "untaint", orderAddress)
	if out := c.MustRun(t, "apply", "-auto-approve"); !strings.Contains(out, `run = "COMPLETED_ORDER"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if err := orderCount(s, 1)(nil); err != nil {
		t.Error(err)
	}
}

func TestAccPlanSaysWhyAnOrderIsReplaced(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	c := providertest.NewCLI(t, strings.Replace(orderConfig(s, "nightly", "on_destroy = var.end\npaused = var.variation == \"nightly\""), `"nightly"`, "var.variation", 1)+`
variable "variation" { default = "nightly" }
variable "end" { default = "stop" }
`)
	c.MustRun(t, "apply", "-auto-approve")
	tests := map[string]struct {
		args []string
		want []string
	}{
		"another variation": {
			[]string{"plan", "-var=variation=slow"},
			[]string{"these arguments differ: variation.", "Order will be stopped", "is PAUSED_ORDER", "Its records stay."},
		},
		"a destroy": {[]string{"plan", "-destroy"}, []string{"Order will be stopped"}},
	}
	for name, tt := range tests {
		out := providertest.Plain(c.MustRun(t, tt.args...))
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the plan does not say %q:\n%s", name, want, out)
			}
		}
	}
	c.MustRun(t, "apply", "-auto-approve", "-var=end=delete")
	if out := providertest.Plain(c.MustRun(t, "plan", "-destroy", "-var=end=delete")); !strings.Contains(out, "the order is removed with the records of its runs") {
		t.Errorf("the plan of a destroy that deletes says:\n%s", out)
	}
}

// TestAccOrderIsChangedInPlace: what an order was made with changes without stopping the run that
// goes on, and what somebody changes elsewhere is changed back.
func TestAccOrderIsChangedInPlace(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1}) // runs go on
	providertest.MustOffer(t, s, providertest.SlowVariations)
	config := func(threshold, address string) string {
		return orderConfig(s, "nightly", `
  parameters         = { threshold = "`+threshold+`" }
  alert_destinations = ["https://hooks.example.com/`+address+`"]
`)
	}
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() statecheck.StateCheck { return same.AddStateValue(orderAddress, tfjsonpath.New("id")) }
	goesOn := func(*terraform.State) error {
		o, run, err := providertest.OnlyOrder(providertest.Context(), s)
		if err == nil && (run == nil || run.Status != "ACTIVE_SERVING" || o.Status != "ACTIVE_ORDER") {
			err = fmt.Errorf("the order is %s, its run %+v", o.Status, run)
		}
		return err
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: orderConfig(s, "nightly", "paused = true"), ConfigStateChecks: []statecheck.StateCheck{id()},
				Check: func(*terraform.State) error {
					o, _, err := providertest.OnlyOrder(providertest.Context(), s)
					if err == nil && (o.Status != "PAUSED_ORDER" || !strings.Contains(string(o.InputSettings), `"paused":true`)) {
						err = fmt.Errorf("it was not made paused: %+v", o)
					}
					return err
				},
			},
			{Config: config("0.5", "a"), ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate), ConfigStateChecks: []statecheck.StateCheck{
				id(), orderIs("status", knownvalue.StringExact("ACTIVE_ORDER")),
			}},
			{
				PreConfig: providertest.OnTheOrder(t, s, func(kitchen, id string) error { _, err := s.Client.RunOrder(t.Context(), kitchen, id); return err }),
				Config:    config("0.7", "b"), ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{id()}, Check: goesOn,
			},
			{
				PreConfig: providertest.OnTheOrder(t, s, func(kitchen, id string) error {
					return s.Client.UpdateOrder(t.Context(), kitchen, id, api.OrderUpdate{
						Overlap: new("skip"), Schedule: new("0 1 * * *"), Parameters: []byte(`{"threshold": "0.9", "alert_destinations": ["https://hooks.example.com/b"]}`),
					})
				}),
				Config: config("0.7", "b"), Check: goesOn, ConfigStateChecks: []statecheck.StateCheck{id()},
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(orderAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(orderAddress, tfjsonpath.New("overlap"), knownvalue.StringExact("allow")),
					plancheck.ExpectKnownValue(orderAddress, tfjsonpath.New("schedule"), knownvalue.Null()),
					plancheck.ExpectUnknownValue(orderAddress, tfjsonpath.New("next_run")),
				}},
			},
			{
				RefreshState: true,
				Check: func(*terraform.State) error {
					o, _, err := providertest.OnlyOrder(providertest.Context(), s)
					if err == nil && (o.Overlap != "allow" || o.Schedule != "30 4 * * *" || !strings.Contains(string(o.InputSettings), `"0.7"`)) {
						err = fmt.Errorf("it was not changed back: %+v", o)
					}
					return err
				},
			},
		},
	})
}
