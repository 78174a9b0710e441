package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// each runs f against a server on SQLite and one on PostgreSQL, where there is one.
func each(t *testing.T, opts servertest.Options, f func(t *testing.T, s *servertest.Server)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, servertest.New(t, opts))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		onPostgres := opts // the other subtest reads opts
		onPostgres.Database = storetest.Postgres(t)
		f(t, servertest.New(t, onPostgres))
	})
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		def := getPage[api.Workspace](t, s, "/v6/workspaces/")
		if def.Count != 1 || def.Results[0].Name != "default" || !def.Results[0].IsActive {
			t.Fatalf("a new server has %+v, want the workspace default", def)
		}
		var ws, second api.WorkspaceDetail
		body := `{"title": "My Files", "description": "d", "base_url": "http://files.example.com/", "configuration": {"broker": {"type": "host", "host_path": "mine"}}}`
		resp := mustSend(t, s, "POST", "/v6/workspaces/", body, 201, &ws)
		if want := fmt.Sprintf("%s/v6/workspaces/%d/", s.URL, ws.ID); resp.Header.Get("Location") != want {
			t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
		}
		if ws.Name != "my-files" || ws.Configuration.Broker.Type != "host" || !filepath.IsAbs(ws.Configuration.Broker.HostPath) || ws.Deprecated != nil {
			t.Errorf("got %+v", ws)
		}
		if _, err := os.Stat(filepath.Join(s.DataDir, "workspaces", "mine")); err != nil {
			t.Error(err)
		}
		mustSend(t, s, "POST", "/v6/workspaces/", strings.Replace(body, "mine", "mine2", 1), 201, &second)
		if suffix, ok := strings.CutPrefix(second.Name, "my-files-"); !ok || len(suffix) != 19 {
			t.Errorf("a name that is taken became %q, want my-files- and 19 digits", second.Name)
		}
		if resp, body := send(t, s, "PATCH", fmt.Sprintf("/v6/workspaces/%d/", ws.ID), `{"title": "Other", "is_active": "f"}`); resp.StatusCode != 204 || body != "" {
			t.Errorf("got %d %q, want 204 and no body", resp.StatusCode, body)
		}
		mustSend(t, s, "GET", fmt.Sprintf("/v6/workspaces/%d/", ws.ID), "", 200, &ws)
		if ws.Title != "Other" || ws.IsActive || ws.Deprecated == nil || ws.Name != "my-files" || *ws.Description != "d" {
			t.Errorf("after the edit: %+v", ws)
		}
		if got := getPage[api.Workspace](t, s, "/v6/workspaces/?name=my-files&name=default&order=-name"); got.Count != 2 || got.Results[0].Name != "my-files" {
			t.Errorf("by name: %+v", got)
		}
		header, form := form(t, [][2]string{{"workspace", second.Name}, {"file_path", "a b.txt"}}, "x")
		var f api.FileDetail
		resp, raw := s.Do(t, "POST", "/v6/files/", header, form)
		if err := json.Unmarshal(raw, &f); err != nil || resp.StatusCode != 201 || f.URL == nil || *f.URL != "http://files.example.com/a b.txt" {
			t.Errorf("a file of a workspace with base_url: %d %s", resp.StatusCode, raw)
		}
	})
}

func TestJobTypes(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		var jt api.JobTypeDetail
		resp := mustSend(t, s, "POST", "/v6/job-types/", countJobType("count"), 201, &jt)
		if want := s.URL + "/v6/job-types/count/1.0.0/"; resp.Header.Get("Location") != want {
			t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
		}
		if jt.Name != "count" || jt.Version != "1.0.0" || jt.Title != "Count lines" || jt.RevisionNum != 1 || !jt.IsActive || jt.DockerImage != "count:1.0.0" {
			t.Errorf("got %+v", jt)
		}
		if c := string(jt.Configuration); strings.Contains(c, "very-secret") || !strings.Contains(c, `"LEVEL"`) {
			t.Errorf("the configuration shows a secret, or lacks what is none: %s", c)
		}

		// The same again is an edit, and makes a revision.
		var v api.Validation
		if resp := mustSend(t, s, "POST", "/v6/job-types/", countJobType("count"), 200, &v); resp.Header.Get("Location") != "" || !v.IsValid {
			t.Errorf("a second create: %+v", v)
		}
		mustSend(t, s, "PATCH", "/v6/job-types/count/1.0.0/", `{"icon_code": "f013", "max_scheduled": 3, "is_paused": true}`, 200, &v)
		mustSend(t, s, "GET", "/v6/job-types/count/1.0.0/", "", 200, &jt)
		if jt.RevisionNum != 2 || jt.IconCode == nil || *jt.IconCode != "f013" || jt.MaxScheduled == nil || *jt.MaxScheduled != 3 || !jt.IsPaused || jt.Paused == nil {
			t.Errorf("after the edit: %+v", jt)
		}
		revisions := getPage[api.JobTypeRevision](t, s, "/v6/job-types/count/1.0.0/revisions/")
		if revisions.Count != 2 || revisions.Results[0].RevisionNum != 2 || revisions.Results[1].RevisionNum != 1 {
			t.Errorf("revisions: %+v", revisions)
		}
		var revision api.JobTypeRevisionDetail
		mustSend(t, s, "GET", "/v6/job-types/count/1.0.0/revisions/1/", "", 200, &revision)
		if revision.JobType.Name != "count" || !strings.Contains(string(revision.Manifest), `"seedVersion"`) {
			t.Errorf("revision 1: %+v", revision)
		}

		for _, version := range []string{"1.9.0", "1.10.0", "2.0.0-rc.1"} {
			body := `{"docker_image": "count:2", "manifest": ` + countManifest("count", version, "true") + `, "configuration": {"output_workspaces": {"default": "default"}}}`
			resp := mustSend(t, s, "POST", "/v6/job-types/", body, 201, nil)
			mustSend(t, s, "GET", strings.TrimPrefix(resp.Header.Get("Location"), s.URL), "", 200, nil)
		}
		mustSend(t, s, "POST", "/v6/job-types/", countJobType("Another"), 201, nil)
		names := getPage[api.JobTypeName](t, s, "/v6/job-type-names/")
		if names.Count != 2 || names.Results[0].Name != "Another" || names.Results[1].LatestVersion != "2.0.0-rc.1" ||
			!slices.Equal(names.Results[1].Versions, []string{"2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"}) {
			t.Errorf("names: %+v", names.Results)
		}
		for path, want := range map[string]int{"/v6/job-types/": 5, "/v6/job-types/?keyword=ANOTH": 1, "/v6/job-types/?keyword=lines&keyword=zzz": 5,
			"/v6/job-types/count/": 4, "/v6/job-types/?is_active=false": 0, fmt.Sprintf("/v6/job-types/?id=%d", jt.ID): 1} {
			if got := getPage[api.JobType](t, s, path).Count; got != want {
				t.Errorf("%s: got %d, want %d", path, got, want)
			}
		}
	})
}

func TestRecipeTypes(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		rt := p.recipeType
		if rt.Name != "recipe-count" || rt.RevisionNum != 1 || !rt.IsActive || len(rt.JobTypes) != 1 || rt.JobTypes[0].Name != "count" ||
			len(rt.JobTypes[0].RecipeTypes) != 1 || rt.SubRecipeTypes == nil || rt.SuperRecipeTypes == nil {
			t.Errorf("got %+v", rt)
		}
		if strings.Contains(string(rt.Definition), `"version"`) || !strings.Contains(string(rt.Definition), `"multiple":false`) {
			t.Errorf("the definition has a version, or lacks defaults: %s", rt.Definition)
		}
		outer := `{"title": "Outer", "description": "contains another", "definition": {"input": {"files": [{"name": "TEXT"}]}, "nodes": {"sub": {"dependencies": [],
			"input": {"TEXT": {"type": "recipe", "input": "TEXT"}}, "node_type": {"node_type": "recipe", "recipe_type_name": "recipe-count", "recipe_type_revision": 1}}}}}`
		resp := mustSend(t, s, "POST", "/v6/recipe-types/", outer, 201, nil)
		if want := s.URL + "/v6/recipe-types/outer/"; resp.Header.Get("Location") != want {
			t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
		}
		mustSend(t, s, "GET", "/v6/recipe-types/recipe-count/", "", 200, &rt)
		if len(rt.SuperRecipeTypes) != 1 || rt.SuperRecipeTypes[0].Name != "outer" {
			t.Errorf("super recipe types: %+v", rt.SuperRecipeTypes)
		}

		var e api.RecipeTypeEdited
		mustSend(t, s, "PATCH", "/v6/recipe-types/recipe-count/", `{"description": "new", "definition": {}}`, 200, &e)
		mustSend(t, s, "PATCH", "/v6/recipe-types/recipe-count/", `{"auto_update": false, "definition": `+countDefinition("count")+`}`, 200, &e)
		if !e.IsValid || e.Errors == nil || e.Warnings == nil || e.Diff == nil {
			t.Errorf("an edit: %+v", e)
		}
		mustSend(t, s, "GET", "/v6/recipe-types/recipe-count/", "", 200, &rt)
		if rt.RevisionNum != 2 || rt.Description == nil || *rt.Description != "new" {
			t.Errorf("after two edits, one with a definition: %+v", rt.RecipeType)
		}
		revisions := getPage[api.RecipeTypeRevision](t, s, "/v6/recipe-types/recipe-count/revisions/?page_size=1")
		if revisions.Count != 2 || revisions.Results[0].RevisionNum != 2 || revisions.Next == nil {
			t.Errorf("revisions: %+v", revisions)
		}
		var revision api.RecipeTypeRevisionDetail
		mustSend(t, s, "GET", "/v6/recipe-types/recipe-count/revisions/1/", "", 200, &revision)
		if revision.RevisionNum != 1 || revision.RecipeType.Name != "recipe-count" || len(revision.Definition) == 0 {
			t.Errorf("revision 1: %+v", revision)
		}

		list := getPage[api.RecipeTypeListed](t, s, "/v6/recipe-types/?order=-name")
		want := [][]any{{"outer", []api.JobTypeNameVersion{}, []string{"recipe-count"}}, {"recipe-count", []api.JobTypeNameVersion{{Name: "count", Version: "1.0.0"}}, []string{}}}
		var got [][]any
		for _, t := range list.Results {
			got = append(got, []any{t.Name, t.JobTypes, t.SubRecipeTypes})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("list (-want +got):\n%s", diff)
		}

		mustSend(t, s, "PATCH", "/v6/recipe-types/recipe-count/", `{"is_active": false}`, 200, &e)
		if len(e.Warnings) != 1 || e.Warnings[0].Name != "DEPRECATED_RECIPES" {
			t.Errorf("deactivating a type that another contains: %+v", e)
		}
		if got := getPage[api.RecipeTypeListed](t, s, "/v6/recipe-types/?is_active=true").Count; got != 0 {
			t.Errorf("got %d active types, want 0", got)
		}
	})
}

func TestRecipesAndJobs(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		file := upload(t, s, "in.txt", "1\n")
		r := p.start(t, s, file.ID)
		if r.Event == nil || r.Event.Type != "USER" || r.RecipeType.Name != "recipe-count" || r.RecipeTypeRev.RevisionNum != 1 || r.Recipe != nil || r.IsSuperseded {
			t.Errorf("got %+v", r)
		}
		done := waitCompleted(t, s, r.ID)
		if done.Completed == nil || done.JobsTotal != 1 || done.JobsCompleted != 1 || len(done.JobTypes) != 1 || done.RootRecipe.ID != r.ID ||
			done.Event == nil || done.Event.Description["user"] != servertest.Username || done.InputFileSize == nil || *done.InputFileSize != 1 {
			t.Errorf("got %+v", done)
		}
		if got := string(done.Input); !strings.Contains(got, fmt.Sprintf(`"TEXT":[%d]`, file.ID)) {
			t.Errorf("got input %s", got)
		}
		jobs := getPage[api.Job](t, s, fmt.Sprintf("/v6/jobs/?recipe_id=%d&status=COMPLETED&job_type_name=count&order=-job_type", r.ID))
		if jobs.Count != 1 || jobs.Results[0].Recipe == nil || jobs.Results[0].Recipe.ID != r.ID || jobs.Results[0].JobTypeRev.RevisionNum != 1 {
			t.Fatalf("jobs: %+v", jobs)
		}
		id := jobs.Results[0].ID
		executions := getPage[api.JobExecution](t, s, fmt.Sprintf("/v6/jobs/%d/executions/?status=COMPLETED", id))
		if executions.Count != 1 || executions.Results[0].ExeNum != 1 || executions.Results[0].Node == nil || executions.Results[0].Job.ID != id {
			t.Errorf("executions: %+v", executions)
		}
		var exe api.JobExecutionDetail
		mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/executions/1/", id), "", 200, &exe)
		if exe.Resources["mem"] != 64 || exe.Timeout != 60 || exe.Status != "COMPLETED" {
			t.Errorf("execution: %+v", exe)
		}
		for path, want := range map[string]int{
			fmt.Sprintf("/v6/recipes/%d/input_files/?recipe_input=TEXT", r.ID): 1, fmt.Sprintf("/v6/recipes/%d/input_files/?file_name=x", r.ID): 0,
			fmt.Sprintf("/v6/jobs/%d/input_files/?job_input=TEXT", id): 1, fmt.Sprintf("/v6/jobs/%d/input_files/?job_input=OTHER", id): 0,
			fmt.Sprintf("/v6/files/?job_id=%d&file_type=PRODUCT", id): 1, "/v6/files/?job_output=COUNT&recipe_node=count": 1,
			"/v6/files/?file_name_search=OUNT": 1, "/v6/files/?created_started=PT1H": 2, "/v6/files/?created_ended=PT1H": 0,
		} {
			if got := getPage[api.File](t, s, path).Count; got != want {
				t.Errorf("%s: got %d files, want %d", path, got, want)
			}
		}
		for path, want := range map[string]int{
			"/v6/recipes/?recipe_type_name=recipe-count&is_completed=1": 1, "/v6/recipes/?is_superseded=true": 0, "/v6/recipes/?started=PT1H": 1,
			"/v6/recipes/?order=-created&order=id": 1, fmt.Sprintf("/v6/recipes/?recipe_id=%d&recipe_id=4711", r.ID): 1, "/v6/recipes/?recipe_type_id=4711": 0,
		} {
			if got := getPage[api.Recipe](t, s, path).Count; got != want {
				t.Errorf("%s: got %d recipes, want %d", path, got, want)
			}
		}
	})
}

func TestLogs(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	name := "talk"
	manifest := countManifest(name, "1.0.0", `printf 'one\ntwo'; sleep 0.05; echo problem >&2; wc -l < "$TEXT" > "$OUTPUT_DIR/count.txt"`)
	mustSend(t, s, "POST", "/v6/job-types/", `{"docker_image": "x", "manifest": `+manifest+`, "configuration": {"output_workspaces": {"default": "default"}}}`, 201, nil)
	var p pipeline
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Talk", "definition": `+countDefinition(name)+`}`, 201, &p.recipeType)
	r := waitCompleted(t, s, p.start(t, s, upload(t, s, "in.txt", "1\n").ID).ID)
	job, err := s.Client.Job(t.Context(), r.Details.Nodes["count"].NodeType.JobID)
	if err != nil {
		t.Fatal(err)
	}
	base := fmt.Sprintf("/v6/job-executions/%d/logs/", job.Execution.ID)
	accept := func(v string) http.Header { return http.Header{"Accept": {v}} }
	for _, c := range []struct {
		path, accept, want string
	}{
		{"stdout/", "text/plain", "one\ntwo\n"}, {"stderr/", "text/plain", "problem\n"}, {"stdout/?format=txt", "*/*", "one\ntwo\n"},
		{"stdout/", "text/plain, application/json", "one\ntwo\n"},
		{"stdout/?limit=1", "text/plain", "one\n"}, {"stdout/?since=1", "text/plain", "two\n"}, {"stdout/?since=0&limit=9", "text/plain", "one\ntwo\n"},
	} {
		resp, body := s.Do(t, "GET", base+c.path, accept(c.accept), nil)
		if resp.StatusCode != 200 || string(body) != c.want || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s as %s: got %d %q, want %q", c.path, c.accept, resp.StatusCode, body, c.want)
		}
	}
	for _, a := range []string{"application/json", "*/*", "application/json, text/plain"} {
		resp, body := s.Do(t, "GET", base+"combined/", accept(a), nil)
		var lines []api.LogLine
		if err := json.Unmarshal(body, &lines); err != nil || resp.StatusCode != 200 {
			t.Fatalf("combined as %s: got %d %s", a, resp.StatusCode, body)
		}
		var got []string
		for _, line := range lines {
			got = append(got, line.Stream+": "+line.Message)
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"stderr: problem", "stdout: one", "stdout: two"}, got); diff != "" {
			t.Errorf("combined as %s (-want +got):\n%s", a, diff)
		}
	}
	if resp, body := s.Do(t, "GET", base+"stdout/?since=2", nil, nil); resp.StatusCode != 204 || len(body) > 0 {
		t.Errorf("after the last line: got %d %q, want 204", resp.StatusCode, body)
	}
	if resp, body := s.Do(t, "GET", base+"stdout/?limit=-1", nil, nil); resp.StatusCode != 400 {
		t.Errorf("a limit below zero: got %d %q", resp.StatusCode, body)
	}
	if resp, body := s.Do(t, "GET", base+"stdout/?started=2999-01-01T00:00:00Z", nil, nil); resp.StatusCode != 204 || len(body) > 0 {
		t.Errorf("a log without lines: got %d %q, want 204", resp.StatusCode, body)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	mustSend(t, s, "POST", "/v6/job-types/", `{"docker_image": "x", "manifest": `+countManifest("sleep", "1.0.0", "sleep 600")+`, "configuration": {"output_workspaces": {"default": "default"}}}`, 201, nil)
	var p pipeline
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Sleep", "definition": `+countDefinition("sleep")+`}`, 201, &p.recipeType)
	r := p.start(t, s, upload(t, s, "in.txt", "1\n").ID)
	running := func(status string) func() error {
		return func() error {
			jobs, err := s.Client.Jobs(t.Context(), client.JobQuery{RecipeIDs: []int64{r.ID}, Statuses: []string{status}})
			if err == nil && len(jobs) != 1 {
				err = errors.New("no job is " + status)
			}
			return err
		}
	}
	servertest.Eventually(t, 20*time.Second, running("RUNNING"))
	mustSend(t, s, "POST", "/v6/jobs/cancel/", `{"job_types": [{"name": "sleep", "version": "1.0.0"}], "status": ["COMPLETED"]}`, 202, nil)
	servertest.Eventually(t, 20*time.Second, running("RUNNING"))
	if resp, body := send(t, s, "POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"recipe_ids": [%d]}`, r.ID)); resp.StatusCode != 202 || body != "" {
		t.Errorf("got %d %q, want 202 and no body", resp.StatusCode, body)
	}
	servertest.Eventually(t, 20*time.Second, running("CANCELED"))
}
