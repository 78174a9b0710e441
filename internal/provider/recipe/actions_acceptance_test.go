package recipe_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccActions(t *testing.T) {
	t.Parallel()
	providertest.NeedTerraform(t, tfversion.Version1_14_0, "actions")
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
resource "galley_recipe" "test" {
  recipe_type = "two"
}
resource "terraform_data" "release" {
  input = var.release
  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.galley_recipe_reprocess.again]
    }
  }
}
action "galley_recipe_reprocess" "again" {
  config {
    recipe_id    = galley_recipe.test.id
    forced_nodes = { nodes = ["b"] }
  }
}
action "galley_recipe_cancel" "stop" {
  config {
    recipe_id = galley_recipe.test.id
  }
}
action "galley_jobs_requeue" "failed" {
  config {
    recipe_ids = [galley_recipe.test.recipe_id]
    status     = ["FAILED"]
  }
}
variable "release" { default = "1" }
`)
	shows := func(out string, patterns ...string) {
		t.Helper()
		for _, p := range patterns {
			if !regexp.MustCompile(p).MatchString(out) {
				t.Errorf("no %q in\n%s", p, out)
			}
		}
	}
	c.MustRun(t, "apply", "-auto-approve", "-input=false")
	out := c.MustRun(t, "apply", "-auto-approve", "-input=false", "-var=release=2")
	shows(out, `Plan: node a: COPY, unchanged`, `Plan: node b: RUN, forced`, `Recipe 2 is COMPLETED: 2 of 2 jobs completed`)
	out = c.MustRun(t, "apply", "-auto-approve", "-input=false", "-var=release=2", "-invoke=action.galley_recipe_cancel.stop")
	shows(out, `Recipe 2 has superseded recipe 1|Recipe 2 is COMPLETED: there is nothing to cancel`)
	out = c.MustRun(t, "apply", "-auto-approve", "-input=false", "-var=release=2", "-invoke=action.galley_jobs_requeue.failed")
	shows(out, `0 of 0 chosen jobs can run again`)
	all, err := s.Client.Recipes(t.Context(), client.RecipeQuery{})
	if err != nil || len(all) != 2 {
		t.Errorf("the server has recipes %v, %v, want two", all, err)
	}
}
