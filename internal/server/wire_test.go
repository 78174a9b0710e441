package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// What of the v6 contract only the wire shows.

// TestMountsThatNobodyDeclaresAreIgnored: the example of the documentation of v6 runs.
func TestMountsThatNobodyDeclaresAreIgnored(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	for _, title := range []string{"workspace_1", "workspace_2"} {
		mustSend(t, s, "POST", "/v6/workspaces/", `{"title": "`+title+`", "configuration": {"broker": {"type": "host", "host_path": "`+title+`"}}}`, 201, nil)
	}
	const example = `{"mounts": {"mount_1": {"type": "host", "host_path": "/the/host/path"},
		"mount_2": {"type": "volume", "driver": "docker-driver", "driver_opts": {"opt_1": "foo"}}},
		"output_workspaces": {"default": "workspace-1", "outputs": {"COUNT": "workspace-2"}},
		"priority": 999, "settings": {"setting_1": "foobar"}}`
	p := newPipeline(t, s, "count")
	input := fmt.Sprintf(`{"files": {"TEXT": [%d]}}`, upload(t, s, "a.txt", "x\n").ID)
	var r api.Recipe
	mustSend(t, s, "POST", "/v6/recipes/", fmt.Sprintf(`{"recipe_type_id": %d, "input": %s, "configuration": %s}`, p.recipeType.ID, input, example), 201, &r)
	if detail := waitCompleted(t, s, r.ID); detail.JobsFailed != 0 {
		t.Errorf("the recipe came to %+v", detail)
	}
	var job api.JobDetail
	mustSend(t, s, "POST", "/v6/jobs/", fmt.Sprintf(`{"job_type_id": %d, "input": %s, "configuration": %s}`, p.jobType.ID, input, example), 201, &job)

	manifest := countManifest("count", "1.0.0", countCommand)
	var found api.Validation
	mustSend(t, s, "POST", "/v6/job-types/validation/", `{"manifest": `+manifest+`, "configuration": `+example+`}`, 200, &found)
	if !found.IsValid || !strings.Contains(names(found.Warnings), "UNKNOWN_MOUNT") {
		t.Errorf("validation says %+v, want a warning", found)
	}
	manifest = strings.Replace(manifest, `"settings": [`, `"mounts": [{"name": "mount_1", "path": "/mnt"}], "settings": [`, 1)
	mustSend(t, s, "POST", "/v6/job-types/validation/", `{"manifest": `+manifest+`, "configuration": `+example+`}`, 200, &found)
	if firstName(found.Errors) != "MOUNT_NOT_ALLOWED" {
		t.Errorf("validation says %+v of a mount that the manifest declares", found)
	}
}

// TestConfigurationsComeBackWithTheirDefaults (contract 4).
func TestConfigurationsComeBackWithTheirDefaults(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	const jobType = `{"mounts": {}, "output_workspaces": {"default": "default", "outputs": {}}, "priority": 100, "settings": {"LEVEL": "3"}}`
	same(t, "a job type", p.jobType.Configuration, jobType)
	var bare api.JobTypeDetail
	mustSend(t, s, "POST", "/v6/job-types/", `{"docker_image": "x", "manifest": `+strings.Replace(countManifest("bare", "1.0.0", "true"),
		`{"name": "COUNT", "pattern": "count*.txt", "mediaType": "text/plain"}`, ``, 1)+`}`, 201, &bare)
	same(t, "without any", bare.Configuration, `{"mounts": {}, "output_workspaces": {"default": "", "outputs": {}}, "priority": 100, "settings": {}}`)

	input := fmt.Sprintf(`{"files": {"TEXT": [%d]}}`, upload(t, s, "a.txt", "x\n").ID)
	var r api.Recipe
	mustSend(t, s, "POST", "/v6/recipes/", fmt.Sprintf(`{"recipe_type_id": %d, "input": %s, "configuration": {"mounts": {"m": {"type": "volume"}}}}`, p.recipeType.ID, input), 201, &r)
	var recipe api.RecipeDetail
	mustSend(t, s, "GET", fmt.Sprintf("/v6/recipes/%d/", r.ID), "", 200, &recipe)
	same(t, "a recipe, whose priority is that of its jobs", recipe.Configuration,
		`{"mounts": {"m": {"type": "volume", "driver": "", "driver_opts": {}}}, "output_workspaces": {"default": "", "outputs": {}}, "settings": {}}`)
	jobs := getPage[api.Job](t, s, fmt.Sprintf("/v6/jobs/?recipe_id=%d", r.ID)).Results
	var job api.JobDetail
	mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/", jobs[0].ID), "", 200, &job)
	const merged = `{"mounts": {"m": {"type": "volume", "driver": "", "driver_opts": {}}}, "output_workspaces": {"default": "default", "outputs": {}}, "priority": 100, "settings": {"LEVEL": "3"}}`
	same(t, "a job", job.Configuration, merged)
	var exe api.JobExecutionDetail
	mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/executions/1/", job.ID), "", 200, &exe)
	same(t, "an execution", exe.Configuration, merged)
}

func same(t *testing.T, what string, got json.RawMessage, want string) {
	t.Helper()
	var g, w any
	decode(t, got, &g)
	decode(t, []byte(want), &w)
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestFilterValuesThatAreIntegers: what Python's int refuses is no integer.
func TestFilterValuesThatAreIntegers(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for value, want := range map[string]string{
		`"1.5"`: "VALUE_ERROR", `"1e3"`: "VALUE_ERROR", `"3.0"`: "VALUE_ERROR", `"."`: "VALUE_ERROR", `""`: "VALUE_ERROR",
		`"3"`: "", `" +3 "`: "", `"-3"`: "", `3`: "", `1.9`: "",
	} {
		var found api.RecipeTypeValidation
		mustSend(t, s, "POST", "/v6/recipe-types/validation/", `{"definition": {"nodes": {"c": {"dependencies": [], "input": {}, "node_type": {"node_type": "condition",
			"interface": {"files": [], "json": [{"name": "n", "type": "integer", "required": false}]},
			"data_filter": {"filters": [{"name": "n", "type": "integer", "condition": "==", "values": [`+value+`]}]}}}}}}`, 200, &found)
		if got := firstName(found.Errors); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// TestErrorsOfJobTypeConfigurations come in the order and with the names of the original.
func TestErrorsOfJobTypeConfigurations(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	const relative = `"mounts": {"m": {"type": "host", "host_path": "x"}}`
	for configuration, want := range map[string]string{
		`{"priority": 0, "output_workspaces": {"default": "default"}}`:                   "INVALID_CONFIGURATION",
		`{"priority": -1, ` + relative + `}`:                                             "INVALID_CONFIGURATION",
		`{"output_workspaces": {"default": "default"}, ` + relative + `}`:                "HOST_ABSOLUTE_PATH",
		`{"output_workspaces": {"outputs": {"OTHER": "nowhere"}}}`:                       "INVALID_WORKSPACE",
		`{"output_workspaces": {"outputs": {"OTHER": "default"}}}`:                       "MISSING_WORKSPACE",
		`{"version": "2.0", "output_workspaces": {"default": "default"}}`:                "",
		`{"version": "1.0", "output_workspaces": {"default": "default"}}`:                "INVALID_VERSION",
		`{"version": "2.0", "priority": 0, "output_workspaces": {"default": "nowhere"}}`: "INVALID_CONFIGURATION",
	} {
		var found api.Validation
		mustSend(t, s, "POST", "/v6/job-types/validation/", `{"manifest": `+countManifest("count", "1.0.0", countCommand)+`, "configuration": `+configuration+`}`, 200, &found)
		if got := firstName(found.Errors); got != want {
			t.Errorf("%s: got %q, want %q", configuration, got, want)
		}
	}
	p := newPipeline(t, s, "count")
	file := upload(t, s, "a.txt", "x\n").ID
	for path, want := range map[string]int{"job": 201, "recipe": 400} { // recipes never had that version
		id := map[string]int64{"job": p.jobType.ID, "recipe": p.recipeType.ID}[path]
		body := fmt.Sprintf(`{"%s_type_id": %d, "input": {"files": {"TEXT": [%d]}}, "configuration": {"version": "2.0"}}`, path, id, file)
		if resp, answer := send(t, s, "POST", "/v6/"+path+"s/", body); resp.StatusCode != want {
			t.Errorf("a %s with a configuration of version 2.0: got %d %s, want %d", path, resp.StatusCode, answer, want)
		}
	}
}

// TestLocationsStayInTheirVersion: whoever uses /v7/ is not led to /v6/.
func TestLocationsStayInTheirVersion(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	const workspace = `{"title": "W%d", "configuration": {"broker": {"type": "host", "host_path": "w"}}}`
	for i, version := range []string{"v6", "v7"} {
		resp := mustSend(t, s, "POST", "/"+version+"/workspaces/", fmt.Sprintf(workspace, i), 201, nil)
		if at := resp.Header.Get("Location"); !strings.HasPrefix(at, s.URL+"/"+version+"/workspaces/") {
			t.Errorf("/%s/ leads to %s", version, at)
		}
		var page api.Page[api.Workspace]
		mustSend(t, s, "GET", "/"+version+"/workspaces/?page_size=1", "", 200, &page)
		if page.Next == nil || !strings.HasPrefix(*page.Next, s.URL+"/"+version+"/workspaces/") {
			t.Errorf("/%s/ links to %v", version, page.Next)
		}
	}
}

// TestTitlesThatAreEmpty: an edit does not miss what it has.
func TestTitlesThatAreEmpty(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	recipeType, workspace := "/v6/recipe-types/"+p.recipeType.Name+"/", "/v6/workspaces/1/"
	for _, c := range [][2]string{{recipeType, ""}, {recipeType, "  "}, {workspace, "  "}} {
		resp, answer := send(t, s, "PATCH", c[0], `{"title": "`+c[1]+`"}`)
		if resp.StatusCode != 400 || strings.Contains(answer, "Missing") || !strings.Contains(answer, "title: found no text") {
			t.Errorf("PATCH %s with the title %q: got %d %s", c[0], c[1], resp.StatusCode, answer)
		}
	}
}

// TestRevisionNumZeroIsAbsent: then the latest revision counts.
func TestRevisionNumZeroIsAbsent(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	mustSend(t, s, "PATCH", "/v6/recipe-types/"+p.recipeType.Name+"/", `{"definition": `+countDefinition("count")+`}`, 200, nil)
	file := upload(t, s, "a.txt", "x\n").ID
	var r api.Recipe
	mustSend(t, s, "POST", "/v6/recipes/", fmt.Sprintf(`{"recipe_type_id": %d, "revision_num": 0, "input": {"files": {"TEXT": [%d]}}}`, p.recipeType.ID, file), 201, &r)
	if r.RecipeTypeRev.RevisionNum != 2 {
		t.Errorf("got revision %d, want 2", r.RecipeTypeRev.RevisionNum)
	}
	mustSend(t, s, "POST", fmt.Sprintf("/v6/recipes/%d/reprocess/", r.ID), `{"forced_nodes": {}, "revision_num": "0"}`, 202, &r)
	if r.RecipeTypeRev.RevisionNum != 2 {
		t.Errorf("reprocessed at revision %d, want 2", r.RecipeTypeRev.RevisionNum)
	}
	if resp, answer := send(t, s, "POST", fmt.Sprintf("/v6/recipes/%d/reprocess/", r.ID), `{"forced_nodes": {}, "revision_num": -1}`); resp.StatusCode != 400 {
		t.Errorf("revision -1: got %d %s", resp.StatusCode, answer)
	}
}

// TestUsersOfTheOriginal: /accounts/users/ has staff and others.
func TestUsersOfTheOriginal(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	var ann, bob api.Profile
	resp := mustSend(t, s, "POST", "/v6/accounts/users/", `{"username": "ann", "password": "a-long-password", "email": "ann@example.com", "is_staff": true}`, 201, &ann)
	if want := fmt.Sprintf("%s/v6/accounts/users/%d/", s.URL, ann.ID); resp.Header.Get("Location") != want || !ann.IsStaff || ann.Role != "admin" || ann.Email != "" {
		t.Errorf("got %+v at %s, want %s", ann, resp.Header.Get("Location"), want)
	}
	mustSend(t, s, "POST", "/v6/accounts/users/", `{"username": "bob", "password": "a-long-password"}`, 201, &bob)
	list := getPage[api.Profile](t, s, "/v6/accounts/users/?page_size=2&page=2")
	if list.Count != 3 || len(list.Results) != 1 || list.Results[0] != bob || bob.IsStaff || bob.Role != "viewer" {
		t.Errorf("the list is %+v, want bob last", list)
	}
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		answer             string
	}{
		"nobody":            {"POST", "/v6/accounts/users/", `{}`, 400, `{"password":["This field is required."],"username":["This field is required."]}`},
		"a name twice":      {"POST", "/v6/accounts/users/", `{"username": "bob", "password": "a-long-password"}`, 409, "exists"},
		"another name":      {"PATCH", fmt.Sprintf("/v6/accounts/users/%d/", bob.ID), `{"username": "bert"}`, 400, "not renamed"},
		"half a record":     {"PUT", fmt.Sprintf("/v6/accounts/users/%d/", bob.ID), `{"username": "bob"}`, 400, "password"},
		"an unknown user":   {"PATCH", "/v6/accounts/users/99/", `{}`, 404, ""},
		"an editor remains": {"PATCH", fmt.Sprintf("/v6/accounts/users/%d/", ann.ID), `{"is_staff": true}`, 200, `"role":"editor"`},
	} {
		if name == "an editor remains" {
			mustSend(t, s, "PATCH", fmt.Sprintf("/v6/users/%d/", ann.ID), `{"role": "editor"}`, 200, nil)
		}
		if resp, answer := send(t, s, c.method, c.path, c.body); resp.StatusCode != c.status || !strings.Contains(answer, c.answer) {
			t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, answer, c.status, c.answer)
		}
	}
	mustSend(t, s, "PATCH", fmt.Sprintf("/v6/accounts/users/%d/", bob.ID), `{"is_staff": "true"}`, 200, &bob)
	if !bob.IsStaff || bob.Role != "admin" {
		t.Errorf("bob became %+v", bob)
	}
	mustSend(t, s, "PUT", fmt.Sprintf("/v6/accounts/users/%d/", bob.ID), `{"username": "bob", "password": "another-password", "is_staff": false}`, 200, &bob)
	if bob.IsStaff || bob.Role != "viewer" {
		t.Errorf("bob became %+v", bob)
	}
	login := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("bob:another-password"))}}
	for path, want := range map[string]int{fmt.Sprintf("/v6/accounts/users/%d/", bob.ID): 200, fmt.Sprintf("/v6/accounts/users/%d/", ann.ID): 403, "/v6/accounts/users/": 403} {
		if resp, answer := s.Do(t, "GET", path, login, nil); resp.StatusCode != want {
			t.Errorf("bob reads %s: got %d %s, want %d", path, resp.StatusCode, answer, want)
		}
	}
	mustSend(t, s, "DELETE", fmt.Sprintf("/v6/accounts/users/%d/", bob.ID), "", 204, nil)
	mustSend(t, s, "GET", fmt.Sprintf("/v6/accounts/users/%d/", bob.ID), "", 404, nil)
}
