package executor_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

func TestMain(m *testing.M) {
	executor.MaybeSandbox()
	os.Exit(m.Run())
}

// mustManifest makes a manifest with this interface, given as JSON.
func mustManifest(t testing.TB, iface string) *seed.Manifest {
	t.Helper()
	raw := `{"seedVersion": "1.0.0", "job": {
		"name": "count-lines", "jobVersion": "1.2.0", "packageVersion": "1.0.0", "title": "Count", "description": "",
		"maintainer": {"name": "Ada", "email": "ada@example.org"}, "timeout": 60,
		"errors": [
			{"code": 3, "name": "bad-file", "title": "Bad file", "description": "It is no CSV", "category": "data"},
			{"code": 4, "name": "crash"}
		],
		"resources": {"scalar": [{"name": "cpus", "value": 1.5}, {"name": "disk", "value": 1, "inputMultiplier": 2}]},
		"interface": ` + iface + `}}`
	m, ps := seed.Parse([]byte(raw))
	if err := ps.Err(); err != nil {
		t.Fatalf("parsing the manifest: %v", err)
	}
	return m
}

// mustCommand makes a manifest for a command, with the outputs and inputs of the
// last argument's JSON members.
func mustCommand(t testing.TB, command, rest string) *seed.Manifest {
	t.Helper()
	text, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	if rest != "" {
		rest = ", " + rest
	}
	return mustManifest(t, `{"command": `+string(text)+rest+`}`)
}

func mustWrite(t testing.TB, dir, name, text string) string {
	t.Helper()
	at := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// A bundle is a task with its logs.
type bundle struct {
	task           executor.Task
	stdout, stderr *bytes.Buffer
}

func newBundle(t testing.TB, m *seed.Manifest) *bundle {
	t.Helper()
	b := &bundle{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	b.task = executor.Task{
		Manifest: m, JobID: 7, ExeNum: 1, Dir: filepath.Join(t.TempDir(), "exe"), Stdout: b.stdout, Stderr: b.stderr,
	}
	return b
}

// mustRun runs the task; only infrastructure may not fail.
func (b *bundle) mustRun(t testing.TB, e executor.Executor) executor.Result {
	t.Helper()
	r, err := e.Run(t.Context(), b.task)
	if err != nil {
		t.Fatalf("running: %v\nstderr: %s", err, b.stderr)
	}
	return r
}

// mustComplete runs the task to its good end.
func (b *bundle) mustComplete(t testing.TB, e executor.Executor) executor.Result {
	t.Helper()
	r := b.mustRun(t, e)
	if r.Error != nil {
		t.Fatalf("the job failed: %v\nstdout: %s\nstderr: %s", r.Error, b.stdout, b.stderr)
	}
	return r
}

func mustReadOutput(t testing.TB, f executor.OutputFile) string {
	t.Helper()
	file, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(file); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func mustReplaceByLink(t testing.TB, at, target string) {
	t.Helper()
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, at); err != nil {
		t.Fatal(err)
	}
}

// inputFile is a file of the workspace that is the file's folder.
func inputFile(id int64, at, name string) executor.InputFile {
	return executor.InputFile{ID: id, Root: filepath.Dir(at), Path: filepath.Base(at), Name: name}
}
