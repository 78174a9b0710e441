package client_test

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// The calls against the real server: what one end sends, the other understands.

const manifest = `{"seedVersion": "1.0.0", "job": {
  "name": "count", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Count", "description": "Counts",
  "maintainer": {"name": "Ann", "email": "ann@example.com"}, "timeout": 60,
  "interface": {
    "inputs": {"files": [{"name": "table", "mediaTypes": ["text/csv"]}]},
    "outputs": {"json": [{"name": "rows", "type": "integer"}]}
  }}}`

const definition = `{
  "input": {"files": [{"name": "table", "media_types": ["text/csv"]}]},
  "nodes": {"count": {
    "dependencies": [],
    "input": {"table": {"type": "recipe", "input": "table"}},
    "node_type": {"node_type": "job", "job_type_name": "count", "job_type_version": "1.0.0", "job_type_revision": 1}
  }}}`

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	c := servertest.New(t, servertest.Options{}).Client
	ctx := t.Context()
	made, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{
		Title: "Raw Data", Description: "d", BaseURL: "https://h/raw",
		Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "raw"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if made.Name != "raw-data" || !made.IsActive || made.Configuration.Broker.Type != "host" {
		t.Errorf("made %+v", made)
	}
	if err := c.EditWorkspace(ctx, made.ID, api.WorkspaceEdit{Title: new("Raw"), IsActive: new(false)}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Workspace(ctx, made.ID)
	if err != nil || got.Title != "Raw" || got.IsActive || got.Deprecated == nil {
		t.Errorf("after the edit it is %+v, %v", got, err)
	}
	listed, err := c.Workspaces(ctx, client.WorkspaceQuery{Names: []string{"raw-data"}})
	if err != nil || len(listed) != 1 || listed[0].ID != made.ID {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if _, err := c.Workspace(ctx, 999); !api.IsNotFound(err) {
		t.Errorf("unknown id: %v, want not found", err)
	}
	if _, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{}); !api.IsInvalid(err) {
		t.Errorf("nothing given: %v, want invalid", err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	c := servertest.New(t, servertest.Options{}).Client
	ctx := t.Context()
	upload := func(content string) api.FileDetail {
		t.Helper()
		f, err := c.UploadFile(ctx, api.FileUpload{
			Workspace: "default", Path: "in/a.csv", MediaType: "text/csv", DataTypes: []string{"x"},
		}, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, second := upload("a,b\n"), upload("a,b\n1,2\n")
	if first.ID == second.ID || second.FileSize != 8 || second.Workspace.Name != "default" {
		t.Errorf("the second upload is %+v", second)
	}
	if old, err := c.File(ctx, first.ID); err != nil || !old.IsDeleted {
		t.Errorf("the first one is %+v, %v, want it deleted", old, err)
	}
	r, err := c.FileContent(ctx, second.ID)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	_ = r.Close()
	if err != nil || string(raw) != "a,b\n1,2\n" {
		t.Errorf("content is %q, %v", raw, err)
	}
	listed, err := c.Files(ctx, client.FileQuery{FileNames: []string{"a.csv"}, MediaTypes: []string{"text/csv"}, Limit: 1})
	if err != nil || len(listed) != 1 {
		t.Errorf("listed %+v, %v, want one", listed, err)
	}
	if err := c.PurgeFile(ctx, second.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.FileContent(ctx, second.ID); !api.IsNotFound(err) {
		t.Errorf("content after purge: %v, want not found", err)
	}
	wrong := api.FileUpload{Workspace: "default", Path: "b", SHA256: strings.Repeat("0", 64)}
	if _, err := c.UploadFile(ctx, wrong, strings.NewReader("x")); !api.IsInvalid(err) {
		t.Errorf("wrong digest: %v, want invalid", err)
	}
}

func TestJobTypes(t *testing.T) {
	t.Parallel()
	c := servertest.New(t, servertest.Options{}).Client
	ctx := t.Context()
	create := api.JobTypeCreate{DockerImage: "count:1", Manifest: json.RawMessage(manifest)}
	made, err := c.CreateJobType(ctx, create)
	if err != nil || made.Name != "count" || made.RevisionNum != 1 {
		t.Fatalf("made %+v, %v", made, err)
	}
	create.DockerImage = "count:2"
	again, err := c.CreateJobType(ctx, create)
	if err != nil || again.ID != made.ID || again.DockerImage != "count:2" {
		t.Errorf("made again it is %+v, %v, want the details of the edited one", again, err)
	}
	v, err := c.EditJobType(ctx, "count", "1.0.0", api.JobTypeEdit{IsPaused: new(true)})
	if err != nil || !v.IsValid {
		t.Errorf("edit gives %+v, %v", v, err)
	}
	if got, err := c.JobType(ctx, "count", "1.0.0"); err != nil || !got.IsPaused {
		t.Errorf("after the edit it is %+v, %v", got, err)
	}
	listed, err := c.JobTypes(ctx, client.JobTypeQuery{Keywords: []string{"oun"}, IDs: []int64{made.ID}, IsActive: new(true)})
	if err != nil || len(listed) != 1 {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if versions, err := c.JobTypeVersions(ctx, "count"); err != nil || len(versions) != 1 || versions[0].ID != made.ID {
		t.Errorf("versions are %+v, %v", versions, err)
	}
	if versions, err := c.JobTypeVersions(ctx, "nothing"); err != nil || len(versions) != 0 {
		t.Errorf("versions of nothing are %+v, %v", versions, err)
	}
	revisions, err := c.JobTypeRevisions(ctx, "count", "1.0.0")
	if err != nil || len(revisions) != 2 || revisions[0].RevisionNum != 2 {
		t.Errorf("revisions are %+v, %v, want two, the newest first", revisions, err)
	}
	revision, err := c.JobTypeRevision(ctx, "count", "1.0.0", 1)
	if err != nil || revision.DockerImage != "count:1" || len(revision.Manifest) == 0 {
		t.Errorf("revision 1 is %+v, %v", revision, err)
	}
}

func TestRecipes(t *testing.T) {
	t.Parallel()
	c := servertest.New(t, servertest.Options{}).Client
	ctx := t.Context()
	if _, err := c.CreateJobType(ctx, api.JobTypeCreate{DockerImage: "count:1", Manifest: json.RawMessage(manifest)}); err != nil {
		t.Fatal(err)
	}
	rt, err := c.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Count It", Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatal(err)
	}
	edited, err := c.EditRecipeType(ctx, rt.Name, api.RecipeTypeEdit{Description: new("d"), Definition: json.RawMessage(definition)})
	if err != nil || !edited.IsValid {
		t.Fatalf("edit gives %+v, %v", edited, err)
	}
	if got, err := c.RecipeType(ctx, "count-it"); err != nil || got.RevisionNum != 2 {
		t.Errorf("after the edit it is %+v, %v", got, err)
	}
	if listed, err := c.RecipeTypes(ctx, client.RecipeTypeQuery{Keywords: []string{"COUNT"}}); err != nil || len(listed) != 1 {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if revisions, err := c.RecipeTypeRevisions(ctx, "count-it", 0); err != nil || len(revisions) != 2 {
		t.Errorf("revisions are %+v, %v", revisions, err)
	}
	for limit, want := range map[int][]int{0: {2, 1}, 1: {2}} {
		details, err := c.RecipeTypeRevisionDetails(ctx, "count-it", limit)
		var got []int
		for _, d := range details {
			if len(d.Definition) > 0 {
				got = append(got, d.RevisionNum)
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("revisions up to %d are %v with definitions, %v, want %v", limit, got, err, want)
		}
	}
	if revision, err := c.RecipeTypeRevision(ctx, "count-it", 1); err != nil || len(revision.Definition) == 0 {
		t.Errorf("revision 1 is %+v, %v", revision, err)
	}

	f, err := c.UploadFile(ctx, api.FileUpload{Workspace: "default", Path: "a.csv", MediaType: "text/csv"}, strings.NewReader("a\n"))
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(map[string]any{"files": map[string][]int64{"table": {f.ID}}, "json": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: rt.ID, Input: input})
	if err != nil {
		t.Fatal(err)
	}
	detail := mustComplete(t, c, made.ID)
	if len(detail.Details.Nodes) != 1 || detail.JobsCompleted != 1 {
		t.Errorf("completed recipe is %+v", detail)
	}
	listed, err := c.Recipes(ctx, client.RecipeQuery{RecipeTypeNames: []string{"count-it"}, IsCompleted: new(true)})
	if err != nil || len(listed) != 1 || listed[0].ID != made.ID {
		t.Errorf("listed %+v, %v", listed, err)
	}
	files, err := c.RecipeInputFiles(ctx, made.ID, client.InputFileQuery{RecipeInput: "table"})
	if err != nil || len(files) != 1 || files[0].ID != f.ID {
		t.Errorf("input files are %+v, %v", files, err)
	}

	jobs, err := c.Jobs(ctx, client.JobQuery{RecipeIDs: []int64{made.ID}, Statuses: []string{"COMPLETED"}})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("jobs are %+v, %v, want one", jobs, err)
	}
	job, err := c.Job(ctx, jobs[0].ID)
	if err != nil || job.Execution == nil {
		t.Fatalf("the job is %+v, %v", job, err)
	}
	executions, err := c.JobExecutions(ctx, job.ID)
	if err != nil || len(executions) != 1 {
		t.Fatalf("executions are %+v, %v", executions, err)
	}
	for _, stream := range []string{client.LogStdout, client.LogStderr, client.LogCombined} {
		if _, err := c.JobLog(ctx, executions[0].ID, stream); err != nil {
			t.Errorf("log %s: %v", stream, err)
		}
	}
	if err := c.CancelJobs(ctx, api.JobFilter{JobIDs: []int64{job.ID}}); err != nil {
		t.Errorf("canceling: %v", err)
	}
}

// mustComplete waits for a recipe.
func mustComplete(t *testing.T, c *client.Client, id int64) api.RecipeDetail {
	t.Helper()
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := c.Recipe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if r.IsCompleted {
			return r
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("recipe has not completed: %+v", r)
		}
	}
}

func TestCredentialsOfTheServer(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	tests := []struct {
		name string
		cfg  client.Config
		ok   bool
	}{
		{"a login", client.Config{Username: s.Username, Password: s.Password}, true},
		{"a login with the v6 word", client.Config{Username: s.Username, Password: s.Password, AuthScheme: client.SchemeToken}, true},
		{"basic", client.Config{Username: s.Username, Password: s.Password, AuthScheme: client.SchemeBasic}, true},
		{"a token", client.Config{Token: s.Token}, true},
		{"a token with the v6 word", client.Config{Token: s.Token, AuthScheme: client.SchemeToken}, true},
		{"a wrong password", client.Config{Username: s.Username, Password: "wrong-password"}, false},
		{"a wrong token", client.Config{Token: "gal_wrong"}, false},
		{"nothing", client.Config{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := s.NewClient(t, tt.cfg)
			_, err := c.Workspaces(t.Context(), client.WorkspaceQuery{})
			if tt.ok && err != nil || !tt.ok && !api.IsUnauthorized(err) {
				t.Errorf("error is %v, want success %t", err, tt.ok)
			}
			if v, err := c.Version(t.Context()); tt.ok && (err != nil || cmp.Equal(v, api.Version{})) {
				t.Errorf("version is %v, %v", v, err)
			}
		})
	}
}

func TestValidations(t *testing.T) {
	t.Parallel()
	c := servertest.New(t, servertest.Options{Workers: -1}).Client
	ctx := t.Context()
	v, err := c.ValidateJobType(ctx, api.JobTypeValidate{Manifest: json.RawMessage(manifest), Configuration: json.RawMessage(`{}`)})
	if err != nil || !v.IsValid {
		t.Errorf("job type: %+v, %v", v, err)
	}
	if v, err = c.ValidateJobType(ctx, api.JobTypeValidate{Manifest: json.RawMessage(`{}`), Configuration: json.RawMessage(`{}`)}); err != nil || v.IsValid || len(v.Errors) == 0 {
		t.Errorf("bad job type: %+v, %v", v, err)
	}
	ws := api.WorkspaceValidate{Title: "X", Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "x"}}}
	if v, err = c.ValidateWorkspace(ctx, ws); err != nil || !v.IsValid {
		t.Errorf("workspace: %+v, %v", v, err)
	}
	ws.Configuration.Broker.Type = "s3"
	if v, err = c.ValidateWorkspace(ctx, ws); err != nil || v.IsValid || v.Errors[0].Name != "INVALID_BROKER" {
		t.Errorf("bad workspace: %+v, %v", v, err)
	}
	rt := api.RecipeTypeValidate{Definition: json.RawMessage(definition)}
	if got, err := c.ValidateRecipeType(ctx, rt); err != nil || got.IsValid || got.Errors[0].Name != "JOB_TYPE_DOES_NOT_EXIST" || got.Diff.Nodes != nil {
		t.Errorf("bad recipe type: %+v, %v", got, err)
	}
	if _, err := c.CreateJobType(ctx, api.JobTypeCreate{DockerImage: "count:1", Manifest: json.RawMessage(manifest)}); err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Count It", Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatal(err)
	}
	rt.Name = made.Name
	if got, err := c.ValidateRecipeType(ctx, rt); err != nil || !got.IsValid || !got.Diff.CanBeReprocessed || got.Diff.Nodes["count"].Status != "UNCHANGED" {
		t.Errorf("recipe type: %+v, %v", got, err)
	}
}
