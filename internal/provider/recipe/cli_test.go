package recipe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccAnInterruptedRecipeIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, providertest.RecipeConfig(s, "settings = { GALLEY_SIMULATE_DURATION = \"6s\" }\n"+
		"forced_nodes = { all = true }\nreprocess_triggers = { n = var.n }")+`
variable "n" { default = "1" }
output "run" { value = "${galley_recipe.test.recipe_id} ${galley_recipe.test.status}" }
`)
	running := func(recipes int) func() error {
		return func() error {
			all, err := s.Client.Recipes(t.Context(), client.RecipeQuery{})
			jobs := 0
			for _, r := range all {
				jobs += r.JobsRunning
			}
			if err == nil && (len(all) != recipes || jobs == 0) {
				err = fmt.Errorf("%d recipes with %d running jobs, want %d with some", len(all), jobs, recipes)
			}
			return err
		}
	}
	with := func(n string) []string { return []string{"apply", "-auto-approve", "-input=false", "-var=n=" + n} }
	if out := c.MustInterrupt(t, running(1), with("1")...); !strings.Contains(out, "the next apply waits for it") {
		t.Errorf("output of the interrupted create = %s", out)
	}
	if out := c.MustRun(t, with("1")...); !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if out := c.MustInterrupt(t, running(2), with("2")...); !strings.Contains(out, "the next apply waits for it") {
		t.Errorf("output of the interrupted reprocess = %s", out)
	}
	if out := c.MustRun(t, with("2")...); !strings.Contains(out, `run = "2 COMPLETED"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if out := c.MustRun(t, "plan", "-detailed-exitcode", "-var=n=2"); !strings.Contains(out, "No changes.") {
		t.Errorf("output of the plan at the end = %s", out)
	}
	if err := providertest.RecipeCount(s.Client, 2)(nil); err != nil {
		t.Error(err)
	}
}

func TestAccARecipeThatIsUntaintedIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, providertest.RecipeConfig(s, "settings = { GALLEY_SIMULATE_DURATION = \"5s\" }\n"+
		"timeouts = { create = \"1s\" }")+`
output "run" { value = "${galley_recipe.test.recipe_id} ${galley_recipe.test.status}" }
`)
	out, err := c.Command(t, "apply", "-auto-approve").CombinedOutput()
	if text := providertest.Plain(string(out)); err == nil || !strings.Contains(text, "has not finished in time") ||
		!strings.Contains(text, "the next apply takes it over") {
		t.Fatalf("output of an apply without enough time = %v\n%s", err, out)
	}
	c.MustRun(t, "untaint", providertest.RecipeAddress)
	if out := c.MustRun(t, "apply", "-auto-approve"); !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if err := providertest.RecipeCount(s.Client, 1)(nil); err != nil {
		t.Error(err)
	}
}

func TestAccWarningsOfAPlan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	providertest.MustCreateType(t, s.Client, "Picky", `{"input": {"files": [{"name": "scene", "media_types": ["image/tiff"]}]}, "nodes": {}}`)
	file := providertest.MustUpload(t, s, "scene.txt", "x")
	c := providertest.NewCLI(t, providertest.RecipeConfig(s, `configuration = {
  mounts = { dem = { type = "host", host_path = "/srv" } }
  output_workspaces = { outputs = { calibratd = "default" } }
}
settings = { LEVEL = "1", GALLEY_SIMULATE_DURATION = "1ms" }`)+fmt.Sprintf("resource \"galley_recipe\" \"picky\" {\n  recipe_type = \"picky\"\n  input = { files = { scene = [%d] } }\n}\n", file))
	out := providertest.Plain(c.MustRun(t, "plan"))
	for _, want := range []string{
		`configuration.mounts["dem"]: no job of the recipe has a mount 'dem' (UNKNOWN_MOUNT)`,
		`settings["LEVEL"]: no job of the recipe has a setting 'LEVEL' (UNKNOWN_SETTING)`,
		`configuration.output_workspaces.outputs["calibratd"]: no job of the recipe has a file output 'calibratd'; did you mean 'calibrated'? (UNKNOWN_OUTPUT)`,
		`(scene.txt) is of media type text/plain; input 'scene' of recipe type picky is for image/tiff (MISMATCHED_MEDIA_TYPES)`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "'GALLEY_SIMULATE_DURATION'") {
		t.Errorf("the plan warns of a setting for the executor:\n%s", out)
	}
	c.MustRun(t, "apply", "-auto-approve")
	if out := c.MustRun(t, "plan", "-detailed-exitcode"); strings.Contains(out, "Warning:") {
		t.Errorf("a plan that changes nothing has warnings:\n%s", out)
	}
}
