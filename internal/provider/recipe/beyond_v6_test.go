package recipe_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// matrixConfig is the case constants-and-defaults.tf, with a job that fails, one that comes at the
// end, and digits in names.
const matrixConfig = `
resource "galley_job_type" "test" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "test", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Test",
    description = "t", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60,
    interface = { command = "echo testing $PY level $LEVEL; test $PY != broken", inputs = { json = [{ name = "py", type = "string" }, { name = "level", type = "integer" }] } } } })
}
locals {
  test = { name = galley_job_type.test.name, version = galley_job_type.test.version, revision = galley_job_type.test.revision_num }
}
resource "galley_recipe_type" "matrix" {
  title = "Matrix"
  definition = {
    input = { json = { level_2 = { type = "integer", default = jsonencode(2) } } }
    nodes = merge({ for v in ["3.10", "3.11"] : "test-${replace(v, ".", "-")}" => {
      job   = local.test
      input = { py = { value = jsonencode(v) }, level = { recipe_input = "level_2" } }
    } }, {
      broken = { job = local.test, allow_failure = true, input = { py = { value = jsonencode("broken") }, level = { value = 1 } } }
      some   = { job = local.test, dependencies = { broken = true, test-3-10 = true }, any = true, input = { py = { value = jsonencode("some") }, level = { value = 1 } } }
      last   = { job = local.test, dependencies = { broken = true, some = true }, finally = true, input = { py = { value = jsonencode("last") }, level = { value = 1 } } }
    })
  }
}
resource "galley_recipe" "plain" {
  recipe_type = galley_recipe_type.matrix.name
  input       = {}
}
resource "galley_recipe" "given" {
  recipe_type = galley_recipe_type.matrix.name
  input       = { json = { level_2 = 5 } }
}
`

// TestAccBeyondV6: constants, defaults, failures that are allowed, joins and ends run as they say, and
// strict_v6 refuses them.
func TestAccBeyondV6(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: providertest.ProviderBlock(s) + matrixConfig,
				Check: func(*terraform.State) error {
					var said []string
					jobs, err := s.Client.Jobs(providertest.Context(), client.JobQuery{})
					if err != nil {
						return err
					}
					for _, j := range jobs {
						detail, err := s.Client.Job(providertest.Context(), j.ID)
						if err != nil {
							return err
						}
						log, err := s.Client.JobLog(providertest.Context(), detail.Execution.ID, "stdout")
						if err != nil {
							return err
						}
						said = append(said, strings.TrimSpace(log))
					}
					slices.Sort(said)
					want := []string{
						"testing 3.10 level 2", "testing 3.10 level 5", "testing 3.11 level 2", "testing 3.11 level 5",
						"testing broken level 1", "testing broken level 1", "testing last level 1", "testing last level 1",
						"testing some level 1", "testing some level 1",
					}
					if diff := cmp.Diff(want, said); diff != "" {
						t.Errorf("jobs (-want +got):\n%s", diff)
					}
					return nil
				},
			},
			{
				Config:      providertest.ProviderBlock(s, "strict_v6 = true") + matrixConfig,
				ExpectError: regexp.MustCompile(`(?s)beyond v6.*json\["level_2"\]\.default.*which\s+v6\s+does\s+not\s+have`),
			},
		},
	})
}
