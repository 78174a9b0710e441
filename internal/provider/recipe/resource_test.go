package recipe_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccRecipeFromWorkspaceToProducts(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	config := func(content, values string) string {
		return providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "galley_workspace" "products" {
  title  = "Products"
  broker = { host = { path = %q } }
}
resource "galley_source_file" "scene" {
  workspace     = galley_workspace.products.name
  path          = "raw/scene.txt"
  content       = %q
  media_type    = "text/plain"
  source_sensor = "MSI"
}
resource "galley_job_type" "calibrate" {
  docker_image  = "calibrate:1.0.0"
  configuration = { output_workspaces = { default = galley_workspace.products.name } }
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name        = "calibrate", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Calibrate"
      description = "Calibrates", timeout = 60, maintainer = { name = "Ada", email = "ada@example.com" }
      interface = {
        command = "calibrate"
        inputs  = { files = [{ name = "image" }] }
        outputs = {
          files = [{ name = "calibrated", pattern = "*.txt", mediaType = "text/plain" }]
          json  = [{ name = "cloud_cover", type = "number" }]
        }
      }
    }
  })
}
resource "galley_recipe_type" "inner" {
  title = "Inner"
  definition = {
    input = { files = { image = { media_types = ["text/plain"] } } }
    nodes = {
      index = {
        job   = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num }
        input = { image = { recipe_input = "image" } }
      }
    }
  }
}
resource "galley_recipe_type" "ndvi" {
  title = "NDVI"
  definition = {
    input = { files = { scene = { media_types = ["text/plain"] } } }
    nodes = {
      calibrate = {
        job   = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num }
        input = { image = { recipe_input = "scene" } }
      }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = %s }] }
        }
        dependencies = { calibrate = true }
        input        = { cloud = { node = "calibrate", output = "cloud_cover" } }
      }
      index = {
        recipe       = { name = galley_recipe_type.inner.name, revision = galley_recipe_type.inner.revision_num }
        dependencies = { clear = true }
        input        = { image = { node = "calibrate", output = "calibrated" } }
      }
    }
  }
}
resource "galley_recipe" "test" {
  recipe_type          = galley_recipe_type.ndvi.name
  recipe_type_revision = galley_recipe_type.ndvi.revision_num
  input                = { files = { scene = [galley_source_file.scene.id] } }
  settings        = { GALLEY_SIMULATE_OUTPUT_CLOUD_COVER = "17.5" }
}
data "galley_recipes" "all" {
  recipe_type_name = [galley_recipe.test.recipe_type]
  source_sensor    = ["MSI", "TIRS"]
  is_completed      = true
  order             = ["-id"]
  limit             = 1
}
data "galley_recipe_input_files" "scene" {
  recipe_id    = galley_recipe.test.recipe_id
  recipe_input = "scene"
}
`, s.Workspace("products"), content, values)
	}
	nodeIs := func(node, attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("nodes").AtMapKey(node).AtMapKey(attribute), want)
	}
	first := statecheck.CompareValue(new(providertest.Changes))
	one := config("1,2,3\n", "[40]")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: one,
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted)),
					providertest.RecipeIs("counts.jobs_completed", knownvalue.Int64Exact(2)),
					providertest.RecipeIs("counts.sub_recipes_completed", knownvalue.Int64Exact(1)),
					providertest.RecipeIs("source.sensor", knownvalue.StringExact("MSI")),
					providertest.RecipeIs("completed", knownvalue.NotNull()),
					nodeIs("calibrate", "type", knownvalue.StringExact("job")),
					nodeIs("calibrate", "job_id", knownvalue.NotNull()),
					nodeIs("clear", "status", knownvalue.StringExact(kit.StatusAccepted)),
					nodeIs("index", "status", knownvalue.StringExact(kit.StatusCompleted)),
					nodeIs("index", "recipe_id", knownvalue.NotNull()),
					statecheck.ExpectKnownValue("data.galley_recipes.all", tfjsonpath.New("results").AtSliceIndex(0).AtMapKey("counts").AtMapKey("jobs_total"),
						knownvalue.Int64Exact(2)),
					statecheck.ExpectKnownValue("data.galley_recipe_input_files.scene", tfjsonpath.New("results"),
						knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
							"file_name": knownvalue.StringExact("scene.txt"), "file_size": knownvalue.Int64Exact(6),
						})})),
					first.AddStateValue(providertest.RecipeAddress, tfjsonpath.New("id")),
				},
			},
			{ResourceName: providertest.RecipeAddress, ImportState: true, ImportStateVerify: true},
			{ResourceName: providertest.RecipeAddress, ImportState: true, ImportStateId: "one", ExpectError: providertest.Words(`The import id is "one"; expected the number of a recipe`)},
			{ResourceName: providertest.RecipeAddress, ImportState: true, ImportStateId: "4711", ExpectError: providertest.Words("Cannot import non-existent remote object")},
			{
				// Another definition: a new revision, and a reprocess, which rejects. The new
				// number is not known in the plan; what becomes of the nodes is.
				Config: strings.Replace(one, "values = [40]", "values = [10]", 1),
				ConfigPlanChecks: planReprocess(plancheck.ResourceActionUpdate, providertest.Steps{
					"calibrate": {"COPY", "unchanged"},
					"clear":     {"RUN", "data filter changed"},
					"index":     {"RUN", "below clear, which changes; everything inside runs again"},
				}),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("id", knownvalue.Int64Exact(1)),
					providertest.RecipeIs("recipe_type_revision", knownvalue.Int64Exact(2)),
					providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted)),
					providertest.RecipeIs("counts.jobs_total", knownvalue.Int64Exact(1)),
					nodeIs("clear", "status", knownvalue.StringExact(kit.StatusRejected)),
				},
			},
			{
				// Another content: another file, and a new recipe.
				Config:           strings.NewReplacer("values = [40]", "values = [10]", "1,2,3", "4,5,6").Replace(one),
				ConfigPlanChecks: providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					first.AddStateValue(providertest.RecipeAddress, tfjsonpath.New("id")),
				},
			},
		},
	})
}

func TestAccRecipePlansNothingForAnotherSpelling(t *testing.T) {
	t.Parallel()
	const mounts = `configuration = {
  mounts = { m = { type = "host", host_path = "/srv" } }, output_workspaces = { outputs = { calibrated = "default" } }
}
settings = { a = "1", b = "2" }`
	const mountsAgain = `configuration = {
  output_workspaces = { outputs = { calibrated = "default" }, default = "" }
  mounts            = { m = { host_path = "/srv", driver_opts = {}, driver = "", type = "host" } }
}
settings = { b = "2", a = "1" }
wait_for_completion = true
on_failure          = "error"
on_destroy          = "keep"
on_missing          = "keep"`
	tests := map[string]struct{ before, after string }{
		"no input":            {``, `input = {}`},
		"empty input":         {`input = { files = {}, json = {} }`, `input = { json = {} }`},
		"no configuration":    {``, "configuration = {}"},
		"fractions":           {`input = { json = { threshold = 1 } }`, `input = { json = { threshold = 1.0 } }`},
		"order of members":    {`input = { json = { bands = { r = [1, 2], n = 4 } } }`, `input = { json = { bands = { "n" = 4, "r" = tolist([1, 2]) } } }`},
		"maps and objects":    {`input = { json = { bands = { r = 1 } } }`, `input = { json = tomap({ bands = tomap({ r = 1 }) }) }`},
		"decoded JSON":        {`input = { json = { threshold = 0.5 } }`, `input = { json = jsondecode("{ \"threshold\": 5e-1 }") }`},
		"text of a number":    {`input = { files = { scene = [1] } }`, `input = { files = { scene = ["1"] } }`},
		"spelled out":         {mounts, mountsAgain},
		"null":                {`input = { json = { extra = null } }`, `input = { json = { "extra" = null }, files = null }`},
		"the latest revision": {``, `recipe_type_revision = 1`},
		"revision left out":   {`recipe_type_revision = 1`, ``},
	}
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	if id := providertest.MustUpload(t, s, "scene.txt", "x"); id != 1 {
		t.Fatalf("the file has the id %d, want 1", id)
	}
	before, after := providertest.ProviderBlock(s), providertest.ProviderBlock(s)
	for name, tt := range tests {
		before += labeledRecipe(name, tt.before)
		after += labeledRecipe(name, tt.after)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: before},
			{Config: after, ConfigPlanChecks: providertest.ExpectEmptyPlans(), Check: providertest.RecipeCount(s.Client, len(tests))},
		},
	})
}

// labeledRecipe is a recipe of the type "one" for the test case of that name. Many in
// one configuration take hardly longer than a single one.
func labeledRecipe(name, body string) string {
	return fmt.Sprintf("resource \"galley_recipe\" %q {\n  recipe_type = \"one\"\n%s\n}\n", providertest.Label(name), body)
}

func TestAccRecipeStartsAgainOnlyForWhatItWorksOn(t *testing.T) {
	t.Parallel()
	const same = `input = { json = { threshold = 1 } }` + "\n"
	replace, update := plancheck.ResourceActionDestroyBeforeCreate, plancheck.ResourceActionUpdate
	tests := map[string]struct {
		after  string
		action plancheck.ResourceActionType
	}{
		"wait_for_completion": {same + `wait_for_completion = false`, update},
		"on_failure":          {same + `on_failure = "warn"`, update},
		"on_destroy":          {same + `on_destroy = "cancel"`, update},
		"on_missing":          {same + `on_missing = "rerun"`, update},
		"timeouts":            {same + `timeouts = { create = "1h" }`, update},
		"input":               {`input = { json = { threshold = 2 } }`, replace},
		"configuration":       {same + `settings = { a = "1" }`, replace},
		"revision":            {same + `recipe_type_revision = 2`, update},
	}
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	before, after, count := providertest.ProviderBlock(s), providertest.ProviderBlock(s), len(tests)
	var checks resource.ConfigPlanChecks
	for name, tt := range tests {
		before += labeledRecipe(name, same)
		after += labeledRecipe(name, tt.after)
		checks.PreApply = append(checks.PreApply, plancheck.ExpectResourceAction("galley_recipe."+providertest.Label(name), tt.action))
		if tt.action == replace {
			count++
		}
		if name == "revision" { // a reprocess makes a recipe, too
			count++
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: before},
			{
				PreConfig: func() { // a new revision alone starts nothing
					d, err := s.Client.RecipeType(t.Context(), "one")
					if err == nil {
						_, err = s.Client.EditRecipeType(t.Context(), "one", api.RecipeTypeEdit{Definition: d.Definition})
					}
					if err != nil {
						t.Fatal(err)
					}
				},
				Config: before, ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{Config: after, ConfigPlanChecks: checks, Check: providertest.RecipeCount(s.Client, count)},
		},
	})
}

func TestAccRecipeImportPlansNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	file := providertest.MustUpload(t, s, "scene.txt", "x")
	d, err := s.Client.RecipeType(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Client.CreateRecipe(t.Context(), api.RecipeCreate{
		RecipeTypeID:  d.ID,
		Input:         json.RawMessage(fmt.Sprintf(`{"files": {"scene": [%d]}, "json": {"threshold": 0.1, "bands": {"r": [1, "x", {}], "n": true}}}`, file)),
		Configuration: json.RawMessage(`{"priority": 5, "settings": {"a": "1"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: providertest.RecipeConfig(s, fmt.Sprintf(`
  input = {
    files = { scene = [%d] }
    json  = { bands = { n = true, r = [1, "x", {}] }, threshold = 0.10 }
  }
  configuration = { priority = 5 }
  settings      = { a = "1" }
`, file)) + fmt.Sprintf("import {\n  to = galley_recipe.test\n  id = \"%d\"\n}\n", r.ID),
			ConfigPlanChecks: providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionNoop),
			Check:            providertest.RecipeCount(s.Client, 1),
		}},
	})
}

func TestAccRecipeFailureNamesTheNodes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	manifest := `{"seedVersion": "1.0.0", "job": {
	  "name": "broken", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Broken", "description": "Fails",
	  "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60, "interface": {"command": "fail"},
	  "errors": [{"code": 3, "name": "bad-image", "title": "The image is torn", "description": "Half of it is missing", "category": "data"}]}}`
	if _, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
		DockerImage: "broken", Manifest: json.RawMessage(manifest), Configuration: json.RawMessage(`{"settings": {"GALLEY_SIMULATE_EXIT_CODE": "3"}}`),
	}); err != nil {
		t.Fatal(err)
	}
	const broken = `{"node_type": "job", "job_type_name": "broken", "job_type_version": "1.0.0", "job_type_revision": 1}`
	providertest.MustCreateType(t, s.Client, "Inner", `{"nodes": {"torn": {"dependencies": [], "input": {}, "node_type": `+broken+`}}}`)
	providertest.MustCreateType(t, s.Client, "One", `{"nodes": {
	  "bad": {"dependencies": [], "input": {}, "node_type": `+broken+`},
	  "behind": {"dependencies": [{"name": "bad"}], "input": {}, "node_type": `+broken+`},
	  "good": {"dependencies": [], "input": {}, "node_type":
	    {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}},
	  "sub": {"dependencies": [], "input": {}, "node_type":
	    {"node_type": "recipe", "recipe_type_name": "inner", "recipe_type_revision": 1}}}}`)
	failure := providertest.Words(`Recipe 1 of type one is FAILED`).String() + `(?s).*` +
		providertest.Words(`node "bad" (job`).String() + `.*` + providertest.Words(`failed: The image is torn (DATA): Half of it is missing`).String() + `.*` +
		providertest.Words(`log: `+s.URL+`/v6/job-executions/`).String() + `.*` +
		providertest.Words(`node "sub.torn" (job`).String() + `.*` + providertest.Words(`blocked by these: behind`).String() + `.*tainted`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, ""), ExpectError: regexp.MustCompile(failure)},
			{
				// It was kept as tainted. As a warning, a failure is a state like any other.
				Config:           providertest.RecipeConfig(s, `on_failure = "warn"`),
				ConfigPlanChecks: providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusFailed)),
					providertest.RecipeIs("failure", knownvalue.StringRegexp(regexp.MustCompile(`(?s)Recipe 1 of type one.*node "`))), providertest.RecipeIs("counts.jobs_failed", knownvalue.Int64Exact(2)),
					providertest.RecipeIs("counts.jobs_completed", knownvalue.Int64Exact(1)), providertest.RecipeIs("completed", knownvalue.Null()),
				},
			},
		},
	})
}

func TestAccRecipeCannotStart(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config:      strings.Replace(providertest.RecipeConfig(s, ""), `"one"`, `"two"`, 1),
				ExpectError: providertest.Words(`There is no recipe type "two".`),
			},
			{
				Config:      providertest.RecipeConfig(s, `input = { json = { threshold = "much" } }`),
				ExpectError: regexp.MustCompile(`(?s)Cannot start recipe of type one.*threshold`),
			},
			{Config: providertest.RecipeConfig(s, "recipe_type_revision = 7"), ExpectError: regexp.MustCompile(`(?s)Cannot start recipe of type one.*7`)},
			{
				PreConfig: func() {
					if _, err := s.Client.EditRecipeType(t.Context(), "one", api.RecipeTypeEdit{IsActive: new(false)}); err != nil {
						t.Fatal(err)
					}
				},
				Config:      providertest.RecipeConfig(s, ""),
				ExpectError: regexp.MustCompile(`(?s)Cannot start recipe of type one.*inactive`),
			},
		},
	})
}

func TestAccRecipeWithoutWaiting(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	const slow = `settings = { GALLEY_SIMULATE_DURATION = "8s" }` + "\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				// The plan after it, which the harness makes, is empty while the recipe goes on.
				Config: providertest.RecipeConfig(s, slow+"wait_for_completion = false"),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("id", knownvalue.NotNull()),
					providertest.RecipeIs("completed", knownvalue.Null()),
					providertest.RecipeIs("status", knownvalue.StringRegexp(regexp.MustCompile("^(PENDING|RUNNING)$"))),
				},
			},
			{
				// To wait after all starts nothing.
				Config:            providertest.RecipeConfig(s, slow),
				Check:             providertest.RecipeCount(s.Client, 1),
				ConfigPlanChecks:  providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted))},
			},
		},
	})
}

func TestAccRecipeTimeoutKeepsTheRecipe(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config:      providertest.RecipeConfig(s, `timeouts = { create = "2s" }`),
				ExpectError: providertest.Words("It did not finish within 2s. It is PENDING: 0 of"),
			},
			{
				PreConfig: func() {
					if err := providertest.RecipeCount(s.Client, 1)(nil); err != nil {
						t.Fatal(err)
					}
				},
				Config:             providertest.RecipeConfig(s, `timeouts = { create = "2s" }`),
				PlanOnly:           true,
				ExpectNonEmptyPlan: true, // it is in the state, as tainted
			},
		},
	})
}

func TestAccRecipeSurvivesAnotherStartOfTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := servertest.Galleyd(t, "serve", "--lease=2s", "--data-dir", dir, "--listen", "127.0.0.1:0")
	s := &servertest.Server{URL: p.URL, Username: servertest.Username, Password: servertest.Password, Client: p.Client}
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, p.Client)
	address, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	restarted := make(chan struct{})
	t.Cleanup(func() { <-restarted })
	go func() {
		defer close(restarted)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for t.Context().Err() == nil {
			all, err := p.Client.Recipes(t.Context(), client.RecipeQuery{})
			if err == nil && len(all) == 1 && all[0].JobsRunning == 1 {
				p.Kill()
				servertest.Galleyd(t, "serve", "--lease=2s", "--data-dir", dir, "--listen", address.Host)
				return
			}
			<-tick.C
		}
	}()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config:            providertest.RecipeConfig(s, `settings = { GALLEY_SIMULATE_DURATION = "2s" }`),
			Check:             providertest.RecipeCount(p.Client, 1),
			ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted))},
		}},
	})
	<-restarted
}

func TestAccRecipeIsInTheStateBeforeItIsWaitedFor(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	f.Inject(`GET /v6/recipes/\d+/`, servertest.Answer(http.StatusServiceUnavailable))
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config:      providertest.RecipeConfig(s, `timeouts = { create = "2s" }`),
				ExpectError: providertest.Words("Recipe 1 of type one has not finished in time"),
			},
			{
				PreConfig: func() {
					f.Clear()
					if err := providertest.RecipeCount(s.Client, 1)(nil); err != nil {
						t.Fatal(err)
					}
				},
				Config: providertest.RecipeConfig(s, `timeouts = { create = "1m" }`),
				// Not create: the first one is known, and taken over.
				ConfigPlanChecks: providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check:            providertest.RecipeCount(s.Client, 1),
			},
		},
	})
}

func TestAccRecipeThatIsPurged(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, "")},
			{
				PreConfig: func() { s.PurgeRecipes(t) },
				Config:    providertest.RecipeConfig(s, ""), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
				ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted))},
			},
			{ // To run it again after all takes effect with the next plan.
				Config:             providertest.RecipeConfig(s, `on_missing = "rerun"`),
				ConfigPlanChecks:   providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionUpdate),
				ExpectNonEmptyPlan: true,
			},
			{
				Config:            providertest.RecipeConfig(s, `on_missing = "rerun"`),
				ConfigPlanChecks:  providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted))},
				Check:             providertest.RecipeCount(s.Client, 1),
			},
		},
	})
}

func TestAccRecipeOnDestroy(t *testing.T) {
	t.Parallel()
	const slow = `settings = { GALLEY_SIMULATE_DURATION = "60s" }
  wait_for_completion = false
`
	for onDestroy, want := range map[string][]string{
		"cancel": {"CANCELED"}, "keep": {"QUEUED", "RUNNING"},
	} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{})
			providertest.MustCreateJobType(t, s)
			providertest.MustCreateOne(t, s.Client)
			providertest.MustCreateType(t, s.Client, "Outer", `{"nodes": {"sub": {"dependencies": [], "input": {}, "node_type":
			  {"node_type": "recipe", "recipe_type_name": "one", "recipe_type_revision": 1}}}}`)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				Steps: []resource.TestStep{
					{Config: providertest.RecipeConfig(s, slow+fmt.Sprintf("on_destroy = %q", onDestroy))},
					{
						PreConfig: func() {
							servertest.Eventually(t, 20*time.Second, func() error {
								jobs, err := s.Client.Jobs(t.Context(), client.JobQuery{})
								if err == nil && (len(jobs) != 1 || jobs[0].Status != "RUNNING") {
									err = fmt.Errorf("no job runs: %v", jobs)
								}
								return err
							})
						},
						Config: providertest.ProviderBlock(s),
						Check: func(*terraform.State) error {
							jobs, err := s.Client.Jobs(providertest.Context(), client.JobQuery{})
							if err != nil || len(jobs) != 1 || !slices.Contains(want, jobs[0].Status) {
								return fmt.Errorf("jobs = %v, want one that is %v (error: %w)", jobs, want, err)
							}
							return providertest.RecipeCount(s.Client, 1)(nil)
						},
					},
				},
			})
			jobs, err := s.Client.Jobs(t.Context(), client.JobQuery{})
			if err != nil || len(jobs) != 1 {
				t.Fatalf("jobs = %v, %v", jobs, err)
			}
			if err := s.Client.CancelJobs(t.Context(), api.JobFilter{JobIDs: []int64{jobs[0].ID}}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// null for an argument means that it is left out, in Terraform.
func TestAccRecipeInputThatIsNull(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	config := func(input string) string {
		return providertest.ProviderBlock(s) + `
variable "note" {
  type    = string
  default = null
}
resource "galley_job_type" "say" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "say", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Say",
    description = "s", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60,
    interface = { command = "say", inputs = { json = [{ name = "text", type = "string" }, { name = "note", type = "string", required = false }] } } } })
}
resource "galley_recipe_type" "say" {
  title = "Say"
  definition = {
    input = { json = { text = { type = "string" }, note = { type = "string", required = false } } }
    nodes = { n = { job = { name = galley_job_type.say.name, version = galley_job_type.say.version, revision = galley_job_type.say.revision_num },
      input = { text = { recipe_input = "text" }, note = { recipe_input = "note" } } } }
  }
}
resource "galley_recipe" "say" {
  recipe_type = galley_recipe_type.say.name
  input       = { json = ` + input + ` }
}
`
	}
	given := func(*terraform.State) error {
		d, err := s.Client.Recipe(providertest.Context(), 1)
		if err == nil && strings.Contains(string(d.Input), "note") {
			err = fmt.Errorf("the recipe got %s, want nothing for note", d.Input)
		}
		return err
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config(`{ text = null }`), ExpectError: providertest.Words("'text' is missing")},
			{Config: config(`{ text = "x", note = var.note }`), Check: given},
			{Config: config(`{ text = "x" }`), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}
