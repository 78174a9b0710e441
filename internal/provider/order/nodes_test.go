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
