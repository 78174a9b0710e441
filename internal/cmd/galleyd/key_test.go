package main_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// secretJobs makes jobs that only complete if they get the secret that they were queued with.
type secretJobs struct {
	c       *client.Client
	jobType int64
	mu      sync.Mutex
	ids     []int64
}

func settings(value string) json.RawMessage {
	return fmt.Appendf(nil, `{"settings": {"KEY": %q, "WANT": %[1]q}}`, value)
}

func newSecretJobs(t *testing.T, c *client.Client) *secretJobs {
	t.Helper()
	jt, err := c.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: "check:1.0.0", Configuration: settings("of the type"),
		Manifest: json.RawMessage(`{"seedVersion": "1.0.0", "job": {"name": "check", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Check",
		  "description": "Checks", "maintainer": {"name": "Ann", "email": "ann@example.com"}, "timeout": 60,
		  "interface": {"command": "test -n \"$KEY\" && test \"$KEY\" = \"$WANT\"", "settings": [{"name": "KEY", "secret": true}, {"name": "WANT"}]}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	return &secretJobs{c: c, jobType: jt.ID}
}

// queue queues a job with its own secret; "" leaves it that of the type.
func (s *secretJobs) queue(t *testing.T, value string) {
	t.Helper()
	spec := api.JobCreate{JobTypeID: s.jobType, Input: []byte(`{}`)}
	if value != "" {
		spec.Configuration = settings(value)
	}
	job, err := s.c.CreateJob(t.Context(), spec)
	if err != nil {
		t.Errorf("queuing a job: %v", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, job.ID)
}

// whileQueuing queues jobs until do has ended.
func (s *secretJobs) whileQueuing(t *testing.T, do func()) {
	t.Helper()
	ended := make(chan struct{})
	var queuing sync.WaitGroup
	queuing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-ended:
				return
			case <-time.After(time.Second):
				s.queue(t, fmt.Sprintf("secret %d", i))
			}
		}
	})
	defer queuing.Wait()
	defer close(ended)
	do()
}

// expectCompleted waits for all jobs.
func (s *secretJobs) expectCompleted(t *testing.T) {
	t.Helper()
	servertest.Eventually(t, 2*time.Minute, func() error {
		for _, id := range s.ids {
			job, err := s.c.Job(t.Context(), id)
			if err != nil {
				return err
			}
			if job.Status == "FAILED" {
				t.Fatalf("job %d has failed: %+v", id, job.Execution)
			}
			if job.Status != "COMPLETED" {
				return fmt.Errorf("job %d is %s", id, job.Status)
			}
		}
		return nil
	})
}

// databaseOf is the address of the database that flags name.
func databaseOf(flags []string) string {
	if len(flags) > 1 {
		return strings.TrimPrefix(flags[1], "--database=")
	}
	return "sqlite:" + filepath.Join(strings.TrimPrefix(flags[0], "--data-dir="), "galley.db")
}

// expectSealedWith says that the key alone opens all that is sealed.
func expectSealedWith(t *testing.T, dsn, key string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(raw)
	if err != nil {
		t.Fatal(err)
	}
	st := storetest.Open(t, dsn)
	for _, column := range store.SealedColumns()[:3] {
		values, err := st.SealedValues(t.Context(), column, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if _, err := sealer.OpenConfiguration(v.Value); err != nil {
				t.Errorf("%s %d: %v", column.Table, v.ID, err)
			}
		}
	}
	for _, name := range []string{"login-token-key", "webhook-key"} {
		if _, err := sealer.InitSetting(t.Context(), st, name, "there has to be one"); err != nil {
			t.Error(err)
		}
	}
}

// TestKeyRotation rotates the key of a running server that goes on reading and writing
// secrets. The first rotation is killed (SIGKILL) halfway.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		dsn := databaseOf(flags)
		flags = append(flags, "--secret-key=") // the key of the file
		path := filepath.Join(strings.TrimPrefix(flags[0], "--data-dir="), "secret.key")
		key := func() string {
			t.Helper()
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file of the key: mode %v, %v, want 0600", info.Mode(), err)
			}
			return strings.TrimSpace(string(raw))
		}
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--executor=process", "--workers=2"}, flags...)
		server := servertest.Galleyd(t, args...)
		jobs := newSecretJobs(t, server.Client)
		old := key()
		rotate := append([]string{"key", "rotate"}, flags...)
		var output string
		jobs.whileQueuing(t, func() {
			first := servertest.Command(t, rotate...)
			stdout, err := first.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := first.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || !strings.HasPrefix(line, "Both keys are good now.") {
				t.Fatalf("the rotation says %q, %v", line, err)
			}
			if err := first.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = first.Wait() // it was killed
			if key() == old {
				t.Error("the file has the old key still")
			}
			for what, text := range map[string]string{"old": old, "new": key()} {
				p := servertest.Galleyd(t, "work", "--workers=1", "--data-dir="+t.TempDir(), "--database="+dsn, "--secret-key="+text, "--executor=process")
				if p.Kill(); strings.Contains(p.Stderr.String(), "level=ERROR") {
					t.Errorf("a server with the %s key: %s", what, p.Stderr)
				}
			}
			stdout2, stderr, code := servertest.Run(t, "", rotate...)
			if output = stdout2; code != 0 {
				t.Fatalf("the second rotation: got %d %q %q", code, output, stderr)
			}
		})
		if !regexp.MustCompile(`(?s)Both keys.*Encrypted \d+ values with the new key\.\nDone\. .*The new key is in `).MatchString(output) || strings.Contains(output, old) || strings.Contains(output, key()) {
			t.Errorf("the rotation said %q", output)
		}
		jobs.queue(t, "after")
		jobs.queue(t, "")
		jobs.expectCompleted(t)
		expectSealedWith(t, dsn, key())
		fails(t, "is not the one that the settings in this database are encrypted with",
			"work", "--data-dir="+t.TempDir(), "--database="+dsn, "--secret-key="+old)
		server.Kill()
		again := servertest.Galleyd(t, args...)
		jobs.c = again.Client
		jobs.queue(t, "")
		jobs.expectCompleted(t)
		o := ordersOf(t, again)
		var page struct{ Results []api.AuditEntry }
		o.call(t, "GET", "/v6/audit/?action=galleyd+key+rotate&order=id", "", &page)
		if len(page.Results) != 2 || page.Results[0].Changes["state"] != "begun" || page.Results[1].Changes["state"] != "done" {
			t.Errorf("the audit has %+v, want the begin and the end", page.Results)
		}
	})
}

// Of a key that is given, galleyd changes what is sealed, and its owner the rest.
func TestRotationOfAGivenKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := servertest.Galleyd(t, serve(dir, "--executor=process")...) // with GALLEYD_SECRET_KEY
	jobs := newSecretJobs(t, server.Client)
	jobs.queue(t, "own")
	next, third := strings.Repeat("B", 42)+"A=", strings.Repeat("C", 42)+"A="
	data := "--data-dir=" + dir
	fails(t, "give the new one, too, in GALLEYD_NEW_SECRET_KEY", "key", "rotate", data)
	fails(t, "GALLEYD_NEW_SECRET_KEY holds no key", "key", "rotate", data, "--new-secret-key=short")
	for range 2 { // the second one finds it done
		stdout, stderr, code := servertest.Run(t, "", "key", "rotate", data, "--new-secret-key="+next)
		if code != 0 || !strings.Contains(stdout, "Set GALLEYD_SECRET_KEY to the new key") || strings.Contains(stdout+stderr, next) || strings.Contains(stdout, servertest.SecretKey) {
			t.Fatalf("got %d %q %q", code, stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "secret.key")); !os.IsNotExist(err) {
		t.Errorf("there is a file of a key: %v", err)
	}
	jobs.queue(t, "after")
	jobs.queue(t, "")
	jobs.expectCompleted(t)
	expectSealedWith(t, databaseOf([]string{data}), next)
	fails(t, "is not the one that", "key", "rotate", data, "--new-secret-key="+third) // with the old key
}

func TestKeyRotationMakesNoDatabase(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "wrong")
	fails(t, "there is no database at "+filepath.Join(wrong, "galley.db")+": name the data folder of the server with --data-dir", "key", "rotate", "--data-dir="+wrong, "--secret-key=")
	if _, err := os.Stat(wrong); !os.IsNotExist(err) {
		t.Errorf("something was made at %s: %v", wrong, err)
	}
	empty := "--data-dir=" + t.TempDir()
	if _, stderr, code := servertest.Run(t, "", "migrate", empty); code != 0 {
		t.Fatal(stderr)
	}
	fails(t, "no server has used this database yet", "key", "rotate", empty, "--secret-key=")
	data := t.TempDir()
	servertest.Galleyd(t, serve(data)...).Kill()
	fails(t, "there is no secret key at "+filepath.Join(data, "secret.key"), "key", "rotate", "--data-dir="+data, "--secret-key=")
}
