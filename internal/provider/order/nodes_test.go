package order_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccAPartOfTheGraph runs the nodes that a variation, or the order, names, with those that they need.
func TestAccAPartOfTheGraph(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	config := func(variation, arguments string) string {
		return providertest.ProviderBlock(s) + `
resource "galley_job_type" "work" {
  name    = "work"
  version = "1.0.0"
  command = "true"
}
resource "galley_recipe_type" "nightly" {
  title = "Nightly"
  definition = {
    nodes = {
      extract = { job = galley_job_type.work.ref }
      load    = { job = galley_job_type.work.ref, dependencies = { extract = true } }
      report  = { job = galley_job_type.work.ref, dependencies = { load = true } }
      delete  = { job = galley_job_type.work.ref, dependencies = { extract = true } }
    }
  }
}
resource "galley_kitchen" "production" {
  name = "production"
}
resource "galley_kitchen_recipe" "nightly" {
  kitchen     = galley_kitchen.production.name
  name        = "nightly"
  recipe_type = galley_recipe_type.nightly.name
  variations  = { v = ` + variation + ` }
}
resource "galley_order" "test" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.nightly.name
  variation = "v"
` + arguments + `
}
`
	}
	ran := func(want string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			_, run, err := providertest.OnlyOrder(providertest.Context(), s)
			if err == nil && (run == nil || run.RecipeID == nil) {
				err = errors.New("there is no run")
			}
			if err != nil {
				return err
			}
			d, err := s.Client.Recipe(providertest.Context(), *run.RecipeID)
			if got := strings.Join(slices.Sorted(maps.Keys(d.Details.Nodes)), " "); err == nil && (got != want || !d.IsCompleted) {
				err = fmt.Errorf("the run has the nodes %q, want %q: %+v", got, want, d.RecipeCounts)
			}
			return err
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config(`{ nodes = ["lod"] }`, ""), ExpectError: providertest.Words(`variations["v"].nodes: the recipe type has no node "lod"; did you mean 'load'?`)},
			{Config: config(`{ nodes = ["load"] }`, ""), Check: ran("extract load")},
			{Config: config(`{ nodes = ["load"] }`, `nodes = ["reports"]`), ExpectError: providertest.Words(`nodes: the recipe type has no node "reports"; did you mean 'report'?`)},
			{Config: config(`{ nodes = ["load"] }`, `nodes = []`), ExpectError: providertest.Words(`nodes: the set is empty`)},
			{Config: config(`{ nodes = ["load"] }`, `nodes = ["report"]`), Check: ran("extract load report")}, // it runs again
			{Config: config(`{}`, ""), Check: ran("delete extract load report")},
		},
	})
}

// TestAccAPlanTellsWhichNodesRun: those that are chosen, those that they need, and the others. A limit of its own is one of the order.
func TestAccAPlanTellsWhichNodesRun(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	providertest.MustCreateType(t, s.Client, "Three", `{"nodes": {"a": `+calibrates("")+`, "b": `+calibrates(`{"name": "a"}`)+`, "c": `+calibrates(`{"name": "a"}`)+`}}`)
	_, err := s.Client.CreateKitchenRecipe(t.Context(), "production", "three", map[string]string{
		"description.json": `{"recipe-type": "three"}`, "variations.json": `{"variation-list": {"slow": {"configuration": {"settings": {"GALLEY_SIMULATE_DURATION": "30s"}}}}}`})
	if err != nil {
		t.Fatal(err)
	}
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
variable "timeout" { default = "4 hours" }
resource "galley_order" "part" {
  kitchen   = "production"
  recipe    = "three"
  variation = "slow"
  nodes     = ["b"]
  timeout   = var.timeout
}
`)
	out, err := c.Command(t, "plan", "-input=false").CombinedOutput()
	if text := providertest.Plain(string(out)); err == nil || !providertest.Words("Invalid timeout").MatchString(text) {
		t.Errorf("a limit that is none: %v\n%s", err, text)
	}
	plan := c.MustRun(t, "plan", "-input=false", "-var=timeout=PT1S")
	if !providertest.Words("Of recipe type three the order chooses nodes: chosen: b needed by them: a left out: c").MatchString(plan) {
		t.Errorf("the plan does not say which nodes run:\n%s", plan)
	}
	out, err = c.Command(t, "apply", "-input=false", "-auto-approve", "-var=timeout=PT1S").CombinedOutput()
	if text := providertest.Plain(string(out)); err == nil || !providertest.Words("timeout: the run took longer than 1s").MatchString(text) {
		t.Errorf("a run that takes longer: %v\n%s", err, text)
	}
}

func calibrates(dependencies string) string {
	return `{"dependencies": [` + dependencies + `], "input": {}, "node_type": {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}}`
}
