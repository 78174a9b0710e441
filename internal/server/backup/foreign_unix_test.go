//go:build unix

package backup_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestABackupThatWasInForeignHands puts links and pipes in the place of each file of a backup: a restore
// neither reads what they lead to, nor waits.
func TestABackupThatWasInForeignHands(t *testing.T) {
	t.Parallel()
	const sesame = "root:x:0:0\n"
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "passwd"), []byte(sesame), 0o600); err != nil {
		t.Fatal(err)
	}
	s := servertest.New(t, servertest.Options{})
	f := mustUpload(t, s, "a.txt", sesame)
	row, err := s.Store.File(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	link := func(at string) error { return os.Symlink(filepath.Join(outside, "passwd"), at) }
	pipe := func(at string) error { return syscall.Mkfifo(at, 0o600) }
	inPlace := func(name string, of func(string) error) func(*testing.T, string) {
		return func(t *testing.T, backup string) {
			t.Helper()
			at := filepath.Join(backup, filepath.FromSlash(name))
			if err := os.RemoveAll(at); err != nil {
				t.Fatal(err)
			}
			if err := of(at); err != nil {
				t.Fatal(err)
			}
		}
	}
	folder := "files/" + strconv.FormatInt(row.WorkspaceID, 10)
	for name, c := range map[string]struct {
		tamper func(*testing.T, string)
		want   string
	}{
		"a file is a link":       {inPlace(folder+"/"+row.Stored(), link), "not a regular file"},
		"a file is a pipe":       {inPlace(folder+"/"+row.Stored(), pipe), "not a regular file"},
		"a link to the key":      {inPlace(folder+"/"+row.Stored(), func(at string) error { return os.Symlink("../../../../secret.key", at) }), "not a regular file"},
		"a workspace leads out":  {inPlace(folder, func(at string) error { return os.Symlink(outside, at) }), "escapes"},
		"a workspace is a pipe":  {inPlace(folder, pipe), "not a directory"},
		"the database is a link": {inPlace("galley.db", link), "not a regular file"},
		"the database is a pipe": {inPlace("galley.db", pipe), "not a regular file"},
		"the index is a pipe":    {inPlace("backup.json", pipe), "not a regular file"},
		"the index is endless":   {inPlace("backup.json", func(at string) error { return os.WriteFile(at, make([]byte, 1<<20+1), 0o600) }), "more than 1048576 bytes"},
		"the key is a link":      {inPlace("secret.key", link), "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backup, to := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
			mustRun(t, 0, "backup", "--data-dir="+s.DataDir, "--to="+backup)
			if err := os.WriteFile(filepath.Join(backup, "secret.key"), []byte("sesame"), 0o600); err != nil {
				t.Fatal(err)
			}
			if name == "the key is a link" {
				index, err := os.ReadFile(filepath.Join(backup, "backup.json"))
				if err == nil {
					index = []byte(strings.Replace(string(index), `"has_secret_key": false`, `"has_secret_key": true`, 1))
					err = os.WriteFile(filepath.Join(backup, "backup.json"), index, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			mustForgetSum(t, backup, f.ID)
			c.tamper(t, backup)
			if said := mustRun(t, 1, "restore", "--data-dir="+to, "--from="+backup); !strings.Contains(said, c.want) {
				t.Errorf("restore says %q, want %q", said, c.want)
			}
			if _, err := os.Stat(filepath.Join(to, "galley.db")); err == nil {
				t.Error("there is a database")
			}
			if _, err := os.Stat(filepath.Join(to, "workspaces", "default", row.Stored())); err == nil && !strings.Contains(name, "key is") {
				t.Error("what it leads to is in the workspace")
			}
		})
	}
}

// mustForgetSum takes the SHA-256 of a file out of the database of a backup: what old servers stored has none.
func mustForgetSum(t *testing.T, backup string, id int64) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{DSN: "sqlite:" + filepath.Join(backup, "galley.db"), MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	f, err := st.File(t.Context(), id)
	if err == nil {
		f.SHA256 = ""
		err = st.Update(t.Context(), &f, "sha256")
	}
	if closeErr := st.Close(); err != nil || closeErr != nil {
		t.Fatal(err, closeErr)
	}
}

// TestAPipeInAWorkspace is what a program may leave where a file was: the backup names it, and does not wait for it.
func TestAPipeInAWorkspace(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	f := mustUpload(t, s, "a.txt", "one\n")
	mustUpload(t, s, "b.txt", "two\n")
	row, err := s.Store.File(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(s.DataDir, "workspaces", "default", row.Stored())
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at, 0o600); err != nil {
		t.Fatal(err)
	}
	said := mustRun(t, 1, "backup", "--data-dir="+s.DataDir, "--to="+filepath.Join(t.TempDir(), "backup"))
	for _, want := range []string{`"a.txt"`, "not a regular file", "The backup is in"} {
		if !strings.Contains(said, want) {
			t.Errorf("backup says %q, want %q", said, want)
		}
	}
}
