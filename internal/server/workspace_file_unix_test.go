//go:build unix

package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Whatever somebody puts in the place of a file, a download neither leaves the workspace
// nor waits for ever.
func TestDownloadsGiveRegularFilesOfTheWorkspaceOnly(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for name, replace := range map[string]func(at string) error{
		"pipe":     func(at string) error { return syscall.Mkfifo(at, 0o600) },
		"database": func(at string) error { return os.Symlink(filepath.Join(s.DataDir, "galley.db"), at) },
		"relative": func(at string) error { return os.Symlink("../../../../galley.db", at) },
		"device":   func(at string) error { return os.Symlink("/dev/zero", at) },
		"folder":   func(at string) error { return os.Mkdir(at, 0o700) },
	} {
		file := upload(t, s, name, "bytes")
		at := contentOf(t, s, file.ID)
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
		if err := replace(at); err != nil {
			t.Fatal(err)
		}
		resp, raw := s.Do(t, "GET", fmt.Sprintf("/v6/files/%d/content/", file.ID), nil, nil)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(string(raw), "something else than a regular file") {
			t.Errorf("%s: got %d %s, want 404", name, resp.StatusCode, raw)
		}
	}
}

// contentOf is where the bytes of a file lie.
func contentOf(t *testing.T, s *servertest.Server, id int64) string {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{DSN: "sqlite:" + filepath.Join(s.DataDir, "galley.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	f, err := st.File(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(s.DataDir, "workspaces", "default", f.Stored())
}

// runOnce runs the job of a command over a file, and returns how it ended.
func runOnce(t *testing.T, s *servertest.Server, name, command string, file int64) api.JobDetail {
	t.Helper()
	var p pipeline
	body := `{"docker_image": "x:1.0.0", "manifest": ` + countManifest(name, "1.0.0", command) + `,
		"configuration": {"output_workspaces": {"default": "default"}, "settings": {"TOKEN": "x", "LEVEL": "3"}}}`
	mustSend(t, s, "POST", "/v6/job-types/", body, 201, &p.jobType)
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": `+quote("Recipe "+name)+`, "definition": `+countDefinition(name)+`}`, 201, &p.recipeType)
	id := p.start(t, s, file).ID
	var job api.JobDetail
	servertest.Eventually(t, 120*time.Second, func() error {
		r, err := s.Client.Recipe(t.Context(), id)
		if err != nil {
			return err
		}
		if job, err = s.Client.Job(t.Context(), r.Details.Nodes["count"].NodeType.JobID); err != nil {
			return err
		}
		if job.Ended == nil {
			return fmt.Errorf("the job is %s", job.Status)
		}
		return nil
	})
	return job
}

// A name that cannot be kept fails the job, once; the data are not lost silently.
func TestAnOutputWithoutAUsableNameFailsItsJobOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	file := upload(t, s, "text.txt", "one\n")
	job := runOnce(t, s, "latin", `printf 1 >"$OUTPUT_DIR/"$'count-gr\xfcn.txt'`, file.ID)
	if job.Status != "FAILED" || job.NumExes != 1 || job.Error == nil || job.Error.Name != "invalid-output" ||
		!strings.Contains(job.Error.Description, `"count-gr\xfcn.txt"`) {
		t.Errorf("got %s after %d executions: %+v", job.Status, job.NumExes, job.Error)
	}
	if page := getPage[api.File](t, s, "/v6/files/?file_type=PRODUCT"); page.Count != 0 {
		t.Errorf("there are %d products", page.Count)
	}
}

// An input that leads out of its workspace by now fails the job, once.
func TestAnInputThatLeftItsWorkspaceFailsItsJobOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	file := upload(t, s, "text.txt", "one\n")
	at := contentOf(t, s, file.ID)
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(s.DataDir, "galley.db"), at); err != nil {
		t.Fatal(err)
	}
	job := runOnce(t, s, "leak", `cp "$TEXT" "$OUTPUT_DIR/count.txt"`, file.ID)
	if job.Status != "FAILED" || job.NumExes != 1 || job.Error == nil || job.Error.Name != "invalid-input" {
		t.Errorf("got %s after %d executions: %+v", job.Status, job.NumExes, job.Error)
	}
}
