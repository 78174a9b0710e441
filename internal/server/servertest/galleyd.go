package servertest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

const (
	command      = "github.com/recipe-galley/terraform-provider-galley/internal/cmd/galleyd"
	startTimeout = patience * time.Minute
)

// build makes the real program once for each test process, in the user's cache under a
// name of this working tree: test processes share it, and nothing is left to clean up.
var build = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	tree := sha256.Sum256(out)
	dir := filepath.Join(cache, "galley-servertest", hex.EncodeToString(tree[:8]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	// Built beside and moved into place: another test process may be running the old one.
	fresh, err := os.MkdirTemp(dir, "build-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	built, path := filepath.Join(fresh, "galleyd"), filepath.Join(dir, "galleyd")
	if out, err := exec.Command("go", "build", "-o", built, command).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building galleyd: %w\n%s", err, out)
	}
	return path, os.Rename(built, path)
})

// Binary is the path of the real galleyd, built from this working tree.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Process is a running galleyd.
type Process struct {
	URL    string // empty for `galleyd work`
	Client *client.Client
	Stderr *Log

	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended, once done is closed
}

// Galleyd starts the real galleyd with args and waits for its ready line. The environment
// names the administrator of [Username] and [Password]. What still runs at the end of
// the test is killed.
func Galleyd(t testing.TB, args ...string) *Process {
	t.Helper()
	p := &Process{Stderr: &Log{}, done: make(chan struct{}), cmd: Command(t, args...)}
	p.cmd.Stderr = p.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(stdout)
		line, _ := lines.ReadString('\n')
		ready <- line
		_, _ = io.Copy(io.Discard, lines)
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("stderr of galleyd %s:\n%s", strings.Join(args, " "), p.Stderr)
		}
	})
	select {
	case line := <-ready:
		var msg struct{ Msg, URL string }
		if err := json.Unmarshal([]byte(line), &msg); err != nil || msg.Msg != "ready" {
			<-p.done
			t.Fatalf("galleyd %s: not ready: %q, %v\n%s", strings.Join(args, " "), line, p.err, p.Stderr)
		}
		p.URL = msg.URL
	case <-time.After(startTimeout):
		t.Fatalf("galleyd %s: not ready after %s\n%s", strings.Join(args, " "), startTimeout, p.Stderr)
	}
	if p.URL != "" {
		p.Client, err = client.New(client.Config{Endpoint: p.URL, Username: Username, Password: Password})
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// Command is the real galleyd, not started, for tests that look at its output.
func Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), Binary(t), args...)
	cmd.Env = append(os.Environ(), "GALLEYD_ADMIN_USERNAME="+Username, "GALLEYD_ADMIN_PASSWORD="+Password, "GALLEYD_SECRET_KEY="+SecretKey,
		"GALLEYD_REQUIRE_SANDBOX=landlock", // the strongest that this machine has
		"GALLEYD_EXECUTOR=simulate")
	return cmd
}

// Run runs the real galleyd to its end and returns what it wrote and its exit code.
func Run(t testing.TB, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := Command(t, args...)
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errOut
	err := cmd.Run()
	if exit, isExit := errors.AsType[*exec.ExitError](err); err != nil && !isExit {
		t.Fatal(err)
	} else if isExit {
		code = exit.ExitCode()
	}
	return out.String(), errOut.String(), code
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the process as a power failure would (SIGKILL) and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// Signal sends a signal.
func (p *Process) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("sending %s: %v", sig, err)
	}
}

// Wait waits for the end and returns the exit code; -1: ended by a signal. It fails the
// test once [patience] times timeout has passed.
func (p *Process) Wait(t testing.TB, timeout time.Duration) int {
	t.Helper()
	timeout *= patience
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(timeout):
		t.Fatalf("galleyd still runs after %s\n%s", timeout, p.Stderr)
		return 0
	}
}
