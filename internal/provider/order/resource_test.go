package order_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const orderAddress = "galley_order.test"

func orderIs(attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(orderAddress, tfjsonpath.New(attribute), want)
}

func lastRunIs(attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(orderAddress, tfjsonpath.New("last_run").AtMapKey(attribute), want)
}

// orderConfig is an order of the recipe ndvi in the kitchen production, with these arguments.
func orderConfig(s *servertest.Server, variation, arguments string) string {
	return providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "galley_order" "test" {
  kitchen   = "production"
  recipe    = "ndvi"
  variation = %q
%s
}
`, variation, arguments)
}

// orderCount checks how many orders the kitchen has.
func orderCount(s *servertest.Server, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		all, err := s.Client.Orders(providertest.Context(), "production", api.OrderQuery{})
		if err == nil && len(all.Orders) != want {
			err = fmt.Errorf("the kitchen has %d orders, want %d", len(all.Orders), want)
		}
		return err
	}
}

func TestAccOrderThatRunsOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"once": {}, "slow": {}}`)
	const given = `
  schedule           = { now = true }
  parameters         = { threshold = "0.5", note = { a = [1, true, null] } }
  infrastructure     = { bucket = "scenes", schema = "test" }
  source_date        = "2026-03-01"
  alert_destinations = ["ops@example.com", "https://hooks.example.com/x"]
`
	effective := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"bands":              knownvalue.ObjectExact(map[string]knownvalue.Check{"red": knownvalue.Int64Exact(4)}),
		"threshold":          knownvalue.StringExact("0.5"),
		"note":               knownvalue.NotNull(),
		"infrastructure":     knownvalue.ObjectExact(map[string]knownvalue.Check{"bucket": knownvalue.StringExact("scenes"), "schema": knownvalue.StringExact("test")}),
		"source_date":        knownvalue.StringExact("2026-03-01"),
		"alert_destinations": knownvalue.TupleExact([]knownvalue.Check{knownvalue.StringExact("https://hooks.example.com/**********"), knownvalue.StringExact("ops@example.com")}),
	})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy:             orderCount(s, 1), // records stay
		Steps: []resource.TestStep{
			{
				Config: orderConfig(s, "once", given),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(orderAddress, tfjsonpath.New("effective_parameters"), effective),
					plancheck.ExpectUnknownValue(orderAddress, tfjsonpath.New("id")),
				}},
				Check: func(*terraform.State) error {
					_, run, err := providertest.OnlyOrder(providertest.Context(), s)
					if err != nil || run == nil || run.RecipeID == nil {
						return fmt.Errorf("the order has no recipe: %+v, %w", run, err)
					}
					d, err := s.Client.Recipe(providertest.Context(), *run.RecipeID)
					if err == nil && !form.SameJSON(d.Input, []byte(`{"files": {}, "json": {"threshold": 0.5, "bands": {"red": 4}}}`)) {
						err = fmt.Errorf("the recipe has the input %s", d.Input)
					}
					return err
				},
				ConfigStateChecks: []statecheck.StateCheck{
					orderIs("status", knownvalue.StringExact("COMPLETED_ORDER")),
					orderIs("effective_parameters", effective),
					orderIs("effective_schedule", knownvalue.StringExact("now")),
					orderIs("run_count", knownvalue.Int64Exact(1)),
					orderIs("next_run", knownvalue.Null()),
					orderIs("paused", knownvalue.Bool(false)),
					lastRunIs("status", knownvalue.StringExact("COMPLETED_SERVING")),
					lastRunIs("recipe_id", knownvalue.Int64Exact(1)),
					lastRunIs("ended", knownvalue.NotNull()),
					lastRunIs("error", knownvalue.Null()),
				},
			},
			{
				ResourceName: orderAddress, ImportState: true, ImportStateVerify: true,
				ImportStateIdFunc: func(state *terraform.State) (string, error) {
					return "production/" + state.RootModule().Resources[orderAddress].Primary.ID, nil
				},
			},
			{ResourceName: orderAddress, ImportState: true, ImportStateId: "4711", ExpectError: providertest.Words(`The id is "4711"; expected the kitchen and the order's id`)},
			{ResourceName: orderAddress, ImportState: true, ImportStateId: "production/4711", ExpectError: providertest.Words("Cannot import non-existent remote object")},
			{
				// The same in another spelling.
				Config: orderConfig(s, "once", `
  alert_destinations  = ["https://hooks.example.com/x", "ops@example.com"]
  infrastructure      = jsondecode("{\"schema\": \"test\", \"bucket\": \"scenes\"}")
  source_date         = "2026-03-01"
  parameters          = { note = { a = [1.0, true, null] }, threshold = "0.5" }
  schedule            = { now = true, time_zone = "UTC" }
  paused              = false
  wait_for_completion = true
  on_failure          = "error"
  on_destroy          = "stop"
  on_missing          = "keep"
`),
				ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{
				// The same parameters by another attribute: nothing is ordered.
				Config: orderConfig(s, "once", `
  schedule   = { now = true }
  parameters = {
    note = { a = [1, true, null] }, threshold = "0.5", source_date = "2026-03-01"
    alert_destinations = ["https://hooks.example.com/x", "ops@example.com"]
    infrastructure = { schema = "test", bucket = "scenes" }
  }
`),
				ConfigPlanChecks: providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				Check:            orderCount(s, 1),
			},
			{
				// Other data: the same order runs again.
				Config:            orderConfig(s, "once", strings.Replace(given, "2026-03-01", "2026-03-02", 1)),
				ConfigPlanChecks:  providertest.ExpectAction(orderAddress, plancheck.ResourceActionUpdate),
				Check:             resource.ComposeTestCheckFunc(orderCount(s, 1), runCount(s, 2)),
				ConfigStateChecks: []statecheck.StateCheck{orderIs("status", knownvalue.StringExact("COMPLETED_ORDER")), orderIs("source_date", knownvalue.StringExact("2026-03-02"))},
			},
		},
	})
}

func TestAccOrderThatNothingIsDueOfIsRefusedByThePlan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"once": {}}`)
	step := func(schedule, want string) resource.TestStep {
		return resource.TestStep{Config: orderConfig(s, "once", "schedule = "+schedule), PlanOnly: true, ExpectError: providertest.Words(want)}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			step(`{ now = true, expires = "2020-03-01T00:00:00Z" }`, "schedule.expires: 2020-03-01T00:00:00Z has passed already, so that nothing would run"),
			step(`{ cron = "0 4 * * *", expires = "2020-03-01T00:00:00Z" }`, "schedule.expires: 2020-03-01T00:00:00Z has passed already"),
			step(`{ interval = "R2/2020-01-01T00:00:00Z/PT1H" }`, "schedule: the last run of R2/2020-01-01T00:00:00Z/PT1H has been due already"),
			{
				Config: orderConfig(s, "once", `schedule = { now = true, start = "2020-03-01T00:00:00Z", expires = "2090-03-01T00:00:00Z" }`),
				Check:  orderCount(s, 1),
			},
			step(`{ now = true, expires = "2020-03-01T00:00:00Z" }`, "has passed already"), // in place of the one that there is
		},
	})
}
