package plan_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// referring refers to a job type and a workspace that nobody makes.
const referring = `
resource "galley_recipe_type" "missing" {
  title      = "Missing"
  definition = { nodes = { a = { job = { name = "calibrat", version = "1.0.0", revision = 1 } } } }
}
resource "galley_source_file" "missing" {
  workspace = "nowhere"
  path      = "a"
  content   = ""
}
`

func TestAccPlanValidation(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	step := func(mode, want string) resource.TestStep {
		step := resource.TestStep{Config: providertest.ProviderBlock(s, fmt.Sprintf("plan_validation = %q", mode)) + referring, PlanOnly: true}
		if want == "" {
			step.ExpectNonEmptyPlan = true
		} else {
			step.ExpectError = providertest.Words(want)
		}
		return step
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			step("error", `definition.nodes["a"].job: Node 'a': job type 'calibrat' version '1.0.0' revision 1 does not exist; did you mean 'calibrate'?`),
			step("error", `workspace: there is no workspace 'nowhere' (INVALID_WORKSPACE); active are: default.`),
			step("warn", ""),
			step("off", ""),
		},
	})
}

func TestAccPlanValidationNeverBlocksForReasonsOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]servertest.Fault{
		"forbidden": servertest.Answer(http.StatusForbidden),
		"older":     servertest.Answer(http.StatusNotFound),
		"broken":    servertest.Answer(http.StatusInternalServerError),
		"slow":      servertest.Stall,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f servertest.Faults
			f.Inject(".*", fault)
			s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				Steps: []resource.TestStep{{
					Config:   fmt.Sprintf("provider \"galley\" {\n  endpoint = %q\n  token = \"t\"\n  max_retries = 0\n}\n", s.URL) + referring,
					PlanOnly: true, ExpectNonEmptyPlan: true,
				}},
			})
			if len(f.Requests()) == 0 {
				t.Error("the backend was not asked at all")
			}
		})
	}
}

// TestAccPlannedAndExistingTypesAreCheckedTogether has one job type on the server and
// the other in the plan, whose revision is not known before apply.
func TestAccPlannedAndExistingTypesAreCheckedTogether(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreate(t, s.Client, providertest.SeedText("index", providertest.IndexIn, ""))
	config := func(out string) string {
		return providertest.ProviderBlock(s) + `
resource "galley_job_type" "calibrate" {
` + providertest.ManifestArgument(providertest.SeedText("calibrate", providertest.CalibrateIn, out)) + providertest.ToDefault + `
}
resource "galley_recipe_type" "pair" {
  title = "Pair"
  definition = {
    input = { files = { scene = { media_types = ["image/tiff"] } } }
    nodes = {
      calibrate = {
        job   = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num }
        input = { image = { recipe_input = "scene" } }
      }
      index = {
        job          = { name = "index", version = "1.0.0", revision = 1 }
        dependencies = { calibrate = true }
        input        = { image = { node = "calibrate", output = "calibrated" }, cloud = { node = "calibrate", output = "cloud" } }
      }
    }
  }
}
`
	}
	misfit := providertest.Words(`definition.nodes["index"].input["cloud"]: Node 'index' interface error: input 'cloud' is of type number, but 'cloud' is of type string`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config(providertest.CalibrateText), PlanOnly: true, ExpectError: misfit}, // a job type that does not exist yet
			{Config: config(providertest.CalibrateOut)},
			{Config: config(providertest.CalibrateText), PlanOnly: true, ExpectError: misfit}, // a revision that does not exist yet
			{Config: config(strings.Replace(providertest.CalibrateOut, `"*"`, `"*.tif"`, 1)), Check: resource.TestCheckResourceAttr(
				"galley_recipe_type.pair", "definition.nodes.calibrate.job.revision", "2")},
		},
	})
}
