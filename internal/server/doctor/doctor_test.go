package doctor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/doctor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// look runs galleyd doctor.
func look(t *testing.T, want int, args ...string) map[string]doctor.Finding {
	t.Helper()
	stdout, stderr, code := servertest.Run(t, "", append([]string{"doctor", "--json", "--executor=simulate"}, args...)...)
	var findings []doctor.Finding
	if err := json.Unmarshal([]byte(stdout), &findings); err != nil || code != want {
		t.Fatalf("doctor: exit code %d, want %d, %v\n%s%s", code, want, err, stdout, stderr)
	}
	out := map[string]doctor.Finding{}
	for _, f := range findings {
		if (f.Do == "") != (f.Status == doctor.OK) || f.Found == "" {
			t.Errorf("a finding says what to do unless it is ok: %+v", f)
		}
		out[f.What] = f
	}
	return out
}

func mustBe(t *testing.T, all map[string]doctor.Finding, what string, want doctor.Status, found string) {
	t.Helper()
	if f := all[what]; f.Status != want || !strings.Contains(f.Found, found) {
		t.Errorf("%s: %+v, want %s with %q", what, f, want, found)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	file, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "x.txt"}, strings.NewReader("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	data := "--data-dir=" + s.DataDir
	well := look(t, 0, data)
	for _, what := range []string{"database", "clock", "secret key", "workers", "queue", "orders", "alerts"} {
		mustBe(t, well, what, doctor.OK, "")
	}
	mustBe(t, well, "workspace default", well["data folder"].Status, "can be written")
	mustBe(t, well, "mail", doctor.Warn, "mail is off")
	mustBe(t, well, "executor", doctor.Warn, "simulated")

	row, err := s.Store.File(t.Context(), file.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.DataDir, "workspaces", "default", row.Stored())); err != nil {
		t.Fatal(err)
	}
	ill := look(t, 1, data, "--smtp-url=smtp://127.0.0.1:1", "--smtp-from=galley@example.com")
	mustBe(t, ill, "workspace default", doctor.Fail, `file 1 at "x.txt"`)
	mustBe(t, ill, "mail", doctor.Fail, "connection refused")
	other := look(t, 1, data, "--secret-key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	mustBe(t, other, "secret key", doctor.Fail, "")
	if _, told := other["mail"]; told {
		t.Error("mail was looked at without the key of the database")
	}
	nowhere := filepath.Join(t.TempDir(), "no")
	none := look(t, 1, "--data-dir="+nowhere)
	mustBe(t, none, "data folder", doctor.Fail, "no such file or directory")
	mustBe(t, none, "database", doctor.Fail, "there is no database")
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("doctor has made the data folder")
	}
	entries, err := os.ReadDir(s.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "doctor") {
			t.Errorf("doctor has left %s", e.Name())
		}
	}
}

// TestDoctorOfPostgres has a database that is not migrated, and one that is.
func TestDoctorOfPostgres(t *testing.T) {
	t.Parallel()
	dir := "--data-dir=" + t.TempDir()
	mustBe(t, look(t, 1, dir, "--database="+storetest.EmptyPostgres(t)), "database", doctor.Fail, "galleyd migrate")
	s := servertest.New(t, servertest.Options{Database: storetest.Postgres(t)})
	mustBe(t, look(t, 0, "--data-dir="+s.DataDir, "--database="+s.Database), "clock", doctor.OK, "ahead of the database's")
}

// TestWhatTheExecutorSays shows lines of its log.
func TestWhatTheExecutorSays(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	stdout, stderr, code := servertest.Run(t, "", "doctor", "--executor=process", "--require-sandbox=none", "--data-dir="+s.DataDir)
	if code != 0 || !strings.Contains(stdout, "ok    executor: jobs run in a sandbox (sandbox: ") && !strings.Contains(stdout, "warn  executor: ") {
		t.Errorf("doctor: exit code %d\n%s%s", code, stdout, stderr)
	}
}
