package engine

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFaultsThatPass tells what goes away by itself from what does not.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	full := fmt.Errorf("storing: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	for err, want := range map[error]bool{
		full: true, syscall.EMFILE: true, fmt.Errorf("reading: %w", driver.ErrBadConn): true,
		errors.New("input x: file 7 is gone"): false, os.ErrNotExist: false, syscall.EACCES: false,
	} {
		if got := passes(err); got != want {
			t.Errorf("%v passes: %v, want %v", err, got, want)
		}
		if o := interruptedBy(err); o.requeue != want || !o.fault.Retry || o.fault.Name != errInfrastructure {
			t.Errorf("%v: %+v", err, o)
		}
	}
	for num, want := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 8: 256 * time.Second, 9: passingMost, 100: passingMost} {
		if got := passingPause(num); got != want {
			t.Errorf("the pause after execution %d is %s, want %s", num, got, want)
		}
	}
}

// TestUnfitWithoutAFolder takes the folder away that jobs need, and gives it back.
func TestUnfitWithoutAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := probe(filepath.Join(dir, "work")); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "work")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := probe(filepath.Join(blocked, "work")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a folder below a file: %v", err)
	}
}
