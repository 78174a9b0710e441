package plan_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccADefinitionIsCheckedOncePerPlan(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreateJobType(t, s)
	c := providertest.NewCLI(t, providertest.Chain(s, []string{"a", "b"}, "")+`
resource "galley_recipe" "more" {
  count       = 3
  recipe_type = galley_recipe_type.chain.name
}
`)
	const validation = "POST /v6/recipe-types/validation/"
	f.Requests()
	c.MustRun(t, "plan")
	if got := f.Requests()[validation]; got != 1 {
		t.Errorf("%d validations for a recipe type with four recipes, want 1", got)
	}
	c.MustRun(t, "apply", "-auto-approve")
	f.Requests()
	c.MustRun(t, "plan", "-detailed-exitcode")
	if got := f.Requests()[validation]; got != 0 {
		t.Errorf("%d validations although nothing changes, want none", got)
	}
}

func TestAccAPlanWithoutABackendIsAWarning(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	c := providertest.NewCLI(t, providertest.ProviderBlock(s, "max_retries = 0")+referring)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	providertest.ExpectWords(t, providertest.Plain(c.MustRun(t, "plan")), "could not be checked", "check that the backend runs", "2 to add")
}

func TestAccFindingsAreWarningsIfSo(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	c := providertest.NewCLI(t, providertest.ProviderBlock(s, `plan_validation = "warn"`)+referring)
	providertest.ExpectWords(t, providertest.Plain(c.MustRun(t, "plan")), "Warning: ", "job type 'calibrat' version '1.0.0' revision 1 does not exist; did you mean 'calibrate'?",
		"there is no workspace 'nowhere' (INVALID_WORKSPACE)", "2 to add")
}

// plannedReprocess reads reprocess_plan of every galley_recipe out of what terraform
// show tells of a plan or of a state.
func plannedReprocess(t *testing.T, shown string) map[string]map[string]providertest.Steps {
	t.Helper()
	type values struct {
		RootModule struct {
			Resources []struct {
				Address string
				Type    string
				Values  struct {
					ReprocessPlan map[string]struct{ Action, Reason string } `json:"reprocess_plan"`
				}
			}
		} `json:"root_module"`
	}
	var doc struct {
		Planned values `json:"planned_values"`
		Values  values
	}
	if err := json.Unmarshal([]byte(shown), &doc); err != nil {
		t.Fatalf("%v: %.500s", err, shown)
	}
	out := map[string]map[string]providertest.Steps{}
	for _, r := range append(doc.Planned.RootModule.Resources, doc.Values.RootModule.Resources...) {
		if r.Type != "galley_recipe" {
			continue
		}
		s := providertest.Steps{}
		for node, step := range r.Values.ReprocessPlan {
			s[node] = [2]string{step.Action, step.Reason}
		}
		out[r.Address] = map[string]providertest.Steps{"reprocess_plan": s}
	}
	return out
}

// TestAccTheDiffOfADefinitionIsInThePlan also for every recipe of the type, and the apply
// does as planned.
func TestAccTheDiffOfADefinitionIsInThePlan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	config := providertest.Chain(s, []string{"a", "b"}, "") + `
variable "second" { default = "b" }
resource "galley_recipe" "more" {
  count                = 2
  recipe_type          = galley_recipe_type.chain.name
  recipe_type_revision = galley_recipe_type.chain.revision_num
}
`
	c := providertest.NewCLI(t, strings.Replace(config, "\nb = {", "\n(var.second) = {", 1))
	c.MustRun(t, "apply", "-auto-approve")
	out := providertest.Plain(c.MustRun(t, "plan", "-var=second=c", "-out=saved"))
	providertest.ExpectWords(t, out, "Recipe type chain gets a new definition", "2 nodes change, 1 will be re-run: - b (DROP): the definition has no such node any more "+
		"- c (NEW): the definition had no such node before")
	planned := plannedReprocess(t, c.MustRun(t, "show", "-json", "saved"))
	want := map[string]providertest.Steps{"reprocess_plan": {
		"a": {"COPY", "unchanged"}, "b": {"DROP", "the definition has no such node any more"}, "c": {"NEW", "the definition had no such node before"},
	}}
	for _, address := range []string{providertest.RecipeAddress, "galley_recipe.more[0]", "galley_recipe.more[1]"} {
		if diff := cmp.Diff(want, planned[address]); diff != "" {
			t.Errorf("planned for %s (-want +got):\n%s", address, diff)
		}
	}
	c.MustRun(t, "apply", "saved")
	if diff := cmp.Diff(planned, plannedReprocess(t, c.MustRun(t, "show", "-json"))); diff != "" {
		t.Errorf("the apply (-planned +is):\n%s", diff)
	}
}

func TestAccADestroyNamesTheActiveJobs(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, "variable \"how\" { default = \"keep\" }\n"+providertest.RecipeConfig(s, `
  settings       = { GALLEY_SIMULATE_DURATION = "600s" }
  wait_for_completion = false
  on_destroy          = var.how
`))
	c.MustRun(t, "apply", "-auto-approve")
	servertest.Eventually(t, 30*time.Second, func() error {
		jobs, err := s.Client.Jobs(t.Context(), client.JobQuery{Statuses: []string{"RUNNING"}})
		if err == nil && len(jobs) != 1 {
			err = fmt.Errorf("%d jobs are running, want 1", len(jobs))
		}
		return err
	})
	providertest.ExpectWords(t, providertest.Plain(c.MustRun(t, "plan", "-destroy")), "Recipe will be forgotten while it runs", "with 1 running, 0 queued and 0 pending jobs",
		`Active are node "a" (job 1, RUNNING).`, "they go on without Terraform")
	c.MustRun(t, "apply", "-auto-approve", "-var=how=cancel")
	providertest.ExpectWords(t, providertest.Plain(c.MustRun(t, "destroy", "-auto-approve", "-var=how=cancel")), "Jobs of a recipe will be canceled", `node "a" (job 1, RUNNING)`)
	servertest.Eventually(t, 30*time.Second, func() error {
		job, err := s.Client.Job(t.Context(), 1)
		if err == nil && job.Status != "CANCELED" {
			err = fmt.Errorf("the job is %s, want CANCELED", job.Status)
		}
		return err
	})
}

func TestAccAPurgedRecipeIsKeptWithAWarning(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, providertest.RecipeConfig(s, ""))
	c.MustRun(t, "apply", "-auto-approve")
	s.PurgeRecipes(t)
	providertest.ExpectWords(t, providertest.Plain(c.MustRun(t, "plan", "-detailed-exitcode")), "Warning: Recipe no longer exists", "recipe 1 of type one", `on_missing = "rerun"`, "No changes.")
}

func TestAccALoginThatHasExpiredIsMadeAgainOnce(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, providertest.RecipeConfig(s, ""))
	c.MustRun(t, "apply", "-auto-approve")
	f.Requests()
	f.InjectOnce("GET /v6/recipes/1/", servertest.Answer(http.StatusUnauthorized))
	c.MustRun(t, "plan", "-detailed-exitcode")
	if got := f.Requests()["POST /v2/login"]; got != 2 {
		t.Errorf("%d logins, want 2: one at the start, and one for the token that is refused", got)
	}
	f.Inject("GET /v6/recipes/1/", servertest.Answer(http.StatusUnauthorized))
	out, err := c.Command(t, "plan").CombinedOutput()
	if err == nil {
		t.Errorf("a plan without rights succeeds: %s", out)
	}
	providertest.ExpectWords(t, providertest.Plain(string(out)), "Check username and password", "GET /v6/recipes/1/: 401 Unauthorized")
	if got := f.Requests()["POST /v2/login"]; got != 2 {
		t.Errorf("%d logins, want 2", got)
	}
}

// TestAccRequestsUnderWayAreCapped holds answers back until no more requests come.
func TestAccRequestsUnderWayAreCapped(t *testing.T) {
	t.Parallel()
	const limit, all = 2, 6
	var f servertest.Faults
	came, gate := make(chan struct{}, all), make(chan struct{})
	f.Inject("POST /v6/workspaces/", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		came <- struct{}{}
		<-gate
		next.ServeHTTP(w, r)
	})
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	c := providertest.NewCLI(t, providertest.ProviderBlock(s, fmt.Sprintf("max_concurrent_requests = %d", limit))+fmt.Sprintf(`
resource "galley_workspace" "many" {
  count  = %d
  title  = "Many ${count.index}"
  broker = { host = { path = "many-${count.index}" } }
}
`, all))
	ended := make(chan string, 1)
	go func() {
		out, err := c.Command(t, "apply", "-auto-approve").CombinedOutput()
		ended <- fmt.Sprintf("%v: %s", err, out)
	}()
	under := 0
	for done := 0; done < all; {
		for under < min(limit, all-done) {
			select {
			case <-came:
				under++
			case out := <-ended:
				t.Fatalf("the apply ended after %d requests: %s", done, out)
			}
		}
		if more := len(came); more > 0 {
			t.Errorf("%d requests more than %d are under way", more, limit)
		}
		gate <- struct{}{}
		under--
		done++
	}
	providertest.ExpectWords(t, <-ended, "<nil>", fmt.Sprintf("%d added", all))
}
