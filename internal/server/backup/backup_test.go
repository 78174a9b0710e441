package backup_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/pgtest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// mustUpload stores a file.
func mustUpload(t *testing.T, s *servertest.Server, path, content string) api.FileDetail {
	t.Helper()
	f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: path}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// mustHaveBytes downloads each live file, and returns how many there are.
func mustHaveBytes(t *testing.T, s *servertest.Server) int {
	t.Helper()
	files, err := s.Client.Files(t.Context(), client.FileQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDeleted {
			continue
		}
		body, err := s.Client.FileContent(t.Context(), f.ID)
		if err != nil {
			t.Errorf("file %d at %s: %v", f.ID, f.FilePath, err)
			continue
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, body); err != nil {
			t.Error(err)
		}
		_ = body.Close()
		if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
			t.Errorf("file %d at %s has the SHA-256 %s, want %s", f.ID, f.FilePath, got, f.SHA256)
		}
		shown := filepath.Join(s.DataDir, "workspaces", "default", f.FilePath)
		if _, err := os.Stat(shown); err != nil {
			t.Errorf("file %d is not to be found at its path: %v", f.ID, err)
		}
	}
	return len(files)
}

func mustRun(t *testing.T, want int, args ...string) (output string) {
	t.Helper()
	stdout, stderr, code := servertest.Run(t, "", args...)
	if code != want {
		t.Fatalf("galleyd %v: exit code %d, want %d\n%s%s", args, code, want, stdout, stderr)
	}
	return stdout + stderr
}

// TestDrill backs a server up that others use, and restores it in another place.
func TestDrill(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustUpload(t, s, "in/old.txt", "replaced\n")
	mustUpload(t, s, "in/old.txt", "one\n")
	kept := mustUpload(t, s, "a/b/kept.txt", "two\n")
	manifest, err := json.Marshal(map[string]any{"seedVersion": "1.0.0", "job": map[string]any{"name": "say", "jobVersion": "1.0.0", "packageVersion": "1.0.0",
		"title": "Say", "description": "s", "maintainer": map[string]any{"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
		"interface": map[string]any{"command": "say", "settings": []any{map[string]any{"name": "KEY", "secret": true}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: "say", Manifest: manifest, Configuration: []byte(`{"settings": {"KEY": "sesame"}}`)}); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backups", "tuesday")
	var users sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for user := range 3 { // who upload and delete meanwhile
		users.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				path := fmt.Sprintf("busy/%d/%d.txt", user, i)
				f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: path}, strings.NewReader(path))
				if err == nil && i%2 == 0 {
					err = s.Client.PurgeFile(t.Context(), f.ID)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	said := mustRun(t, 0, "backup", "--data-dir="+s.DataDir, "--to="+to)
	stop()
	users.Wait()
	if !strings.Contains(said, "The backup is in "+to) {
		t.Errorf("backup says %q", said)
	}
	if _, err := os.Stat(filepath.Join(to, "secret.key")); err == nil {
		t.Error("the secret key is in the backup")
	}
	for path, want := range map[string]os.FileMode{to: 0o700, filepath.Join(to, "galley.db"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
	mustRun(t, 1, "backup", "--data-dir="+s.DataDir, "--to="+to) // there is one
	if said := mustRun(t, 1, "backup", "--data-dir="+s.DataDir, "--to="+to+"2", "--with-secret-key"); !strings.Contains(said, "no secret.key in the data folder") {
		t.Errorf("backup with a key that is not there says %q", said)
	}

	elsewhere := filepath.Join(t.TempDir(), "new")
	// What an interrupted restore leaves: a part of the database, and of a file.
	if err := os.MkdirAll(filepath.Join(elsewhere, "workspaces", "default"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "galley.db.restoring"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	said = mustRun(t, 0, "restore", "--data-dir="+elsewhere, "--from="+to)
	if !strings.Contains(said, "It has no secret key") {
		t.Errorf("restore says %q", said)
	}
	r := servertest.New(t, servertest.Options{DataDir: elsewhere})
	if n := mustHaveBytes(t, r); n < 2 {
		t.Errorf("%d files are restored", n)
	}
	if f, err := r.Client.File(t.Context(), kept.ID); err != nil || f.SHA256 != kept.SHA256 || f.IsDeleted {
		t.Errorf("file %d: %+v, %v", kept.ID, f, err)
	}
	mustUpload(t, r, "in/old.txt", "three\n") // it works on
	if got, err := os.ReadFile(filepath.Join(elsewhere, "workspaces", "default", "in", "old.txt")); err != nil || string(got) != "three\n" {
		t.Errorf("the new file is %q, %v", got, err)
	}
	mustRun(t, 1, "restore", "--data-dir="+elsewhere, "--from="+to) // there is a database
	lines, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{})
	if err != nil || !slices.ContainsFunc(lines, func(e api.AuditEntry) bool { return e.Action == "galleyd backup" }) {
		t.Errorf("the audit has no line of the backup: %v, %v", lines, err)
	}
}

// TestWhatIsDamagedIsNamed changes the bytes of one file, and takes those of another.
func TestWhatIsDamagedIsNamed(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	changed, missing, good := mustUpload(t, s, "changed.txt", "one\n"), mustUpload(t, s, "missing.txt", "two\n"), mustUpload(t, s, "good.txt", "three\n")
	for _, id := range []int64{changed.ID, missing.ID} {
		row, err := s.Store.File(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.DataDir, "workspaces", "default", row.Stored())
		err = os.Remove(path)
		if err == nil && id == changed.ID {
			err = os.WriteFile(path, []byte("ONE\n"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(t.TempDir(), "backup")
	said := mustRun(t, 1, "backup", "--data-dir="+s.DataDir, "--to="+to)
	for _, want := range []string{`"changed.txt"`, "not those that were stored", `"missing.txt"`, "no such file", "The backup is in"} {
		if !strings.Contains(said, want) {
			t.Errorf("backup says %q, want %q", said, want)
		}
	}
	if strings.Contains(said, "good.txt") {
		t.Errorf("file %d is named: %s", good.ID, said)
	}
}

// TestKeyAndFoldersThatMove has a real server with a key of its own, and a workspace outside of its data folder.
func TestKeyAndFoldersThatMove(t *testing.T) {
	t.Parallel()
	dir, outside := filepath.Join(t.TempDir(), "data"), t.TempDir()
	p := servertest.Galleyd(t, "serve", "--listen=127.0.0.1:0", "--executor=simulate", "--data-dir="+dir, "--workspace-root="+outside, "--secret-key=")
	if _, err := p.Client.CreateWorkspace(t.Context(), api.WorkspaceCreate{Title: "Out", Configuration: api.WorkspaceConfiguration{
		Broker: api.Broker{Type: "host", HostPath: filepath.Join(outside, "out")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "out", Path: "x.txt"}, strings.NewReader("x\n")); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup")
	mustRun(t, 0, "backup", "--data-dir="+dir, "--workspace-root="+outside, "--to="+to, "--with-secret-key")
	p.Kill()
	if _, err := os.Stat(filepath.Join(to, "secret.key")); err != nil {
		t.Fatal(err)
	}

	elsewhere, moved := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if said := mustRun(t, 1, "restore", "--data-dir="+elsewhere, "--from="+to); !strings.Contains(said, "--workspace-root") {
		t.Errorf("restore without the root says %q", said)
	}
	if said := mustRun(t, 1, "restore", "--data-dir="+elsewhere, "--from="+t.TempDir()); !strings.Contains(said, "is no backup") {
		t.Errorf("restore of nothing says %q", said)
	}
	if said := mustRun(t, 1, "restore", "--data-dir="+elsewhere, "--from="+to, "--move=a=b"); !strings.Contains(said, "expected two absolute paths") {
		t.Errorf("restore with a wrong --move says %q", said)
	}
	mustRun(t, 0, "restore", "--data-dir="+elsewhere, "--from="+to, "--workspace-root="+moved, "--move="+outside+"="+moved)
	if got, err := os.ReadFile(filepath.Join(moved, "out", "x.txt")); err != nil || string(got) != "x\n" {
		t.Errorf("the file is %q, %v", got, err)
	}
	q := servertest.Galleyd(t, "serve", "--listen=127.0.0.1:0", "--executor=simulate", "--data-dir="+elsewhere, "--workspace-root="+moved, "--secret-key=")
	q.Kill()
}

// TestWhatRanRunsAgain has a job under way when the backup is made.
func TestWhatRanRunsAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	manifest := []byte(`{"seedVersion": "1.0.0", "job": {"name": "long", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Long", "description": "l",
		"maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 7200, "interface": {"command": "long"}}}`)
	jt, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: "long", Manifest: manifest,
		Configuration: []byte(`{"settings": {"GALLEY_SIMULATE_DURATION": "1h"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	job, err := s.Client.CreateJob(t.Context(), api.JobCreate{JobTypeID: jt.ID, Input: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	mustBeAt := func(s *servertest.Server, exe int) {
		t.Helper()
		servertest.Eventually(t, time.Minute, func() error {
			got, err := s.Client.Job(t.Context(), job.ID)
			if err == nil && (got.Status != "RUNNING" || got.Execution == nil || got.Execution.ExeNum != exe) {
				err = fmt.Errorf("the job is %s, with the execution %+v, want execution %d RUNNING", got.Status, got.Execution, exe)
			}
			return err
		})
	}
	mustBeAt(s, 1)
	to, elsewhere := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	mustRun(t, 0, "backup", "--data-dir="+s.DataDir, "--to="+to)
	mustRun(t, 0, "restore", "--data-dir="+elsewhere, "--from="+to)
	mustBeAt(servertest.New(t, servertest.Options{DataDir: elsewhere, Lease: 2 * time.Second}), 2)
	mustBeAt(s, 1) // and goes on where it was
}

// TestPostgresByItsOwnTools does what the guide says.
func TestPostgresByItsOwnTools(t *testing.T) {
	t.Parallel()
	from, to := storetest.Postgres(t), storetest.EmptyPostgres(t)
	s := servertest.New(t, servertest.Options{Database: from})
	mustUpload(t, s, "x.txt", "x\n")
	if said := mustRun(t, 1, "backup", "--data-dir="+s.DataDir, "--database="+from, "--to="+filepath.Join(t.TempDir(), "b")); !strings.Contains(said, "pg_dump") {
		t.Errorf("backup of PostgreSQL says %q", said)
	}
	bin, err := pgtest.Find()
	if err != nil {
		t.Fatal(err)
	}
	dump := filepath.Join(t.TempDir(), "galley.dump")
	for _, command := range [][]string{
		{"pg_dump", "--format=custom", "--file=" + dump, from}, {"pg_restore", "--no-owner", "--dbname=" + to, dump},
	} {
		if out, err := exec.CommandContext(t.Context(), filepath.Join(bin, command[0]), command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command[0], err, out)
		}
	}
	r := servertest.New(t, servertest.Options{Database: to, DataDir: s.DataDir})
	if n := mustHaveBytes(t, r); n != 1 {
		t.Errorf("%d files are restored, want 1", n)
	}
}
