//go:build unix

package auth_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// A replaced key stays where it is, behind its link, and its owner's.
func TestReplacedKeysStayTheirOwners(t *testing.T) {
	t.Parallel()
	kept, data := t.TempDir(), t.TempDir()
	file, link := filepath.Join(kept, "key"), filepath.Join(data, "secret.key")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	owner := os.Getuid()
	if owner == 0 {
		owner = 12345
		if err := os.Chown(file, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	key := auth.RandomSecretKey()
	if err := (auth.KeySource{DataDir: data}).Replace(key); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(link)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := auth.ParseSecretKey(link, string(raw)); err != nil || string(got) != string(key) {
		t.Errorf("the file has %q, %v", raw, err)
	}
	info, err := os.Lstat(file)
	if err != nil {
		t.Fatal(err)
	}
	stat, isUnix := info.Sys().(*syscall.Stat_t)
	if !isUnix || int(stat.Uid) != owner || info.Mode() != 0o600 {
		t.Errorf("the file is user %d's with the mode %v, want %d and 0600", stat.Uid, info.Mode(), owner)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(kept); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
