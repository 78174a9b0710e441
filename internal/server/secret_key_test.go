package server_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// settingsOf is an executor that does nothing but to note the settings of each job.
type settingsOf struct {
	mu   sync.Mutex
	seen map[int64]map[string]string
}

// Run implements executor.Executor.
func (s *settingsOf) Run(_ context.Context, task executor.Task) (executor.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[task.JobID] = task.Settings
	return executor.Result{}, nil
}

func (s *settingsOf) of(job int64) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[job]
}

const secretManifest = `{"seedVersion": "1.0.0", "job": {
  "name": "fetch", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Fetch", "description": "Fetches",
  "maintainer": {"name": "Ann", "email": "ann@example.com"}, "timeout": 60,
  "interface": {"command": "fetch", "settings": [{"name": "KEY", "secret": true}, {"name": "LEVEL"}]}}}`

// TestSecretSettings follows the values of secret settings of a job type, a recipe and a
// job: they are in no file of the server, no answer and no log, and the jobs have them.
func TestSecretSettings(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) { followSecrets(t, s, nil) })
	t.Run("in the files of the server", func(t *testing.T) {
		t.Parallel()
		x := &settingsOf{seen: map[int64]map[string]string{}}
		followSecrets(t, servertest.New(t, servertest.Options{CustomExecutor: x}), x)
	})
}

func followSecrets(t *testing.T, s *servertest.Server, x *settingsOf) {
	t.Helper()
	const ofType, ofRecipe, ofJob = "secret-of-the-type", "secret-of-the-recipe", "secret-of-the-job"
	ctx, c := t.Context(), s.Client
	configuration := func(secret, level string) []byte {
		return fmt.Appendf(nil, `{"settings": {"KEY": %q, "LEVEL": %q}}`, secret, level)
	}
	jobType, err := c.CreateJobType(ctx, api.JobTypeCreate{DockerImage: "x", Manifest: []byte(secretManifest), Configuration: configuration(ofType, "1")})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := c.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Fetch", Definition: []byte(`{"nodes": {"a": {"dependencies": [], "input": {},
	  "node_type": {"node_type": "job", "job_type_name": "fetch", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]string{}
	plain, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: rt.ID, Input: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: rt.ID, Input: []byte(`{}`), Configuration: configuration(ofRecipe, "2")})
	if err != nil {
		t.Fatal(err)
	}
	alone, err := c.CreateJob(ctx, api.JobCreate{JobTypeID: jobType.ID, Input: []byte(`{}`), Configuration: configuration(ofJob, "3")})
	if err != nil {
		t.Fatal(err)
	}
	want[alone.ID] = ofJob
	servertest.Eventually(t, time.Minute, func() error {
		done, err := c.Jobs(ctx, client.JobQuery{Statuses: []string{"COMPLETED"}})
		if err == nil && len(done) != 3 {
			err = fmt.Errorf("%d jobs are completed, want 3", len(done))
		}
		return err
	})
	next, err := c.ReprocessRecipe(ctx, own.ID, api.RecipeReprocess{ForcedNodes: []byte(`{"all": true}`)})
	if err != nil {
		t.Fatal(err)
	}
	// A new manifest leaves the configuration alone, and makes no value of it public.
	for _, settings := range []string{`{"name": "KEY"}`, `{"name": "OTHER"}`, `{"name": "KEY"}`} {
		manifest := strings.Replace(secretManifest, `{"name": "KEY", "secret": true}`, settings, 1)
		if _, err := c.EditJobType(ctx, "fetch", "1.0.0", api.JobTypeEdit{Manifest: []byte(manifest)}); err != nil {
			t.Fatal(err)
		}
	}
	late, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: rt.ID, Input: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, time.Minute, func() error {
		done, err := c.Jobs(ctx, client.JobQuery{Statuses: []string{"COMPLETED"}})
		if err == nil && len(done) != 5 {
			err = fmt.Errorf("%d jobs are completed, want 5", len(done))
		}
		return err
	})
	for id, secret := range map[int64]string{plain.ID: ofType, own.ID: ofRecipe, next.ID: ofRecipe, late.ID: ofType} {
		jobs, err := c.Jobs(ctx, client.JobQuery{RecipeIDs: []int64{id}})
		if err != nil || len(jobs) != 1 {
			t.Fatalf("jobs of recipe %d are %v, %v", id, jobs, err)
		}
		want[jobs[0].ID] = secret
	}
	expectNoSecrets := func(where, text string) {
		t.Helper()
		for _, secret := range []string{ofType, ofRecipe, ofJob} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s has %s in it: …%.80s", where, secret, text[max(0, at-40):])
			}
		}
	}
	paths := []string{"/v6/job-types/", "/v6/job-types/fetch/1.0.0/", "/v6/job-types/fetch/1.0.0/revisions/", "/v6/job-types/fetch/1.0.0/revisions/1/", "/v6/recipes/", "/v6/jobs/"}
	for _, id := range []int64{plain.ID, own.ID, next.ID, late.ID} {
		paths = append(paths, fmt.Sprintf("/v6/recipes/%d/", id))
	}
	for id := range want {
		paths = append(paths, fmt.Sprintf("/v6/jobs/%d/", id), fmt.Sprintf("/v6/jobs/%d/executions/", id), fmt.Sprintf("/v6/jobs/%d/executions/1/", id))
	}
	for _, path := range paths {
		resp, body := s.Do(t, "GET", path, nil, nil)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d %s", path, resp.StatusCode, body)
		}
		expectNoSecrets(path, string(body))
	}
	if d, err := c.Recipe(ctx, own.ID); err != nil || !strings.Contains(string(d.Configuration), `"LEVEL":"2"`) || strings.Contains(string(d.Configuration), "KEY") {
		t.Errorf("the configuration of the recipe is %s, %v, want the open setting alone", d.Configuration, err)
	}
	expectNoSecrets("the log", s.Log.String())
	stored := func(where string, raw []byte, err error) {
		t.Helper()
		if err != nil || len(raw) == 0 {
			t.Errorf("the stored configuration of %s is %q, %v", where, raw, err)
		}
		expectNoSecrets("the stored configuration of "+where, string(raw))
	}
	jobTypeRow, err := s.Store.JobType(ctx, jobType.ID)
	stored("the job type", jobTypeRow.Configuration, err)
	for _, id := range []int64{own.ID, next.ID} {
		row, err := s.Store.Recipe(ctx, id)
		stored("a recipe", row.Configuration, err)
	}
	jobRow, err := s.Store.Job(ctx, alone.ID)
	stored("the job", jobRow.Configuration, err)
	if x == nil {
		return
	}
	for id, secret := range want {
		if got := x.of(id)["KEY"]; got != secret {
			t.Errorf("job %d has the setting %q, want %q", id, got, secret)
		}
	}
	err = filepath.WalkDir(s.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		expectNoSecrets(path, string(raw))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// startAndClose starts a server without serving, to see whether its key is good.
func startAndClose(t *testing.T, database, dataDir, key string) error {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{
		Listen: "127.0.0.1:0", DataDir: dataDir, Database: database, SecretKey: key, AdminPassword: servertest.Password,
	})
	if err != nil {
		return err
	}
	return s.Close()
}

func TestSecretKeyIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "secret.key")
	if err := startAndClose(t, "", dir, ""); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(made))); err != nil || len(key) != 32 {
		t.Errorf("the key has %d bytes, %v, want 32", len(key), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := startAndClose(t, "", dir, ""); err != nil {
		t.Errorf("a second start: %v", err)
	}
	if err := startAndClose(t, "", dir, string(made)); err != nil {
		t.Errorf("the same key from the environment: %v", err)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(made) {
		t.Errorf("the key has changed, %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".secret.key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWrongSecretKeysAreRefusedAtStart(t *testing.T) {
	t.Parallel()
	other := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32)))
	database := "sqlite:" + filepath.Join(t.TempDir(), "galley.db")
	if err := startAndClose(t, database, t.TempDir(), servertest.SecretKey); err != nil {
		t.Fatal(err)
	}
	withFile := func(content string, mode os.FileMode) string {
		t.Helper()
		dir := t.TempDir()
		path := filepath.Join(dir, "secret.key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	tests := []struct{ name, dataDir, key, want string }{
		{"another key", t.TempDir(), other, "the key of GALLEYD_SECRET_KEY is not the one that the settings in this database are encrypted with"},
		{"another file", withFile(other, 0o600), "", "secret.key is not the one that"},
		{"no key, in another data folder", t.TempDir(), "", "there is no key for them: set GALLEYD_SECRET_KEY"},
		{"a short key", t.TempDir(), "c2hvcnQ=", "GALLEYD_SECRET_KEY holds no key: expected 32 bytes in base64"},
		{"a key that is no base64", t.TempDir(), "!", "GALLEYD_SECRET_KEY holds no key"},
		{"an empty file", withFile("", 0o600), "", "secret.key holds no key"},
		{"a file that others can read", withFile(servertest.SecretKey, 0o644), "", "its mode is 0644, expected 0600"},
		{"the right file", withFile(servertest.SecretKey+"\n", 0o600), "", ""},
		{"the right key", t.TempDir(), servertest.SecretKey, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { // not parallel: one database, one server at a time
			err := startAndClose(t, database, tt.dataDir, tt.key)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), other) || strings.Contains(err.Error(), servertest.SecretKey)) {
				t.Errorf("the error shows a key: %v", err)
			}
		})
	}
}
