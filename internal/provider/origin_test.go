package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// madeAndLost makes one of everything that is looked for again, and twins of what runs.
func madeAndLost(s *servertest.Server) string {
	return providertest.ProviderBlock(s) + fmt.Sprintf(`
variable "description" { default = "Made first" }
resource "galley_workspace" "one" {
  title       = "One"
  description = var.description
  broker      = { host = { path = "one" } }
}
resource "galley_job_type" "one" {
%s
  max_scheduled = length(var.description)
}
resource "galley_recipe_type" "one" {
  title       = "One"
  description = var.description
  definition = {
    nodes = { a = { job = { name = galley_job_type.one.name, version = galley_job_type.one.version, revision = galley_job_type.one.revision_num } } }
  }
}
resource "galley_recipe" "twin" {
  count       = 2
  recipe_type = galley_recipe_type.one.name
}
resource "galley_kitchen" "one" {
  name        = "one"
  description = var.description
}
resource "galley_kitchen_recipe" "one" {
  kitchen     = galley_kitchen.one.name
  name        = "one"
  description = var.description
  recipe_type = galley_recipe_type.one.name
  variations  = { once = {} }
}
resource "galley_order" "twin" {
  count     = 2
  kitchen   = galley_kitchen.one.name
  recipe    = galley_kitchen_recipe.one.name
  variation = "once"
}
output "runs" { value = join(" ", concat(sort([for r in galley_recipe.twin : r.id]), sort(galley_order.twin[*].id))) }
`, providertest.ManifestArgument(providertest.SeedText("calibrate", "", "")))
}

// TestAccWhatAKilledTerraformHasMadeIsFoundAgain: a Terraform that is killed before it has
// written its state has lost all that it made. The next apply finds it, also with another
// configuration; twins stay two; and what a state has is never taken over.
func TestAccWhatAKilledTerraformHasMadeIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	c := providertest.NewCLI(t, madeAndLost(s))
	state := filepath.Join(c.Dir, "terraform.tfstate")
	runs := func() string { return c.MustRun(t, "output", "-raw", "runs") }
	again := []string{"apply", "-auto-approve", "-var=description=Found again"}

	c.MustRun(t, "apply", "-auto-approve")
	first := runs()
	ids := strings.Fields(first)
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	out := providertest.Plain(c.MustRun(t, again...))
	for _, what := range []string{"Workspace one is taken over", "Job type calibrate 1.0.0 is taken over", "Recipe type one is taken over",
		"Recipe " + ids[0] + " goes on", "Recipe " + ids[1] + " goes on", "Kitchen one is taken over", "Recipe one of kitchen one is taken over", "Order goes on",
		"It was made by " + s.Username} {
		if !strings.Contains(out, what) {
			t.Errorf("the apply does not say %q:\n%s", what, out)
		}
	}
	if diff := cmp.Diff(first, runs()); diff != "" {
		t.Errorf("the runs are others (-before +after):\n%s", diff)
	}
	c.MustRun(t, "plan", "-detailed-exitcode", "-var=description=Found again") // and claims everything
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	plain, err := c.Command(t, append([]string{"plan"}, again[2:]...)...).CombinedOutput()
	if out := providertest.Plain(string(plain)); err == nil || !strings.Contains(out, "Job type exists already") || !strings.Contains(out, "Kitchen exists already") {
		t.Errorf("what a state had is to be made again: %v\n%s", err, out)
	}
	if err := providertest.RecipeCount(s.Client, 4)(nil); err != nil { // two of them are those of the orders
		t.Error(err)
	}
	if list, err := s.Client.Orders(t.Context(), "one", api.OrderQuery{}); err != nil || len(list.Orders) != 2 {
		t.Errorf("%d orders, %v, want 2", len(list.Orders), err)
	}
}

// TestSessionsAreRunsOfTerraform: the processes that one Terraform starts are one session, and
// a provider under a debugger, which serves many, is another each time.
func TestSessionsAreRunsOfTerraform(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	plugin := func(name string) string { return map[string]string{pluginCookie: "x"}[name] }
	if a, b := sessionOf(plugin), sessionOf(plugin); a != b || len(a) != 32 {
		t.Errorf("two processes of one Terraform are the sessions %q and %q", a, b)
	}
	if a, b := sessionOf(none), sessionOf(none); a == b || a == "" {
		t.Errorf("two configurations under a debugger are the sessions %q and %q", a, b)
	}
}

func TestOriginOfTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env       map[string]string
		want, run string
		wrong     bool
	}{
		"none":                        {},
		"of Terraform Cloud":          {env: map[string]string{"TFC_WORKSPACE_SLUG": "acme/etl", "TFC_RUN_ID": "run-1"}, want: "acme/etl", run: "run-1"},
		"our own before that":         {env: map[string]string{"TFC_WORKSPACE_SLUG": "acme/etl", "GALLEY_ORIGIN": "etl"}, want: "etl"},
		"a run of another server":     {env: map[string]string{"GITHUB_RUN_ID": "7"}, run: "7"},
		"a run that no header can be": {env: map[string]string{"BUILD_TAG": "a\nb"}},
		"one that no header can be":   {env: map[string]string{"GALLEY_ORIGIN": "é"}, want: "é", wrong: true},
	} {
		var diags diag.Diagnostics
		got := originOf(func(name string) string { return tt.env[name] }, &diags)
		if got.Name != tt.want || got.Run != tt.run || diags.HasError() != tt.wrong {
			t.Errorf("%s: got %+v, %v", name, got, diags)
		}
	}
}
