package function_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

// TestFunctionsThroughTerraform calls every function as a configuration does, without
// a backend: an endpoint is never asked.
func TestFunctionsThroughTerraform(t *testing.T) {
	t.Parallel()
	const definition = `
terraform {
  required_providers {
    galley = { source = "hashicorp/galley" }
  }
}
locals {
  definition = {
    nodes = {
      measure = { job = { name = "measure", version = "1.0.0", revision = 1 } }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
        dependencies = { measure = true }
        input        = { cloud = { node = "measure", output = "cloud" } }
      }
      index = {
        recipe       = { name = "index", revision = 1 }
        dependencies = { clear = true }
      }
    }
  }
  text = provider::galley::encode_definition(local.definition)
}
`
	expect := func(name string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownOutputValue(name, want)
	}
	text := knownvalue.StringExact
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: definition + `
output "same" { value = provider::galley::encode_definition(provider::galley::decode_definition(local.text)) == local.text }
output "mixed" {
  value = provider::galley::topological_order(merge(local.definition, { nodes = merge(
    provider::galley::decode_definition(local.text).nodes,
    { extra = { job = { name = "x", version = "1.0.0", revision = 1 }, dependencies = { index = true } } },
  ) }))
}
output "values" { value = provider::galley::decode_definition(local.text).nodes.clear.condition.data_filter.filters[0].values }
output "graph" { value = provider::galley::recipe_graph(local.text, "mermaid") }
output "dot" { value = provider::galley::recipe_graph(local.definition, "dot") }
output "again" { value = provider::galley::reprocessed_nodes(local.definition, { nodes = ["clear"] }) }
output "runs" { value = provider::galley::next_runs("30 2 * * *", "America/New_York", "2026-03-07T00:00:00Z", 2) }
output "times" { value = provider::galley::run_times("30 2 * * *", "America/New_York", "2026-03-07T00:00:00Z", 2)[1] }
output "simulated" {
  value = provider::galley::simulate(local.definition, {}, { measure = { json = { cloud = 12 } }, index = { status = "FAILED" } })
}
output "name" { value = provider::galley::recipe_type_name("My Tiles (v2)") }
`,
				ConfigStateChecks: []statecheck.StateCheck{
					expect("same", knownvalue.Bool(true)),
					expect("mixed", knownvalue.ListExact([]knownvalue.Check{text("measure"), text("clear"), text("index"), text("extra")})),
					expect("values", knownvalue.ListExact([]knownvalue.Check{text("40")})),
					expect("graph", text("flowchart TD\n  n0[\"measure<br/>job measure 1.0.0, revision 1\"]\n  n1{\"clear<br/>condition\"}\n"+
						"  n2[[\"index<br/>recipe index, revision 1\"]]\n  n0 --> n1\n  n1 -->|accepted| n2\n")),
					expect("dot", knownvalue.StringRegexp(regexp.MustCompile(`(?s)^digraph recipe \{.*n1 -> n2 \[label="accepted"\];\n\}\n$`))),
					expect("again", knownvalue.ListExact([]knownvalue.Check{text("clear"), text("index")})),
					expect("runs", knownvalue.ListExact([]knownvalue.Check{text("2026-03-07T02:30:00-05:00"), text("2026-03-08T03:00:00-04:00")})),
					expectTimes("ScheduledFor", "2026-03-08", "2026-03-08T03:00:00-04:00", 8, 3),
					expectTimes("DataIntervalStart", "2026-03-07", "2026-03-07T02:30:00-05:00", 7, 2),
					expectTimes("DataIntervalEnd", "2026-03-08", "2026-03-08T03:00:00-04:00", 8, 3),
					statecheck.ExpectKnownOutputValueAtPath("simulated", tfjsonpath.New("order"), knownvalue.TupleExact([]knownvalue.Check{text("measure"), text("clear"), text("index")})),
					statecheck.ExpectKnownOutputValueAtPath("simulated", tfjsonpath.New("status"), text("FAILED")),
					statecheck.ExpectKnownOutputValueAtPath("simulated", tfjsonpath.New("nodes").AtMapKey("clear").AtMapKey("accepted"), knownvalue.Bool(true)),
					statecheck.ExpectKnownOutputValueAtPath("simulated", tfjsonpath.New("nodes").AtMapKey("clear").AtMapKey("input").AtMapKey("json").AtMapKey("cloud"), knownvalue.Int64Exact(12)),
					expect("name", text("my-tiles-v2")),
				},
			},
			{
				Config:      definition + `output "o" { value = provider::galley::simulate(local.definition, {}, { measur = {} }) }`,
				ExpectError: regexp.MustCompile(`(?s)Invalid value for "outcomes" parameter: measur:.*did\s+you\s+mean\s+'measure'`),
			},
			{
				Config:      definition + `output "order" { value = provider::galley::topological_order(merge(local.definition, { nodez = {}, input = 1 })) }`,
				ExpectError: regexp.MustCompile(`(?s)Invalid value for "definition" parameter: there are 2 problems.*there\s+is\s+no\s+'nodez';\s+did\s+you\s+mean\s+'nodes'.*definition\.input:\s+found\s+the\s+number\s+1`),
			},
		},
	})
}

// expectTimes expects a variable of a run of March 2026 in New York.
func expectTimes(variable, date, datetime string, day, hour int64) statecheck.StateCheck {
	at, err := time.Parse(time.RFC3339, datetime)
	if err != nil {
		panic(err)
	}
	return statecheck.ExpectKnownOutputValueAtPath("times", tfjsonpath.New(variable), knownvalue.ObjectExact(map[string]knownvalue.Check{
		"date": knownvalue.StringExact(date), "datetime": knownvalue.StringExact(datetime), "unix": knownvalue.Int64Exact(at.Unix()),
		"year": knownvalue.Int64Exact(2026), "month": knownvalue.Int64Exact(3), "day": knownvalue.Int64Exact(day), "hour": knownvalue.Int64Exact(hour),
	}))
}
