package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// oneOfEach makes one of everything that the provider creates. Another n reprocesses the
// recipe.
func oneOfEach(s *servertest.Server, n string) string {
	return providertest.ProviderBlock(s, `request_timeout = "2s"`) + fmt.Sprintf(`
resource "galley_workspace" "one" {
  title  = "One"
  broker = { host = { path = "one" } }
}
resource "galley_source_file" "one" {
  workspace  = galley_workspace.one.name
  path       = "a.txt"
  content    = "a"
  media_type = "text/plain"
}
resource "galley_job_type" "one" {
%s
configuration = { output_workspaces = { default = galley_workspace.one.name } }
}
resource "galley_recipe_type" "one" {
  title = "One"
  definition = {
    input = { files = { scene = {} } }
    nodes = {
      a = {
        job   = { name = galley_job_type.one.name, version = galley_job_type.one.version, revision = galley_job_type.one.revision_num }
        input = { image = { recipe_input = "scene" } }
      }
    }
  }
}
resource "galley_recipe" "test" {
  recipe_type        = galley_recipe_type.one.name
  input              = { files = { scene = [galley_source_file.one.id] } }
  forced_nodes       = { all = true }
  reprocess_triggers = { n = %q }
}
`, providertest.ManifestArgument(providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut)), n)
}

// countOfEach counts what oneOfEach has made, together with what is replaced or
// superseded.
func countOfEach(s *servertest.Server) (map[string]int, error) {
	ctx := providertest.Context()
	counts := map[string]int{}
	var failed error
	count := func(what string, n int, err error) {
		counts[what] = n
		if failed == nil {
			failed = err
		}
	}
	workspaces, err := s.Client.Workspaces(ctx, client.WorkspaceQuery{})
	count("workspaces beside the default one", len(workspaces)-1, err)
	files, err := s.Client.Files(ctx, client.FileQuery{})
	sources := slices.DeleteFunc(files, func(f api.File) bool { return f.FileType != "SOURCE" })
	count("source files", len(sources), err)
	jobTypes, err := s.Client.JobTypeRevisions(ctx, "calibrate", "1.0.0")
	count("revisions of the job type", len(jobTypes), err)
	recipeTypes, err := s.Client.RecipeTypes(ctx, client.RecipeTypeQuery{})
	count("recipe types", len(recipeTypes), err)
	recipes, err := s.Client.Recipes(ctx, client.RecipeQuery{})
	count("recipes", len(recipes), err)
	jobs, err := s.Client.Jobs(ctx, client.JobQuery{})
	count("jobs", len(jobs), err)
	return counts, failed
}

// TestAccExactlyOneExistsAfterEveryCreate breaks the first request of each create in
// every way that a network or a server can break one.
func TestAccExactlyOneExistsAfterEveryCreate(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]servertest.Fault{
		"the answer is lost after the commit":    servertest.LoseAnswer,
		"the connection is reset":                servertest.ResetConnection,
		"the answer takes longer than the limit": servertest.Stall,
		"500 once":                               servertest.Answer(http.StatusInternalServerError),
		"503 once":                               servertest.Answer(http.StatusServiceUnavailable),
		"429 with Retry-After":                   servertest.Busy(time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f servertest.Faults
			creates := []string{"/v6/workspaces/", "/v6/files/", "/v6/job-types/", "/v6/recipe-types/", "/v6/recipes/", "/v6/recipes/1/reprocess/"}
			f.InjectOnce("POST ("+strings.Join(creates, "|")+")", fault)
			s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
			expect := func(recipes int) resource.TestCheckFunc {
				want := map[string]int{
					"workspaces beside the default one": 1, "source files": 1, "revisions of the job type": 1, "recipe types": 1,
					"recipes": recipes, "jobs": recipes,
				}
				return func(*terraform.State) error {
					got, err := countOfEach(s)
					if diff := cmp.Diff(want, got); err == nil && diff != "" {
						err = fmt.Errorf("the server has (-want +got):\n%s", diff)
					}
					return err
				}
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				Steps: []resource.TestStep{
					{Config: oneOfEach(s, "1"), Check: expect(1), ConfigStateChecks: providertest.Reprocessed(providertest.Steps{}, 1)},
					{
						Config: oneOfEach(s, "2"), Check: expect(2),
						ConfigStateChecks: providertest.Reprocessed(providertest.Steps{"a": {"RUN", "forced"}}, 2, 1),
					},
				},
			})
			requests := f.Requests()
			for _, path := range creates {
				if got := requests["POST "+path]; got < 2 {
					t.Errorf("%d requests of POST %s, want one that breaks, and its repetition", got, path)
				}
			}
		})
	}
}

// TestAccEveryEditIsMadeOnce breaks the first request of each edit. An edit with a
// definition or a manifest makes a revision, also if it is the same again.
func TestAccEveryEditIsMadeOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]servertest.Fault{
		"the answer is lost after the commit": servertest.LoseAnswer,
		"503 once":                            servertest.Answer(http.StatusServiceUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f servertest.Faults
			s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
			edits := []string{"/v6/workspaces/2/", "/v6/job-types/calibrate/1.0.0/", "/v6/recipe-types/one/"}
			edited := strings.NewReplacer(
				`title  = "One"`, `title  = "One more"`, // of the workspace
				`files = { scene = {} } }`, `files = { scene = { media_types = ["image/tiff"] } } }`,
			)
			before := oneOfEach(s, "1")
			after := edited.Replace(before)
			counted := func(jobTypes, recipeTypes int) resource.TestCheckFunc {
				return func(*terraform.State) error {
					ctx := providertest.Context()
					ofJobs, err := s.Client.JobTypeRevisions(ctx, "calibrate", "1.0.0")
					if err != nil {
						return err
					}
					ofRecipes, err := s.Client.RecipeTypeRevisions(ctx, "one", 0)
					if err == nil && (len(ofJobs) != jobTypes || len(ofRecipes) != recipeTypes) {
						err = fmt.Errorf("there are %d revisions of the job type and %d of the recipe type, want %d and %d",
							len(ofJobs), len(ofRecipes), jobTypes, recipeTypes)
					}
					return err
				}
			}
			inject := func() { f.InjectOnce("PATCH ("+strings.Join(edits, "|")+")", fault) }
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				Steps: []resource.TestStep{
					{Config: before, Check: counted(1, 1)},
					{PreConfig: inject, Config: after, Check: counted(1, 2)},
					// The new revision of the job type goes into the recipe type by auto_update, once.
					{Config: strings.Replace(after, `"description": "D"`, `"description": "Other"`, 1), Check: counted(2, 3)},
				},
			})
			requests := f.Requests()
			for _, path := range edits {
				if got := requests["PATCH "+path]; got < 2 {
					t.Errorf("%d requests of PATCH %s, want one that breaks, and its repetition", got, path)
				}
			}
		})
	}
}
