package provider

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// mustStart starts a recipe without input, with these settings.
func mustStart(t *testing.T, s *servertest.Server, recipeType string, settings map[string]string) api.Recipe {
	t.Helper()
	d, err := s.Client.RecipeType(t.Context(), recipeType)
	if err != nil {
		t.Fatal(err)
	}
	body := api.RecipeCreate{RecipeTypeID: d.ID, Input: json.RawMessage(`{}`)}
	if len(settings) > 0 {
		body.Configuration = json.RawMessage(mustMarshal(t, map[string]any{"settings": settings}))
	}
	r, err := s.Client.CreateRecipe(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mustSettle waits until a recipe has that status.
func mustSettle(t *testing.T, s *servertest.Server, id int64, status string) {
	t.Helper()
	servertest.Eventually(t, 30*time.Second, func() error {
		d, err := s.Client.Recipe(t.Context(), id)
		if got := string(d.RecipeCounts.Status(d.IsCompleted)); err == nil && got != status {
			err = fmt.Errorf("recipe %d is %s, want %s", id, got, status)
		}
		return err
	})
}

// actions are the RPCs of actions.
func (p protocol) actions(t *testing.T) tfprotov6.ActionServer {
	t.Helper()
	actions, ok := p.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	return actions
}

func (p protocol) action(t *testing.T, name, config string) *tfprotov6.DynamicValue {
	t.Helper()
	schema, ok := p.schemas.ActionSchemas[name]
	if !ok {
		t.Fatalf("there is no action %s", name)
	}
	return mustEncode(t, schema.Schema.ValueType(), config)
}

// invoke returns the lines of an action's progress and its errors.
func (p protocol) invoke(t *testing.T, name, config string) (lines, errors []string) {
	t.Helper()
	stream, err := p.actions(t).InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: name, Config: p.action(t, name, config),
	})
	if err != nil {
		t.Fatal(err)
	}
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			lines = append(lines, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			errors = problems(e.Diagnostics)
		}
	}
	return lines, errors
}

// mustShow fails unless the lines match the patterns, in this order; there may be
// others in between.
func mustShow(t *testing.T, lines []string, patterns ...string) {
	t.Helper()
	rest := lines
	for _, p := range patterns {
		wanted := regexp.MustCompile("^" + p + "$")
		for len(rest) > 0 && !wanted.MatchString(rest[0]) {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("no line %q, in its place, in\n%s", p, strings.Join(lines, "\n"))
		}
		rest = rest[1:]
	}
}

// mustCreateTwo makes the recipe type "two": a job b behind a job a.
func mustCreateTwo(t *testing.T, c *client.Client) {
	t.Helper()
	const job = `{"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}`
	mustCreateType(t, c, "Two", `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type": `+job+`},
	  "b": {"dependencies": [{"name": "a"}], "input": {}, "node_type": `+job+`}}}`)
}

// forceB is forced_nodes = { nodes = ["b"] } in the form of JSON that has types.
const forceB = `{"type": ["object", {"nodes": ["tuple", ["string"]]}], "value": {"nodes": ["b"]}}`

func TestActionReprocessTellsOfEveryNode(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateTwo(t, s.Client)
	r := mustStart(t, s, "two", nil)
	mustSettle(t, s, r.ID, statusCompleted)
	p := newProtocol(t, s)
	config := fmt.Sprintf(`{"recipe_id": %d, "forced_nodes": %s}`, r.ID, forceB)
	lines, errors := p.invoke(t, "galley_recipe_reprocess", config)
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	mustShow(t, lines,
		`Plan: node a: COPY, unchanged`,
		`Plan: node b: RUN, forced`,
		`Recipe 2 of type two, revision 1, supersedes recipe 1`,
		`Recipe 2: node a \(job 1\): COMPLETED`,
		`Recipe 2: node b \(job 3\): COMPLETED`,
		`Recipe 2 is COMPLETED: 2 of 2 jobs completed`)
	// By any id of the chain, without waiting.
	lines, errors = p.invoke(t, "galley_recipe_reprocess", fmt.Sprintf(`{"recipe_id": %d, "wait_for_completion": false}`, r.ID))
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	mustShow(t, lines, `Recipe 2 has superseded recipe 1`, `Plan: node b: COPY, unchanged`, `Recipe 3 of type two, revision 1, supersedes recipe 2`)
	if last := lines[len(lines)-1]; !strings.Contains(last, "supersedes") {
		t.Errorf("the last line is %q: it has waited", last)
	}
}

func TestActionReprocessFailsWithTheRecipe(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateTwo(t, s.Client)
	r := mustStart(t, s, "two", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "3"})
	mustSettle(t, s, r.ID, statusFailed)
	p := newProtocol(t, s)
	lines, errors := p.invoke(t, "galley_recipe_reprocess", fmt.Sprintf(
		`{"recipe_id": %d, "forced_nodes": {"type": ["object", {"all": "bool"}], "value": {"all": true}}}`, r.ID))
	mustShow(t, lines, `Recipe 2: node a \(job \d+\): FAILED`, `Recipe 2: node b \(job \d+\): BLOCKED`, `Recipe 2 is FAILED: 0 of 2 jobs completed`)
	if len(errors) != 1 || !strings.Contains(errors[0], `Recipe 2 is FAILED: Recipe 2 of type two, revision 1: 1 of 2 jobs failed`) ||
		!strings.Contains(errors[0], `node "a" (job`) {
		t.Errorf("errors = %q", errors)
	}
}

func TestActionEndsWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateTwo(t, s.Client)
	r := mustStart(t, s, "two", map[string]string{"GALLEY_SIMULATE_DURATION": "120s"})
	p := newProtocol(t, s)
	_, errors := p.invoke(t, "galley_recipe_reprocess", fmt.Sprintf(`{"recipe_id": %d, "timeouts": {"invoke": "1s"}}`, r.ID))
	if len(errors) != 1 || !strings.Contains(errors[0], `It did not finish within 1s.`) ||
		!strings.Contains(errors[0], `More time is given with timeouts = { invoke = "1h" }.`) {
		t.Errorf("errors = %q", errors)
	}
	lines, errors := p.invoke(t, "galley_recipe_cancel", fmt.Sprintf(`{"recipe_id": %d}`, r.ID))
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	mustShow(t, lines, `Recipe 2 has superseded recipe 1`, `Recipe 2 is CANCELED: 0 of 2 jobs completed`)
	lines, _ = p.invoke(t, "galley_recipe_cancel", fmt.Sprintf(`{"recipe_id": %d}`, r.ID))
	mustShow(t, lines, `Recipe 2 is CANCELED: there is nothing to cancel`)
}

func TestActionRequeueRunsChosenJobsAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateTwo(t, s.Client)
	p := newProtocol(t, s)
	done := mustStart(t, s, "two", nil)
	mustSettle(t, s, done.ID, statusCompleted)
	// The first job fails once more after it was requeued.
	bad := mustStart(t, s, "two", map[string]string{"GALLEY_SIMULATE_FAILURES": "2"})
	mustSettle(t, s, bad.ID, statusFailed)
	config := fmt.Sprintf(`{"recipe_ids": [%d, %d], "status": ["FAILED", "CANCELED"], "priority": 7}`, bad.ID, done.ID)
	lines, errors := p.invoke(t, "galley_jobs_requeue", config)
	mustShow(t, lines, `1 of 1 chosen jobs can run again`, `Job \d+ \(calibrate 1.0.0, node "a" of recipe 2\): FAILED`)
	if len(errors) != 1 || !strings.Contains(errors[0], `1 of 1 jobs have not completed: - node "a" of recipe 2 (job`) {
		t.Errorf("errors = %q", errors)
	}
	lines, errors = p.invoke(t, "galley_jobs_requeue", config)
	mustShow(t, lines, `1 of 1 chosen jobs can run again`, `Job \d+ \(calibrate 1.0.0, node "a" of recipe 2\): COMPLETED`)
	if len(errors) > 0 {
		t.Errorf("errors = %q", errors)
	}
	for name, config := range map[string]string{
		"a filter that fits nothing":  `{"status": ["CANCELED"]}`,
		"a filter without values":     `{"job_ids": [], "status": ["FAILED"]}`,
		"what has completed":          fmt.Sprintf(`{"recipe_ids": [%d]}`, done.ID),
		"another type of job":         `{"job_type_names": ["other"]}`,
		"a time before there was any": `{"ended": "2020-01-01T00:00:00Z"}`,
	} {
		lines, errors := p.invoke(t, "galley_jobs_requeue", config)
		if len(errors) > 0 || len(lines) != 1 || !strings.HasPrefix(lines[0], "0 of ") {
			t.Errorf("%s: lines = %q, errors = %q, want nothing to run", name, lines, errors)
		}
	}
	if _, errors := p.invoke(t, "galley_jobs_requeue", `{"job_types": [{"name": "other", "version": "1"}]}`); len(errors) != 1 ||
		!strings.Contains(errors[0], "Cannot find job type other 1") {
		t.Errorf("errors = %q", errors)
	}
}

func TestActionsAreCheckedBeforeTheyRun(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateTwo(t, s.Client)
	r := mustStart(t, s, "two", nil)
	mustSettle(t, s, r.ID, statusCompleted)
	p := newProtocol(t, s)
	force := func(name string) string { return strings.ReplaceAll(forceB, `["b"]`, fmt.Sprintf("[%q]", name)) }
	tests := []struct {
		name, action, config string
		offline, online      string // what is found; "" is nothing
	}{
		{"a good reprocess", "galley_recipe_reprocess", `{"recipe_id": 1, "forced_nodes": ` + forceB + `}`, "", ""},
		{"a good cancel", "galley_recipe_cancel", `{"recipe_id": 1}`, "", ""},
		{"a good requeue", "galley_jobs_requeue", `{"job_types": [{"name": "calibrate", "version": "1.0.0"}]}`, "", ""},
		{"no recipe", "galley_recipe_reprocess", `{"recipe_id": 4711}`, "", "recipe_id: there is no recipe 4711."},
		{"no recipe to cancel", "galley_recipe_cancel", `{"recipe_id": 4711}`, "", "recipe_id: there is no recipe 4711."},
		{"an impossible id", "galley_recipe_cancel", `{"recipe_id": 0}`, "must be at least 1", "recipe_id: there is no recipe 0."},
		{"no such node", "galley_recipe_reprocess", `{"recipe_id": 1, "forced_nodes": ` + force("bb") + `}`, "",
			"forced_nodes.nodes:"},
		{"no such revision", "galley_recipe_reprocess", `{"recipe_id": 1, "recipe_type_revision": 9}`, "",
			"recipe type two has no revision 9; its latest one is 1"},
		{"a wrong form of forced nodes", "galley_recipe_reprocess",
			`{"recipe_id": 1, "forced_nodes": {"type": ["object", {"node": "string"}], "value": {"node": "b"}}}`, "forced_nodes", "",
		},
		{"all jobs of the backend", "galley_jobs_requeue", `{"priority": 3}`, "No jobs are chosen", ""},
		{"an unknown status", "galley_jobs_requeue", `{"status": ["BROKEN"]}`, `must be one of`, ""},
		{"a wrong time", "galley_jobs_requeue", `{"started": "yesterday"}`, `started: found "yesterday"`, ""},
		{"a wrong timeout", "galley_jobs_requeue", `{"job_ids": [1], "timeouts": {"invoke": "soon"}}`, `soon`, ""},
		{"no such job type", "galley_jobs_requeue", `{"job_types": [{"name": "calibrate", "version": "1.0"}]}`, "",
			`there is no job type calibrate 1.0; did you mean 'calibrate 1.0.0'?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p.mustFindInAction(t, tt.action, tt.config, tt.offline, tt.online)
		})
	}
}

// mustFindInAction fails unless the validation of an action finds offline, and its plan
// finds online; "": nothing.
func (p protocol) mustFindInAction(t *testing.T, name, text, offline, online string) {
	t.Helper()
	config := p.action(t, name, text)
	validated, err := p.actions(t).ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: name, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	mustFind(t, "validate", problems(validated.Diagnostics), offline)
	if offline != "" && online == "" {
		return // Terraform would not plan it
	}
	planned, err := p.actions(t).PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	mustFind(t, "plan", problems(planned.Diagnostics), online)
}

// mustFind fails unless there is exactly one problem, with that text; "": none.
func mustFind(t *testing.T, when string, got []string, want string) {
	t.Helper()
	if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || !strings.Contains(got[0], want)) {
		t.Errorf("%s finds %q, want %q", when, got, want)
	}
}
