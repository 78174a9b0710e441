package order_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccARunKnowsItsTime runs a program that prints for which time it is and a template of
// another tool: the cases scheduled-time-of-a-run and braces-in-a-variable.
func TestAccARunKnowsItsTime(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	config := providertest.ProviderBlock(s) + `
resource "galley_job_type" "say" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "say", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Say",
    description = "s", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60,
    interface = { command = "echo \"$DAY: $SQL\"", inputs = { json = [{ name = "day", type = "string" }, { name = "sql", type = "string" }] } } } })
}
resource "galley_recipe_type" "say" {
  title = "Say"
  definition = {
    input = { json = { day = { type = "string" }, sql = { type = "string" } } }
    nodes = { n = {
      job   = { name = galley_job_type.say.name, version = galley_job_type.say.version, revision = galley_job_type.say.revision_num }
      input = { day = { recipe_input = "day" }, sql = { recipe_input = "sql" } }
    } }
  }
}
resource "galley_kitchen" "night" { name = "night" }
resource "galley_kitchen_recipe" "say" {
  kitchen     = galley_kitchen.night.name
  name        = "say"
  recipe_type = galley_recipe_type.say.name
  variables   = { day = "{{ScheduledFor.date}}", sql = "select * from {{'{{'}} ref('orders') {{'}}'}}" }
  variations  = { default = {} }
}
resource "galley_order" "once" {
  kitchen   = galley_kitchen.night.name
  recipe    = galley_kitchen_recipe.say.name
  variation = "default"
}
resource "galley_order" "nightly" {
  kitchen   = galley_kitchen.night.name
  recipe    = galley_kitchen_recipe.say.name
  variation = "default"
  schedule  = { cron = "0 4 1 1 *", time_zone = "Europe/Berlin" }
  overlap   = "skip"
}
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: strings.Replace(config, `"skip"`, `"skipp"`, 1), PlanOnly: true, ExpectError: providertest.Words(`value must be one of`),
			},
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("galley_order.nightly", tfjsonpath.New("overlap"), knownvalue.StringExact("skip")),
					statecheck.ExpectKnownValue("galley_order.nightly", tfjsonpath.New("runs_skipped"), knownvalue.Int64Exact(0)),
					statecheck.ExpectKnownValue("galley_order.once", tfjsonpath.New("overlap"), knownvalue.StringExact("allow")),
				},
				Check: func(*terraform.State) error {
					ctx := providertest.Context()
					jobs, err := s.Client.Jobs(ctx, client.JobQuery{})
					if err != nil || len(jobs) != 1 {
						return fmt.Errorf("%d jobs, want 1: %w", len(jobs), err)
					}
					job, err := s.Client.Job(ctx, jobs[0].ID)
					if err != nil {
						return err
					}
					log, err := s.Client.JobLog(ctx, job.Execution.ID, client.LogStdout)
					day := job.Created.UTC().Format(time.DateOnly)
					if want := day + ": select * from {{ ref('orders') }}\n"; err == nil && log != want {
						err = fmt.Errorf("the program said %q, want %q", log, want)
					}
					return err
				},
			},
			{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}
