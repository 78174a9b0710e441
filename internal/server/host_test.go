package server_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// sendAs sends JSON as the user of a token.
func sendAs(t *testing.T, s *servertest.Server, token, method, path, body string) (*http.Response, string) {
	t.Helper()
	header := jsonHeader()
	header.Set("Authorization", "Bearer "+token)
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	resp, raw := s.Do(t, method, path, header, reader)
	return resp, string(raw)
}

func workspaceBody(title, folder string) string {
	return fmt.Sprintf(`{"title": %q, "configuration": {"broker": {"type": "host", "host_path": %q}}}`, title, folder)
}

// TestEditorsReachNoFilesOfTheServer is how an editor became the administrator: by a workspace
// in the data folder, made, moved or linked there.
func TestEditorsReachNoFilesOfTheServer(t *testing.T) {
	t.Parallel()
	extra := t.TempDir()
	each(t, servertest.Options{Workers: -1, WorkspaceRoots: []string{extra}}, func(t *testing.T, s *servertest.Server) {
		editor := tokenOf(t, s, "editor")
		own := filepath.Join(s.DataDir, "workspaces")
		if err := os.MkdirAll(own, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(s.DataDir, filepath.Join(own, "link")); err != nil {
			t.Fatal(err)
		}
		var ws api.WorkspaceDetail
		folder := filepath.Join(extra, s.Token[:8], "scenes")
		resp, body := sendAs(t, s, editor, "POST", "/v6/workspaces/", workspaceBody("Raw", folder))
		if resp.StatusCode != 201 {
			t.Fatalf("a folder in a root: %d %s", resp.StatusCode, body)
		}
		decode(t, []byte(body), &ws)
		for name, folder := range map[string]string{
			"the data folder": s.DataDir, "above it": filepath.Dir(s.DataDir), "its work": filepath.Join(s.DataDir, "work"), "the root": "/",
			"a link to it": filepath.Join(own, "link"), "below a link": filepath.Join(own, "link", "work"), "around": own + "/../work",
			"a foreign folder": t.TempDir(),
		} {
			if resp, body := sendAs(t, s, editor, "POST", "/v6/workspaces/", workspaceBody("Evil", folder)); resp.StatusCode != 400 {
				t.Errorf("a workspace in %s (%s): %d %s, want 400", name, folder, resp.StatusCode, body)
			}
			if resp, body := sendAs(t, s, editor, "PATCH", fmt.Sprintf("/v6/workspaces/%d/", ws.ID), workspaceBody("Raw", folder)); resp.StatusCode != 400 {
				t.Errorf("moving a workspace to %s (%s): %d %s, want 400", name, folder, resp.StatusCode, body)
			}
		}
		_, body = sendAs(t, s, editor, "POST", "/v6/workspaces/validation/", workspaceBody("Evil", s.DataDir))
		if !strings.Contains(body, "FOLDER_NOT_ALLOWED") || !strings.Contains(body, extra) {
			t.Errorf("a plan of an editor: %s, want the roots named", body)
		}
		_, body = sendAs(t, s, tokenOf(t, s, "viewer"), "POST", "/v6/workspaces/validation/", workspaceBody("Evil", s.DataDir))
		if !strings.Contains(body, "FOLDER_NOT_ALLOWED") || strings.Contains(body, extra) {
			t.Errorf("a plan of a viewer: %s, want no roots named", body)
		}
	})
}

func TestWorkspacesDoNotMoveUnderTheirFiles(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		var ws api.WorkspaceDetail
		mustSend(t, s, "POST", "/v6/workspaces/", workspaceBody("Raw", "raw"), 201, &ws)
		at := fmt.Sprintf("/v6/workspaces/%d/", ws.ID)
		var ids []int64
		for _, name := range []string{"galley.db", "secret.key"} {
			f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: ws.Name, Path: name}, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, f.ID)
		}
		if resp, body := send(t, s, "PATCH", at, workspaceBody("Raw", "other")); resp.StatusCode != 409 || !strings.Contains(body, "has 2 files") {
			t.Errorf("moving it under two files: %d %s, want 409 with their number", resp.StatusCode, body)
		}
		if _, body := send(t, s, "POST", "/v6/workspaces/validation/", strings.Replace(workspaceBody("Raw", "other"), "{", `{"name": "raw", `, 1)); !strings.Contains(body, "has 2 files") {
			t.Errorf("a plan of the move: %s", body)
		}
		mustSend(t, s, "PATCH", at, workspaceBody("Renamed", "raw"), 204, nil) // stays where it is
		for _, id := range ids {
			if err := s.Client.PurgeFile(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		mustSend(t, s, "PATCH", at, workspaceBody("Raw", "other"), 204, nil)
	})
}

// TestALinkThatComesLaterLeadsNowhere replaces the folder of a workspace by a link, as a job
// or another program of the machine might.
func TestALinkThatComesLaterLeadsNowhere(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		var ws api.WorkspaceDetail
		mustSend(t, s, "POST", "/v6/workspaces/", workspaceBody("Raw", "raw"), 201, &ws)
		f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: ws.Name, Path: "file"}, strings.NewReader("mine"))
		if err != nil {
			t.Fatal(err)
		}
		outside := t.TempDir()
		if err := os.WriteFile(filepath.Join(outside, "file"), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		folder := ws.Configuration.Broker.HostPath
		if err := os.Rename(folder, folder+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, folder); err != nil {
			t.Fatal(err)
		}
		if resp, body := send(t, s, "GET", fmt.Sprintf("/v6/files/%d/content/", f.ID), ""); resp.StatusCode < 400 || strings.Contains(body, "secret") {
			t.Errorf("a download through the link: %d %s", resp.StatusCode, body)
		}
		header, upload := form(t, [][2]string{{"workspace", ws.Name}, {"file_path", "planted"}}, "x")
		if resp, body := s.Do(t, "POST", "/v6/files/", header, upload); resp.StatusCode < 400 {
			t.Errorf("an upload through the link: %d %s", resp.StatusCode, body)
		}
		if _, err := os.Stat(filepath.Join(outside, "planted")); err == nil {
			t.Error("an upload was written outside of the workspace")
		}
	})
}

// mountJob is the body of a create of a job type that writes into its mount.
func mountJob(name, folder string) string {
	manifest := fmt.Sprintf(`{"seedVersion": "1.0.0", "job": {"name": %q, "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "T", "description": "D",
		"maintainer": {"name": "Kitchen", "email": "kitchen@example.com"}, "timeout": 60,
		"interface": {"command": "cat \"$DATA/in\"; echo x > \"$DATA/out\" && echo wrote || echo refused",
			"mounts": [{"name": "DATA", "path": "/data", "mode": "rw"}]}}}`, name)
	return fmt.Sprintf(`{"docker_image": "x", "manifest": %s, "configuration": {"mounts": {"DATA": {"type": "host", "host_path": %q}}, "output_workspaces": {"default": "default"}}}`,
		manifest, folder)
}

func TestJobsMountWhatIsAllowed(t *testing.T) {
	t.Parallel()
	readable, writable := t.TempDir(), t.TempDir()
	opts := servertest.Options{Executor: server.ExecutorProcess, Mounts: []string{"in=" + readable, "out=" + writable + ":rw"}}
	for _, dir := range []string{readable, writable} {
		if err := os.WriteFile(filepath.Join(dir, "in"), []byte("given\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(writable, "link")); err != nil {
		t.Fatal(err)
	}
	s := servertest.New(t, opts)
	for name, folder := range map[string]string{"foreign": outside, "data": s.DataDir, "root": "/", "dots": writable + "/../" + filepath.Base(outside)} {
		resp, body := send(t, s, "POST", "/v6/job-types/", mountJob("bad-"+name, folder))
		if resp.StatusCode != 400 || !strings.Contains(body, "MOUNT_NOT_ALLOWED") || !strings.Contains(body, readable) {
			t.Errorf("%s: %d %s, want 400 with what is allowed", name, resp.StatusCode, body)
		}
	}
	run := func(name, folder string) (api.JobDetail, string) {
		var jt api.JobTypeDetail
		var job api.JobDetail
		mustSend(t, s, "POST", "/v6/job-types/", mountJob(name, folder), 201, &jt)
		mustSend(t, s, "POST", "/v6/jobs/", fmt.Sprintf(`{"job_type_id": %d, "input": {}}`, jt.ID), 201, &job)
		servertest.Eventually(t, 20*time.Second, func() error {
			var err error
			if job, err = s.Client.Job(t.Context(), job.ID); err != nil {
				return err
			}
			if job.Status != "COMPLETED" && job.Status != "FAILED" {
				return fmt.Errorf("the job is %s", job.Status)
			}
			return nil
		})
		exes, err := s.Client.JobExecutions(t.Context(), job.ID)
		if err != nil || len(exes) != 1 {
			t.Fatalf("executions: %+v, %v", exes, err)
		}
		text, err := s.Client.JobLog(t.Context(), exes[0].ID, "stdout")
		if err != nil {
			t.Fatal(err)
		}
		return job, text
	}
	if job, text := run("reads", readable); text != "given\nrefused\n" {
		t.Errorf("a mount that only the manifest has as rw: %s %q, want it read-only", job.Status, text)
	}
	if job, text := run("writes", writable); text != "given\nwrote\n" {
		t.Errorf("a mount that both sides have as rw: %s %q", job.Status, text)
	}
	if job, text := run("links", filepath.Join(writable, "link")); job.Status != "FAILED" || text != "" || job.Error == nil || !strings.Contains(job.Error.Description, "symbolic link") {
		t.Errorf("a link out of a mount: %s %+v %q, want it to fail", job.Status, job.Error, text)
	}
	var jt api.JobTypeDetail
	mustSend(t, s, "POST", "/v6/job-types/", mountJob("over", readable), 201, &jt)
	over := fmt.Sprintf(`{"job_type_id": %d, "input": {}, "configuration": {"mounts": {"DATA": {"type": "host", "host_path": "/etc"}}}}`, jt.ID)
	if resp, body := sendAs(t, s, tokenOf(t, s, "operator"), "POST", "/v6/jobs/", over); resp.StatusCode != 400 || strings.Contains(body, readable) {
		t.Errorf("a job of an operator: %d %s, want 400 without what is allowed", resp.StatusCode, body)
	}
	var rt api.RecipeTypeDetail
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Over", "definition": {"input": {}, "nodes": {"over":
		{"dependencies": [], "input": {}, "node_type": {"node_type": "job", "job_type_name": "over", "job_type_version": "1.0.0", "job_type_revision": 1}}}}}`, 201, &rt)
	recipe := fmt.Sprintf(`{"recipe_type_id": %d, "input": {}, "configuration": {"mounts": {"DATA": {"type": "host", "host_path": "/etc"}}}}`, rt.ID)
	if resp, body := send(t, s, "POST", "/v6/recipes/", recipe); resp.StatusCode != 400 || !strings.Contains(body, readable) {
		t.Errorf("a recipe: %d %s, want 400 with what is allowed", resp.StatusCode, body)
	}
	folders, err := s.Client.HostFolders(t.Context())
	if err != nil || len(folders.Mounts) != 2 || folders.Mounts[1] != (api.HostMount{Name: "out", Path: writable, Mode: "rw"}) {
		t.Errorf("host folders: %+v, %v", folders, err)
	}
	if resp, _ := sendAs(t, s, tokenOf(t, s, "viewer"), "GET", "/v6/host-folders/", ""); resp.StatusCode != 403 {
		t.Errorf("host folders for a viewer: %d, want 403", resp.StatusCode)
	}
}

// TestFoldersOfUsersAreApartFromTheServers starts servers whose flags would give the data away.
func TestFoldersOfUsersAreApartFromTheServers(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]server.Config{
		"the data folder":    {WorkspaceRoots: []string{dir}},
		"above it":           {WorkspaceRoots: []string{filepath.Dir(dir)}},
		"within it":          {WorkspaceRoots: []string{filepath.Join(dir, "work")}},
		"a link to it":       {WorkspaceRoots: []string{link}},
		"of the database":    {WorkspaceRoots: []string{elsewhere}, Database: "sqlite:" + filepath.Join(elsewhere, "x.db")},
		"a mount of it":      {Mounts: []string{"all=" + dir}},
		"a mount of all":     {Mounts: []string{"all=/:rw"}},
		"a mount by a link":  {Mounts: []string{"all=" + link}},
		"the database there": {Database: "sqlite:" + filepath.Join(dir, "workspaces", "x.db")},
	} {
		cfg.DataDir, cfg.SecretKey = dir, servertest.SecretKey
		s, err := server.New(t.Context(), cfg)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "server's own") {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
}
