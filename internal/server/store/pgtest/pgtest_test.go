package pgtest_test

import (
	"bufio"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/pgtest"
)

// envHelper makes this test program start a server, print its address and wait.
const envHelper = "GALLEY_PGTEST_HELPER"

func needServer(t *testing.T) {
	t.Helper()
	if _, err := pgtest.Find(); errors.Is(err, pgtest.ErrMissing) && os.Getenv("GALLEY_REQUIRE_POSTGRES") != "1" {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
}

func TestAServerAnswersUntilItIsStopped(t *testing.T) {
	t.Parallel()
	needServer(t)
	s, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var fsync string
	if err := conn.QueryRow(t.Context(), "SHOW fsync").Scan(&fsync); err != nil || fsync != "off" {
		t.Errorf("fsync is %q, %v, want off", fsync, err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(t.Context(), s.URL); err == nil {
		t.Error("the server still answers")
	}
	if dir := folder(t, s.URL); exists(t, dir) {
		t.Errorf("%s is still there", dir)
	}
}

func TestAServerEndsWithAKilledStarter(t *testing.T) {
	t.Parallel()
	if os.Getenv(envHelper) == "1" {
		s, err := pgtest.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stdout.WriteString(s.URL + "\n"); err != nil {
			t.Fatal(err)
		}
		<-t.Context().Done()
		t.Fatal("nobody killed the helper", s.Stop())
	}
	needServer(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	helper := exec.CommandContext(t.Context(), exe, "-test.run=^TestAServerEndsWithAKilledStarter$", "-test.timeout=2m")
	helper.Env = append(os.Environ(), envHelper+"=1")
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the helper printed nothing: ", lines.Err())
	}
	dir := folder(t, lines.Text())
	if !exists(t, dir) {
		t.Errorf("%s isn't there while the server runs", dir)
	}
	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait() // says that it was killed
	for deadline := time.Now().Add(30 * time.Second); exists(t, dir); {
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", dir)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// folder is where the server at address has its data and its socket.
func folder(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("host") == "" {
		t.Fatalf("address of the server is %q, %v", address, err)
	}
	return u.Query().Get("host")
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}
