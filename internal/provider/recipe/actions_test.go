package recipe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// forceB is forced_nodes = { nodes = ["b"] } in the form of JSON that has types.
const forceB = `{"type": ["object", {"nodes": ["tuple", ["string"]]}], "value": {"nodes": ["b"]}}`

func TestActionReprocessTellsOfEveryNode(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	r := providertest.MustStart(t, s, "two", nil)
	providertest.MustSettle(t, s, r.ID, kit.StatusCompleted)
	p := providertest.NewProtocol(t, s)
	config := fmt.Sprintf(`{"recipe_id": %d, "forced_nodes": %s}`, r.ID, forceB)
	lines, errors := p.Invoke(t, "galley_recipe_reprocess", config)
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	providertest.MustShow(t, lines,
		`Plan: node a: COPY, unchanged`,
		`Plan: node b: RUN, forced`,
		`Recipe 2 of type two, revision 1, supersedes recipe 1`,
		`Recipe 2: node a \(job 1\): COMPLETED`,
		`Recipe 2: node b \(job 3\): COMPLETED`,
		`Recipe 2 is COMPLETED: 2 of 2 jobs completed`)
	// By any id of the chain, without waiting.
	lines, errors = p.Invoke(t, "galley_recipe_reprocess", fmt.Sprintf(`{"recipe_id": %d, "wait_for_completion": false}`, r.ID))
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	providertest.MustShow(t, lines, `Recipe 2 has superseded recipe 1`, `Plan: node b: COPY, unchanged`, `Recipe 3 of type two, revision 1, supersedes recipe 2`)
	if last := lines[len(lines)-1]; !strings.Contains(last, "supersedes") {
		t.Errorf("the last line is %q: it has waited", last)
	}
}

func TestActionReprocessFailsWithTheRecipe(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	r := providertest.MustStart(t, s, "two", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "3"})
	providertest.MustSettle(t, s, r.ID, kit.StatusFailed)
	p := providertest.NewProtocol(t, s)
	lines, errors := p.Invoke(t, "galley_recipe_reprocess", fmt.Sprintf(
		`{"recipe_id": %d, "forced_nodes": {"type": ["object", {"all": "bool"}], "value": {"all": true}}}`, r.ID))
	providertest.MustShow(t, lines, `Recipe 2: node a \(job \d+\): FAILED`, `Recipe 2: node b \(job \d+\): BLOCKED`, `Recipe 2 is FAILED: 0 of 2 jobs completed`)
	if len(errors) != 1 || !strings.Contains(errors[0], `Recipe 2 is FAILED: Recipe 2 of type two, revision 1: 1 of 2 jobs failed`) ||
		!strings.Contains(errors[0], `node "a" (job`) {
		t.Errorf("errors = %q", errors)
	}
}

func TestActionEndsWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	r := providertest.MustStart(t, s, "two", map[string]string{"GALLEY_SIMULATE_DURATION": "120s"})
	p := providertest.NewProtocol(t, s)
	_, errors := p.Invoke(t, "galley_recipe_reprocess", fmt.Sprintf(`{"recipe_id": %d, "timeouts": {"invoke": "1s"}}`, r.ID))
	if len(errors) != 1 || !strings.Contains(errors[0], `It did not finish within 1s.`) ||
		!strings.Contains(errors[0], `More time is given with timeouts = { invoke = "1h" }.`) {
		t.Errorf("errors = %q", errors)
	}
	lines, errors := p.Invoke(t, "galley_recipe_cancel", fmt.Sprintf(`{"recipe_id": %d}`, r.ID))
	if len(errors) > 0 {
		t.Fatalf("errors = %q", errors)
	}
	providertest.MustShow(t, lines, `Recipe 2 has superseded recipe 1`, `Recipe 2 is CANCELED: 0 of 2 jobs completed`)
	lines, _ = p.Invoke(t, "galley_recipe_cancel", fmt.Sprintf(`{"recipe_id": %d}`, r.ID))
	providertest.MustShow(t, lines, `Recipe 2 is CANCELED: there is nothing to cancel`)
}

func TestActionRequeueRunsChosenJobsAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	p := providertest.NewProtocol(t, s)
	done := providertest.MustStart(t, s, "two", nil)
	providertest.MustSettle(t, s, done.ID, kit.StatusCompleted)
	// The first job fails once more after it was requeued.
	bad := providertest.MustStart(t, s, "two", map[string]string{"GALLEY_SIMULATE_FAILURES": "2"})
	providertest.MustSettle(t, s, bad.ID, kit.StatusFailed)
	config := fmt.Sprintf(`{"recipe_ids": [%d, %d], "status": ["FAILED", "CANCELED"], "priority": 7}`, bad.ID, done.ID)
	lines, errors := p.Invoke(t, "galley_jobs_requeue", config)
	providertest.MustShow(t, lines, `1 of 1 chosen jobs can run again`, `Job \d+ \(calibrate 1.0.0, node "a" of recipe 2\): FAILED`)
	if len(errors) != 1 || !strings.Contains(errors[0], `1 of 1 jobs have not completed: - node "a" of recipe 2 (job`) {
		t.Errorf("errors = %q", errors)
	}
	lines, errors = p.Invoke(t, "galley_jobs_requeue", config)
	providertest.MustShow(t, lines, `1 of 1 chosen jobs can run again`, `Job \d+ \(calibrate 1.0.0, node "a" of recipe 2\): COMPLETED`)
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
		lines, errors := p.Invoke(t, "galley_jobs_requeue", config)
		if len(errors) > 0 || len(lines) != 1 || !strings.HasPrefix(lines[0], "0 of ") {
			t.Errorf("%s: lines = %q, errors = %q, want nothing to run", name, lines, errors)
		}
	}
	if _, errors := p.Invoke(t, "galley_jobs_requeue", `{"job_types": [{"name": "other", "version": "1"}]}`); len(errors) != 1 ||
		!strings.Contains(errors[0], "Cannot find job type other 1") {
		t.Errorf("errors = %q", errors)
	}
}

func TestActionsAreCheckedBeforeTheyRun(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	r := providertest.MustStart(t, s, "two", nil)
	providertest.MustSettle(t, s, r.ID, kit.StatusCompleted)
	p := providertest.NewProtocol(t, s)
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
			p.MustFindInAction(t, tt.action, tt.config, tt.offline, tt.online)
		})
	}
}
