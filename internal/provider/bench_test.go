package provider

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// benchmarked is how many things each plan of a benchmark has.
const benchmarked = 300

// benchNodes are five nodes in a row, as HCL writes a definition.
func benchNodes() string {
	var b strings.Builder
	for i := range 5 {
		before := ""
		if i > 0 {
			before = fmt.Sprintf("n%d = true", i-1)
		}
		fmt.Fprintf(&b, "n%d = { job = { name = \"calibrate\", version = \"1.0.0\", revision = 1 }, dependencies = { %s } }\n", i, before)
	}
	return "{ nodes = {\n" + b.String() + "} }"
}

// benchManifest is a manifest of a job type of its own, as HCL.
const benchManifest = `{
  seedVersion = "1.0.0"
  job = { name = "job-${count.index}", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Job", description = "d", timeout = 60
    maintainer = { name = "Ada", email = "ada@example.com" }
    interface = { command = "x", inputs = { files = [{ name = "image", required = false }] }, outputs = { files = [{ name = "out", pattern = "*.txt" }] } } }
}`

// BenchmarkPlanOfNothing is `terraform plan` of 300 things that have not changed, against one of 300 terraform_data that hold the
// same values as an object (O) or as one text (S): processor seconds of Terraform and its providers. A round is a plan of each of the two.
func BenchmarkPlanOfNothing(b *testing.B) {
	if _, err := exec.LookPath(os.Getenv("TF_ACC_TERRAFORM_PATH")); err != nil {
		b.Skip(err)
	}
	for _, c := range []struct {
		name, thing, floor, unit string
		goal                     float64
	}{
		{"recipe types", `resource "galley_recipe_type" "x" {
  count = %d
  title = "Type ${count.index}"
  definition = ` + benchNodes() + `
}`, benchNodes(), "O", 1.0},
		{"recipe types as JSON", `resource "galley_recipe_type" "x" {
  count = %d
  title = "Type ${count.index}"
  definition_json = jsonencode({ input = { files = [], json = [] }, nodes = { for i in range(5) : "n${i}" => {
    dependencies = i == 0 ? [] : [{ name = "n${i - 1}", acceptance = true }], input = {}
    node_type = { node_type = "job", job_type_name = "calibrate", job_type_version = "1.0.0", job_type_revision = 1 } } } })
}`, "jsonencode(" + benchNodes() + ")", "S", 1.6},
		{"job types", `resource "galley_job_type" "x" {
  count        = %d
  docker_image = "job:1.0.0"
  manifest     = jsonencode(` + benchManifest + `)
  configuration = { output_workspaces = { default = "default" } }
}`, "jsonencode(" + benchManifest + ")", "S", 2},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := servertest.New(b, servertest.Options{})
			mustHaveCalibrate(b, s)
			ours := providertest.NewPluginCLI(b, providertest.ProviderBlock(s)+fmt.Sprintf(c.thing, benchmarked))
			ours.MustRun(b, "apply", "-auto-approve", "-input=false", "-parallelism=20")
			floor := providertest.NewPluginCLI(b, "")
			config := fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  count = %d\n  input = %s\n}\n", benchmarked, c.floor)
			if err := os.WriteFile(floor.Dir+"/main.tf", []byte(config), 0o600); err != nil {
				b.Fatal(err)
			}
			floor.MustRun(b, "init")
			floor.MustRun(b, "apply", "-auto-approve", "-input=false")
			var mine, theirs time.Duration
			for b.Loop() {
				mine += planTime(b, ours)
				theirs += planTime(b, floor)
			}
			b.ReportMetric(mine.Seconds()/theirs.Seconds(), c.unit)
			b.ReportMetric(c.goal, "goal-"+c.unit)
		})
	}
}

// mustHaveCalibrate makes the job type of the nodes.
func mustHaveCalibrate(b *testing.B, s *servertest.Server) {
	b.Helper()
	_, err := s.Client.CreateJobType(b.Context(), api.JobTypeCreate{DockerImage: "calibrate:1.0.0", Manifest: []byte(`{"seedVersion": "1.0.0", "job": {
		"name": "calibrate", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Calibrate", "description": "d",
		"maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60, "interface": {"command": "calibrate"}}}`)})
	if err != nil {
		b.Fatal(err)
	}
}

// planTime is the processor time of a plan that finds nothing to do.
func planTime(b *testing.B, c providertest.CLI) time.Duration {
	b.Helper()
	command := c.Command(b, "plan", "-detailed-exitcode", "-input=false")
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("plan: %v\n%s", err, out)
	}
	return command.ProcessState.UserTime() + command.ProcessState.SystemTime()
}
