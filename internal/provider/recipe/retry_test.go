package recipe_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccAFailedJobIsTriedAgain is the case retry-a-failed-job, with a program that fails the first
// time: one node by what its job type says, the other by what it says itself.
func TestAccAFailedJobIsTriedAgain(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	if err := os.Chmod(state, 0o777); err != nil {
		t.Fatal(err)
	}
	s := servertest.New(t, servertest.Options{Executor: "process", Mounts: []string{"state=" + state + ":rw"}})
	config := func(ofType, ofNode string) string {
		return providertest.ProviderBlock(s) + `
resource "galley_job_type" "shaky" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "shaky", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Shaky",
    description = "s", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60, errors = [{ code = 7, name = "busy" }],
    interface = {
      command = "echo try; mkdir \"$STATE/$WHO\" 2>/dev/null && exit $CODE; exit 0"
      mounts  = [{ name = "STATE", path = "/state", mode = "rw" }]
      inputs  = { json = [{ name = "who", type = "string" }, { name = "code", type = "integer" }] }
    } } })
  configuration = { mounts = { STATE = { type = "host", host_path = "` + state + `" } } }
  ` + ofType + `
}
resource "galley_recipe_type" "shaky" {
  title = "Shaky"
  definition = {
    input = { json = { a = { type = "string" }, b = { type = "string" }, seven = { type = "integer" }, eight = { type = "integer" } } }
    nodes = {
      a = {
        job   = { name = galley_job_type.shaky.name, version = galley_job_type.shaky.version, revision = galley_job_type.shaky.revision_num }
        input = { who = { recipe_input = "a" }, code = { recipe_input = "seven" } }
      }
      b = {
        job   = { name = galley_job_type.shaky.name, version = galley_job_type.shaky.version, revision = galley_job_type.shaky.revision_num }
        input = { who = { recipe_input = "b" }, code = { recipe_input = "eight" } }
        ` + ofNode + `
      }
    }
  }
}
resource "galley_recipe" "shaky" {
  recipe_type = galley_recipe_type.shaky.name
  input       = { json = { a = "a", b = "b", seven = 7, eight = 8 } }
}
data "galley_job_type" "shaky" {
  name       = "shaky"
  version    = "1.0.0"
  depends_on = [galley_recipe.shaky]
}
`
	}
	const ofType, ofNode = `retry = { tries = 2, errors = ["busy"] }`, `retry = { tries = 3 }`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: config(strings.Replace(ofType, "busy", "bussy", 1), ofNode), PlanOnly: true,
				ExpectError: providertest.Words(`'bussy' is no error of the manifest and none of the service; did you mean 'busy'?`),
			},
			{
				Config: config(ofType, `retry = { tries = 2, errors = ["bussy"] }`), PlanOnly: true,
				ExpectError: providertest.Words(`'bussy' is no error of the manifest and none of the service; did you mean 'busy'?`),
			},
			{
				Config: config(ofType, ofNode),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("galley_recipe.shaky", tfjsonpath.New("status"), knownvalue.StringExact("COMPLETED")),
					statecheck.ExpectKnownValue("data.galley_job_type.shaky", tfjsonpath.New("retry").AtMapKey("tries"), knownvalue.Int64Exact(2)),
				},
				Check: func(*terraform.State) error {
					ctx := providertest.Context()
					jobs, err := s.Client.Jobs(ctx, client.JobQuery{})
					if err != nil || len(jobs) != 2 {
						return fmt.Errorf("%d jobs, want 2: %w", len(jobs), err)
					}
					for _, job := range jobs {
						tries, err := s.Client.JobExecutions(ctx, job.ID)
						if err != nil || len(tries) != 2 || job.NumExes != 2 || tries[1].Status != "FAILED" || tries[0].Status != "COMPLETED" {
							return fmt.Errorf("job %d has the tries %+v, want two: %w", job.ID, tries, err)
						}
						for _, try := range tries {
							if log, err := s.Client.JobLog(ctx, try.ID, client.LogStdout); err != nil || log != "try\n" {
								return fmt.Errorf("try %d has the log %q: %w", try.ExeNum, log, err)
							}
						}
					}
					return nil
				},
			},
			{
				// What is no longer stated goes away, and runs nothing again.
				Config: config("", strings.Replace(ofNode, "3", `"3"`, 1)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("galley_job_type.shaky", plancheck.ResourceActionUpdate),
					plancheck.ExpectResourceAction("galley_recipe_type.shaky", plancheck.ResourceActionNoop),
					plancheck.ExpectResourceAction("galley_recipe.shaky", plancheck.ResourceActionNoop),
				}},
				Check: func(*terraform.State) error {
					j, err := s.Client.JobType(providertest.Context(), "shaky", "1.0.0")
					if err == nil && j.Retry != nil {
						err = fmt.Errorf("the server still has the retry %s", j.Retry)
					}
					return err
				},
			},
		},
	})
}
