package executor_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// newSandboxed returns a sandboxed executor; only a kernel without Landlock
// excuses the test.
func newSandboxed(t *testing.T, cfg executor.ProcessConfig) (p *executor.Process, version int) {
	t.Helper()
	p, err := executor.NewProcess(cfg)
	version, _ = landlocksys.LandlockGetABIVersion()
	if version < 1 {
		if err == nil || !strings.Contains(err.Error(), "--allow-unsandboxed") {
			t.Errorf("without Landlock got %v, want an error that names --allow-unsandboxed", err)
		}
		t.Skip("this kernel has no Landlock")
	}
	if err != nil {
		t.Fatal(err)
	}
	return p, version
}

func TestSandboxKeepsAJobInItsFolder(t *testing.T) {
	t.Parallel()
	outside, readable, mount := t.TempDir(), t.TempDir(), t.TempDir()
	secret := mustWrite(t, outside, "secret", "secret")
	input := mustWrite(t, outside, "input", "data")
	mustWrite(t, readable, "tool.cfg", "cfg")
	p, version := newSandboxed(t, executor.ProcessConfig{ReadOnlyRoots: []string{readable}})
	cases := []struct {
		name, command string
		allowed       bool
		since         int // ABI of Landlock
	}{
		{"read its input", `grep -q data "$INPUT"`, true, 1},
		{"write its outputs", `echo x >"$OUTPUT_DIR/x"`, true, 1},
		{"write its working folder and its home", `echo x >x && echo y >~/y`, true, 1},
		{"write temporary files", `f=$(mktemp) && case $f in "$TMPDIR"/*) ;; *) exit 1;; esac`, true, 1},
		{"move files between its folders", `echo x >"$TMPDIR/m" && mv "$TMPDIR/m" "$OUTPUT_DIR/m" && ln "$OUTPUT_DIR/m" x2`, true, 2},
		{"read what is configured", `grep -q cfg ` + readable + `/tool.cfg`, true, 1},
		{"write a read-write mount", `echo x >"$CACHE/x"`, true, 1},
		{"use pipes, process substitution and /dev/null", `diff <(echo a | sort) <(echo a) >/dev/null`, true, 1},
		{"read a file elsewhere", `cat ` + secret, false, 1},
		{"list a folder elsewhere", `ls ` + outside, false, 1},
		{"write a file elsewhere", `echo x >` + outside + `/x`, false, 1},
		{"write to the common temporary folder", `echo x >/tmp/galley-sandbox-test-$$`, false, 1},
		{"write what is configured as readable", `echo x >` + readable + `/x`, false, 1},
		{"write to its input", `echo x >"$INPUT"`, false, 1},
		{"remove its input's link", `rm "$INPUT"`, false, 1},
		{"truncate its input", `truncate -s 0 "$INPUT"`, false, 3},
		{"write to the folder around its own", `echo x >../x`, false, 1},
		{"write to the system", `echo x >/etc/galley-sandbox-test`, false, 1},
		{"read the passwords of the system", `cat /etc/shadow`, false, 1},
		{"read the server's environment", fmt.Sprintf(`cat /proc/%d/environ`, os.Getpid()), false, 1},
		{"reach secrets through a link", `ln -s ` + secret + ` l && cat l`, false, 1},
		{"signal the server", fmt.Sprintf(`kill -0 %d`, os.Getpid()), false, 6},
		{"signal its own children", `sleep 60 & kill $!`, true, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if version < c.since {
				t.Skipf("Landlock %d cannot do that; it takes %d", version, c.since)
			}
			b := newBundle(t, mustCommand(t, c.command, `"inputs": {"files": [{"name": "input"}]}, "mounts": [{"name": "cache", "path": "/c", "mode": "rw"}]`))
			b.task.Files = map[string][]executor.InputFile{"input": {{ID: 1, Path: input, Name: "in.txt"}}}
			b.task.Mounts = map[string]string{"cache": mount}
			r := b.mustRun(t, p)
			if (r.Error == nil) != c.allowed {
				t.Errorf("got %v, want allowed = %v\nstdout: %s\nstderr: %s", r.Error, c.allowed, b.stdout, b.stderr)
			}
		})
	}
	t.Cleanup(func() {
		if raw, err := os.ReadFile(input); err != nil || string(raw) != "data" {
			t.Errorf("the input became %q, %v", raw, err)
		}
		if found, _ := filepath.Glob(outside + "/*"); len(found) != 2 {
			t.Errorf("outside there are now %q", found)
		}
	})
}

func TestSandboxClosesTCP(t *testing.T) {
	t.Parallel()
	p, version := newSandboxed(t, executor.ProcessConfig{})
	if version < 4 {
		t.Skip("this kernel's Landlock does not know TCP")
	}
	open, err := executor.NewProcess(executor.ProcessConfig{AllowUnsandboxed: true})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	m := mustCommand(t, "exec 5<>/dev/tcp/127.0.0.1/"+port, "")
	newBundle(t, m).mustComplete(t, open) // the same without a sandbox: it is the sandbox that denies it
	b := newBundle(t, m)
	if r := b.mustRun(t, p); r.Error == nil || !strings.Contains(b.stderr.String(), "Permission denied") {
		t.Errorf("got %v, want a connection that is denied; stderr: %s", r.Error, b.stderr)
	}
}

func TestProcessForbidsNewPrivileges(t *testing.T) {
	t.Parallel()
	p, err := executor.NewProcess(executor.ProcessConfig{AllowUnsandboxed: true})
	if err != nil {
		t.Fatal(err)
	}
	b := newBundle(t, mustCommand(t, `grep NoNewPrivs /proc/self/status; ulimit -c`, ""))
	b.mustComplete(t, p)
	if got := strings.Join(strings.Fields(b.stdout.String()), " "); got != "NoNewPrivs: 1 0" {
		t.Errorf("got %s", got)
	}
}
