package recipe_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// executions checks how often each node of the recipes has run, by the job type.
func executions(s *servertest.Server, want map[string]int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		jobs, err := s.Client.Jobs(providertest.Context(), client.JobQuery{})
		if err != nil {
			return err
		}
		got := map[string]int{}
		for _, j := range jobs {
			if !j.IsSuperseded {
				got[j.JobType.Name] += j.NumExes
			}
		}
		for name, n := range want {
			if got[name] != n {
				return fmt.Errorf("the jobs of %s have run %d times, want %d", name, got[name], n)
			}
		}
		return nil
	}
}

// mustMakeFlaky makes the recipe type one: calibrate, and flaky after it, which fails until it is mended.
func mustMakeFlaky(t *testing.T, s *servertest.Server) (mend func()) {
	t.Helper()
	providertest.MustCreateJobType(t, s)
	manifest := `{"seedVersion": "1.0.0", "job": {"name": "flaky", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Flaky",
	  "description": "Fails", "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60, "interface": {"command": "fail"}}}`
	if _, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
		DockerImage: "flaky", Manifest: json.RawMessage(manifest), Configuration: json.RawMessage(`{"settings": {"GALLEY_SIMULATE_EXIT_CODE": "3"}}`),
	}); err != nil {
		t.Fatal(err)
	}
	node := func(name, dependencies string) string {
		return `{"dependencies": [` + dependencies + `], "input": {}, "node_type": {"node_type": "job", "job_type_name": "` + name +
			`", "job_type_version": "1.0.0", "job_type_revision": 1}}`
	}
	providertest.MustCreateType(t, s.Client, "One", `{"nodes": {"load": `+node("calibrate", "")+`, "check": `+node("flaky", `{"name": "load"}`)+`}}`)
	return func() {
		_, err := s.Client.EditJobType(providertest.Context(), "flaky", "1.0.0", api.JobTypeEdit{Configuration: json.RawMessage(`{"settings": {"GALLEY_SIMULATE_EXIT_CODE": "0"}}`)})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestAccARecipeThatFailedIsResumed: a create that failed taints, and what is completed
// does not run again for that.
func TestAccARecipeThatFailedIsResumed(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mend := mustMakeFlaky(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, ""), ExpectError: providertest.Words("the next apply resumes it: what is completed is kept")},
			{
				PreConfig:        mend,
				Config:           providertest.RecipeConfig(s, ""),
				ConfigPlanChecks: providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted)), providertest.RecipeIs("id", knownvalue.Int64Exact(1)),
				},
				Check: resource.ComposeTestCheckFunc(providertest.RecipeCount(s.Client, 1), executions(s, map[string]int{"calibrate": 1, "flaky": 2})),
			},
			{Config: providertest.RecipeConfig(s, ""), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{ // one that has completed is replaced by another, as asked
				Taint: []string{providertest.RecipeAddress}, Config: providertest.RecipeConfig(s, ""), Check: providertest.RecipeCount(s.Client, 2),
			},
		},
	})
}

// TestAccARecipeThatFailedIsReprocessed resumes a run in the revision that mends it.
func TestAccARecipeThatFailedIsReprocessed(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mend := mustMakeFlaky(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, ""), ExpectError: providertest.Words("Recipe 1 of type one is FAILED")},
			{
				PreConfig: func() {
					mend()
					d, err := s.Client.RecipeType(t.Context(), "one")
					if err == nil {
						_, err = s.Client.EditRecipeType(t.Context(), "one", api.RecipeTypeEdit{
							Definition: addNode(t, d.Definition)})
					}
					if err != nil {
						t.Fatal(err)
					}
				},
				Config: providertest.RecipeConfig(s, ""),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted)), providertest.RecipeIs("id", knownvalue.Int64Exact(1)),
					providertest.RecipeIs("recipe_id", knownvalue.Int64Exact(2)),
					providertest.RecipeIs("superseded_recipe_ids", providertest.IDs(1)),
				},
				Check: executions(s, map[string]int{"calibrate": 2, "flaky": 1}), // load was copied, more is new, check ran again
			},
			{Config: providertest.RecipeConfig(s, ""), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

// addNode adds the node more to a definition.
func addNode(t *testing.T, definition json.RawMessage) json.RawMessage {
	t.Helper()
	var d struct {
		Version string                     `json:"version,omitempty"`
		Input   json.RawMessage            `json:"input,omitempty"`
		Nodes   map[string]json.RawMessage `json:"nodes"`
	}
	if err := json.Unmarshal(definition, &d); err != nil {
		t.Fatal(err)
	}
	d.Nodes["more"] = d.Nodes["load"]
	return json.RawMessage(providertest.MustMarshal(t, d))
}

// TestAccATimeoutDoesNotRunTwice is the case of that name: what is not waited for until its
// end goes on, and is not started again.
func TestAccATimeoutDoesNotRunTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ onFailure, first string }{
		"as a warning": {`on_failure = "warn"`, "the apply goes on without it"},
		"as an error":  {"", "the next apply takes it over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{})
			providertest.MustCreateJobType(t, s)
			providertest.MustCreateOne(t, s.Client)
			cli := providertest.NewCLI(t, providertest.RecipeConfig(s,
				"settings = { GALLEY_SIMULATE_DURATION = \"3s\" }\ntimeouts = { create = \"1s\" }\n"+c.onFailure))
			out, err := cli.Command(t, "apply", "-auto-approve").CombinedOutput()
			if (err == nil) != (c.onFailure != "") || !strings.Contains(providertest.Plain(string(out)), c.first) {
				t.Fatalf("an apply without enough time = %v\n%s", err, out)
			}
			providertest.MustSettle(t, s, 1, kit.StatusCompleted)
			if c.onFailure == "" { // it is tainted, and the create takes it over
				if out := providertest.Plain(cli.MustRun(t, "apply", "-auto-approve")); !strings.Contains(out, "takes it over as the result") {
					t.Errorf("the apply after it does not tell what it does:\n%s", out)
				}
			}
			if out := cli.MustRun(t, "plan", "-detailed-exitcode"); !strings.Contains(out, "No changes.") {
				t.Errorf("the plan at the end = %s", out)
			}
			if err := providertest.RecipeCount(s.Client, 1)(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAccAFailureShowsTheLog is the case of that name: a run's log needs a token, and a CI run
// shows only what Terraform prints.
func TestAccAFailureShowsTheLog(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	if _, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: "broken", Manifest: json.RawMessage(
		`{"seedVersion": "1.0.0", "job": {"name": "broken", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Broken", "description": "b",
		  "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
		  "interface": {"command": "echo reading; echo 'boom: no such table' >&2; exit 9"}}}`)}); err != nil {
		t.Fatal(err)
	}
	providertest.MustCreateType(t, s.Client, "One", `{"nodes": {"n": {"dependencies": [], "input": {},
	  "node_type": {"node_type": "job", "job_type_name": "broken", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: providertest.RecipeConfig(s, ""), ExpectError: regexp.MustCompile(
				`(?s)logs/combined/\s+(reading\s+boom: no such table|boom: no such table\s+reading)`), // two pipes, and which is read first is open,
		}},
	})
}

// TestAccARecipeThatFailedIsStartedAnewIfAskedFor: on_recreate = "new".
func TestAccARecipeThatFailedIsStartedAnewIfAskedFor(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mend := mustMakeFlaky(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, `on_recreate = "new"`), ExpectError: providertest.Words("Recipe 1 of type one is FAILED")},
			{
				PreConfig: mend, Config: providertest.RecipeConfig(s, `on_recreate = "new"`),
				ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("id", knownvalue.Int64Exact(2))},
				Check:             executions(s, map[string]int{"calibrate": 2, "flaky": 2}),
			},
		},
	})
}
