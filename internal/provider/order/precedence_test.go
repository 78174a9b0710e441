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

// TestAccTheStrongestVariableReachesTheJob gives each input one layer that wins over all
// below it, and looks at what the job got.
func TestAccTheStrongestVariableReachesTheJob(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	var params, inputs, connections []string
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		params = append(params, fmt.Sprintf(`{ name = %q, type = "string" }`, name))
		inputs = append(inputs, fmt.Sprintf(`%s = { type = "string" }`, name))
		connections = append(connections, fmt.Sprintf(`%s = { recipe_input = %q }`, name, name))
	}
	types := providertest.ProviderBlock(s) + `
resource "galley_job_type" "show" {
  settings = { MODE = "job type" }
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name        = "show", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Show"
      description = "Shows", timeout = 60, maintainer = { name = "Ada", email = "ada@example.com" }
      interface = {
        command  = "show"
        inputs   = { json = [` + strings.Join(params, ", ") + `] }
        settings = [{ name = "MODE" }, { name = "LEVEL" }, { name = "KEY", secret = true }]
      }
    }
  })
}
resource "galley_recipe_type" "show" {
  title = "Show"
  definition = {
    input = { json = { ` + strings.Join(inputs, ", ") + ` } }
    nodes = {
      show = {
        job   = { name = galley_job_type.show.name, version = galley_job_type.show.version, revision = galley_job_type.show.revision_num }
        input = { ` + strings.Join(connections, ", ") + ` }
      }
    }
  }
}
`
	config := types + `
resource "galley_kitchen" "top" {
  name      = "production" # weaker than the kitchen below
  overrides = { d = "top", e = "top", f = "top" }
}
resource "galley_kitchen" "below" {
  name      = "below"
  parent    = galley_kitchen.top.name
  overrides = { e = "below", f = "below", LEVEL = 7 }
}
resource "galley_kitchen_recipe" "show" {
  kitchen     = galley_kitchen.top.name
  name        = "show"
  recipe_type = galley_recipe_type.show.name
  variables   = { b = "recipe", c = "recipe", d = "recipe", e = "recipe", f = "recipe" }
  variations = {
    v = {
      input_json     = { a = jsonencode("input"), b = jsonencode("input") }
      overrides_json = jsonencode({ c = "variation", d = "variation", e = "variation", f = "variation" })
      configuration  = { settings = { MODE = "variation", LEVEL = "variation" } }
    }
  }
}
resource "galley_order" "test" {
  kitchen    = galley_kitchen.below.name
  recipe     = galley_kitchen_recipe.show.name
  variation  = "v"
  parameters = { f = "{{e}} and {{source_date}}" }
  secret_parameters = { KEY = "hush" }
  source_date = "2026-03-01"
}
`
	effective := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"b": knownvalue.StringExact("recipe"), "c": knownvalue.StringExact("variation"), "d": knownvalue.StringExact("top"),
		"e": knownvalue.StringExact("below"), "f": knownvalue.StringExact("below and 2026-03-01"), "LEVEL": knownvalue.Int64Exact(7),
		"KEY": knownvalue.StringExact("**********"), "source_date": knownvalue.StringExact("2026-03-01"),
	})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(orderAddress, tfjsonpath.New("effective_parameters"), effective),
			}},
			ConfigStateChecks: []statecheck.StateCheck{orderIs("effective_parameters", effective)},
			Check: func(*terraform.State) error {
				job, err := s.Client.Job(providertest.Context(), 1)
				if err != nil {
					return err
				}
				want := `{"files": {}, "json": {"a": "input", "b": "recipe", "c": "variation", "d": "top", "e": "below", "f": "below and 2026-03-01"}}`
				if !form.SameJSON(job.Input, []byte(want)) {
					return fmt.Errorf("the job got %s, want %s", job.Input, want)
				}
				d, err := s.Client.Recipe(providertest.Context(), 1)
				for _, setting := range []string{`"MODE":"variation"`, `"LEVEL":"7"`} {
					if err == nil && !strings.Contains(string(d.Configuration), setting) {
						err = fmt.Errorf("the recipe has the configuration %s, want %s in it", d.Configuration, setting)
					}
				}
				return err
			},
		}},
	})
}

// TestAccBackfillOrdersEachDateOnce adds and removes dates, with Terraform itself, as the
// test harness knows no for_each.
func TestAccBackfillOrdersEachDateOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
variable "dates" { type = set(string) }
resource "galley_order" "day" {
  for_each    = var.dates
  kitchen     = "production"
  recipe      = "ndvi"
  variation   = "once"
  source_date = each.key
}
data "galley_orders" "done" {
  kitchen    = "production"
  status     = "COMPLETED_ORDER"
  depends_on = [galley_order.day]
}
data "galley_order_runs" "first" {
  kitchen  = "production"
  order_id = galley_order.day["2026-03-01"].id
}
data "galley_kitchens" "all" {}
output "seen" {
  value = join(" ", [
    length(data.galley_orders.done.results), data.galley_orders.done.results[0].last_run.status,
    data.galley_order_runs.first.results[0].status, length(data.galley_order_runs.first.results),
    data.galley_kitchens.all.results[0].recipes[0],
  ])
}
`)
	steps := []struct{ dates, plan, seen string }{
		{`["2026-03-01","2026-03-02"]`, "Plan: 2 to add, 0 to change, 0 to destroy.", "2 COMPLETED_SERVING COMPLETED_SERVING 1 ndvi"},
		{`["2026-03-01","2026-03-03","2026-03-02"]`, "Plan: 1 to add, 0 to change, 0 to destroy.", "3 COMPLETED_SERVING COMPLETED_SERVING 1 ndvi"},
		// A date less: its record stays.
		{`["2026-03-01","2026-03-02"]`, "Plan: 0 to add, 0 to change, 1 to destroy.", "3 COMPLETED_SERVING COMPLETED_SERVING 1 ndvi"},
	}
	for _, step := range steps {
		out := providertest.Plain(c.MustRun(t, "apply", "-auto-approve", "-var=dates="+step.dates))
		for _, want := range []string{step.plan, `seen = "` + step.seen + `"`} {
			if !strings.Contains(out, want) {
				t.Errorf("with %s the apply does not say %q:\n%s", step.dates, want, out)
			}
		}
		c.MustRun(t, "plan", "-detailed-exitcode", "-var=dates="+step.dates)
	}
	for _, date := range []string{"2026-03-01", "2026-03-02", "2026-03-03"} {
		all, err := s.Client.Orders(t.Context(), "production", api.OrderQuery{})
		n := 0
		for _, o := range all.Orders {
			if strings.Contains(string(o.InputSettings), date) {
				n++
			}
		}
		if err != nil || n != 1 {
			t.Errorf("%d orders for %s, %v; want 1", n, date, err)
		}
	}
}

func TestAccKitchenWithActiveOrdersIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
resource "galley_kitchen" "production" {
  name = "production"
}
resource "galley_kitchen_recipe" "ndvi" {
  kitchen     = galley_kitchen.production.name
  name        = "ndvi"
  recipe_type = "one"
  variations  = { once = {} }
}
`)
	c.MustRun(t, "apply", "-auto-approve")
	id, err := s.Client.CreateOrder(t.Context(), "production", "ndvi", "once", api.OrderCreate{Schedule: "30 4 * * *"})
	if err != nil {
		t.Fatal(err)
	}
	out := providertest.Plain(c.MustRun(t, "plan", "-destroy"))
	for _, want := range []string{"Kitchen will be deleted", "1 order and their records", id + " (ACTIVE_ORDER)", "Recipe of a kitchen will be deleted"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan of a destroy does not say %q:\n%s", want, out)
		}
	}
	failed, err := c.Command(t, "destroy", "-auto-approve").CombinedOutput()
	if err == nil || !strings.Contains(providertest.Plain(string(failed)), "Orders that are active or paused have to end first") {
		t.Errorf("a destroy with an active order = %v\n%s", err, failed)
	}
	if err := s.Client.StopOrder(t.Context(), "production", id); err != nil {
		t.Fatal(err)
	}
	c.MustRun(t, "destroy", "-auto-approve")
}
