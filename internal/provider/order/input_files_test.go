package order_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccFilesOfAnOrderAreChosenByRules: of a variation and of the order, and the plan tells what they would find.
func TestAccFilesOfAnOrderAreChosenByRules(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	for _, path := range []string{"in/a.csv", "in/b.csv", "rates/x.csv"} {
		providertest.MustUpload(t, s, path, path)
	}
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
variable "path" { default = "in/*.csv" }

resource "galley_job_type" "load" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "load", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Load",
    description = "l", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60,
    interface = { command = "load", inputs = { files = [{ name = "sales", multiple = true }, { name = "rates" }] } } } })
}
resource "galley_recipe_type" "load" {
  title = "Load"
  definition = {
    input = { files = { sales = { multiple = true }, rates = {} } }
    nodes = { n = {
      job     = { name = galley_job_type.load.name, version = galley_job_type.load.version, revision = galley_job_type.load.revision_num }
      input   = { sales = { recipe_input = "sales" }, rates = { recipe_input = "rates" } }
      timeout = 30
    } }
  }
}
resource "galley_kitchen" "night" { name = "night" }
resource "galley_kitchen_recipe" "load" {
  kitchen     = galley_kitchen.night.name
  name        = "load"
  recipe_type = galley_recipe_type.load.name
  variations  = { default = {
    timeout     = "PT4H"
    input_files = { rates = [{ workspace = "default", path = "rates/*", newest = 1 }], sales = [{ workspace = "default", path = "nothing/*" }] }
  } }
}
resource "galley_order" "once" {
  kitchen     = galley_kitchen.night.name
  recipe      = galley_kitchen_recipe.load.name
  variation   = "default"
  input_files = { sales = [{ workspace = "default", path = var.path, at_least = 2 }] }
}
`)
	plan := c.MustRun(t, "plan", "-input=false")
	for _, want := range []string{
		"Files of the next run", "sales: in/*.csv of workspace default finds 2 files: in/a.csv, in/b.csv", "rates: rates/* of workspace default finds 1 file: rates/x.csv",
	} {
		if !providertest.Words(want).MatchString(plan) {
			t.Errorf("the plan does not say %q:\n%s", want, plan)
		}
	}
	c.MustRun(t, "apply", "-input=false", "-auto-approve")
	files, err := s.Client.RecipeInputFiles(t.Context(), 1, client.InputFileQuery{})
	if err != nil || len(files) != 3 {
		t.Errorf("the run has %+v, %v, want three files", files, err)
	}
	c.MustRun(t, "plan", "-input=false", "-detailed-exitcode")
	out, err := c.Command(t, "apply", "-input=false", "-auto-approve", "-var=path=in/*.json").CombinedOutput()
	if text := providertest.Plain(string(out)); err == nil || !providertest.Words("input_files.sales: found 0 files at in/*.json of workspace default, expected at least 2").MatchString(text) {
		t.Errorf("an order without its files: %v\n%s", err, text)
	}
	list, err := s.Client.Orders(t.Context(), "night", api.OrderQuery{})
	if err != nil || len(list.Orders) != 1 {
		t.Errorf("there are the orders %+v, %v, want one", list.Orders, err)
	}
}
