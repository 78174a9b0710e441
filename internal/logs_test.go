package internal

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// secretConfig has a secret setting of a job type and one of a recipe.
const secretConfig = `
provider "galley" {}
resource "galley_job_type" "fetch" {
  docker_image    = "fetch:1"
  secret_settings = { KEY = "secret-of-the-type" }
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name = "fetch", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Fetch", description = "Fetches", timeout = 60
      maintainer = { name = "Ada", email = "ada@example.com" }
      interface  = { command = "fetch", settings = [{ name = "KEY", secret = true }] }
    }
  })
}
resource "galley_recipe_type" "fetch" {
  title = "Fetch"
  definition = {
    nodes = { a = { job = { name = galley_job_type.fetch.name, version = galley_job_type.fetch.version, revision = galley_job_type.fetch.revision_num } } }
  }
}
resource "galley_recipe" "fetch" {
  recipe_type     = galley_recipe_type.fetch.name
  secret_settings = { KEY = "secret-of-the-recipe" }
}
`

// TestSecretsAreInNoLog applies with everything that Terraform and the provider can log.
func TestSecretsAreInNoLog(t *testing.T) {
	t.Parallel()
	cli, rc := terraform(t), devOverride(t)
	for name, credentials := range map[string]func(*servertest.Server) []string{
		"password": func(s *servertest.Server) []string {
			return []string{"GALLEY_USERNAME=" + s.Username, "GALLEY_PASSWORD=" + s.Password}
		},
		"token": func(s *servertest.Server) []string { return []string{"GALLEY_TOKEN=" + s.Token} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{})
			work := t.TempDir()
			if err := os.WriteFile(filepath.Join(work, "main.tf"), []byte(secretConfig), 0o600); err != nil {
				t.Fatal(err)
			}
			log := filepath.Join(work, "trace.log")
			for _, args := range [][]string{
				{"apply", "-no-color", "-auto-approve"}, {"plan", "-no-color", "-detailed-exitcode"}, {"destroy", "-no-color", "-auto-approve"},
			} {
				cmd := exec.CommandContext(t.Context(), cli.path, args...)
				cmd.Dir = work
				cmd.Env = append(append(os.Environ(), credentials(s)...),
					"TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "GALLEY_ENDPOINT="+s.URL, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %v\n%s", args, err, out)
				}
			}
			raw, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			text := string(raw)
			for _, want := range []string{"[TRACE]", "/v6/job-types/", "/v6/recipes/1/"} {
				if !strings.Contains(text, want) {
					t.Errorf("the log has no %s: is it the right one?", want)
				}
			}
			for secret, of := range map[string]string{
				s.Password: "the password", s.Token: "the API token", "secret-of-the-type": "the setting of the job type", "secret-of-the-recipe": "the setting of the recipe",
			} {
				if at := strings.Index(text, secret); at >= 0 {
					t.Errorf("%s is in the log: …%q", of, text[max(0, at-300):at])
				}
			}
			if found := regexp.MustCompile(`eyJ[\w-]{10,}\.[\w-]+`).FindString(text); found != "" {
				t.Errorf("a login token is in the log: %.20s…", found)
			}
		})
	}
}
