package executor_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// landlockVersion is the ABI of this kernel's Landlock.
func landlockVersion() int {
	version, _ := landlocksys.LandlockGetABIVersion()
	return version
}

func TestSandboxKeepsAJobInItsFolder(t *testing.T) {
	t.Parallel()
	for _, sandbox := range []executor.Sandbox{executor.Full, executor.Landlock} {
		t.Run(string(sandbox), func(t *testing.T) {
			t.Parallel()
			testFolder(t, sandbox)
		})
	}
}

func testFolder(t *testing.T, sandbox executor.Sandbox) {
	outside, readable, mount := t.TempDir(), t.TempDir(), t.TempDir()
	secret := mustWrite(t, outside, "secret", "secret")
	input := mustWrite(t, outside, "input", "data")
	mustWrite(t, readable, "tool.cfg", "cfg")
	p := mustLockIn(t, executor.ProcessConfig{ReadOnlyRoots: []string{readable}}, sandbox)
	full := sandbox == executor.Full
	// Its folder is then in its /tmp, as this test's is, and its user's. It goes with the job.
	aroundIsTmp := full && os.Geteuid() != 0 && strings.HasPrefix(os.TempDir(), "/tmp")
	cases := []struct {
		name, command string
		allowed       bool
		since         int // ABI of Landlock; 0: also without
	}{
		{"read its input", `grep -q data "$INPUT"`, true, 0},
		{"write its outputs", `echo x >"$OUTPUT_DIR/x"`, true, 0},
		{"write its working folder and its home", `echo x >x && echo y >~/y`, true, 0},
		{"write temporary files", `f=$(mktemp) && case $f in "$TMPDIR"/*) ;; *) exit 1;; esac`, true, 0},
		{"move files between its folders", `echo x >"$TMPDIR/m" && mv "$TMPDIR/m" "$OUTPUT_DIR/m" && ln "$OUTPUT_DIR/m" x2`, true, 2},
		{"read what is configured", `grep -q cfg ` + readable + `/tool.cfg`, true, 0},
		{"write a read-write mount", `echo x >"$CACHE/x"`, true, 0},
		{"use pipes, process substitution and /dev/null", `diff <(echo a | sort) <(echo a) >/dev/null`, true, 0},
		{"read a file elsewhere", `cat ` + secret, false, 0},
		{"list a folder elsewhere", `ls ` + outside, false, 0},
		{"write a file elsewhere", `echo x >` + outside + `/x`, false, 0},
		{"write to the common temporary folder", `cd /tmp; echo x >galley-sandbox-test`, full, 0}, // there it is its own
		{"write what is configured as readable", `echo x >` + readable + `/x`, false, 0},
		{"write to its input", `echo x >"$INPUT"`, false, 0},
		{"remove its input", `rm "$INPUT"`, false, 0},
		{"truncate its input", `truncate -s 0 "$INPUT"`, false, 3},
		{"write to the folder around its own", `echo x >../x`, aroundIsTmp, 1},
		{"write to the system", `echo x >/etc/galley-sandbox-test`, false, 0},
		{"read the passwords of the system", `cat /etc/shadow`, false, 0},
		{"read the server's environment", fmt.Sprintf(`cat /proc/%d/environ`, os.Getpid()), false, 0},
		{"reach secrets through a link", `ln -s ` + secret + ` l && cat l`, false, 0},
		{"signal its own children", `sleep 60 & kill $!`, true, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if landlockVersion() < c.since {
				t.Skipf("Landlock %d cannot do that; it takes %d", landlockVersion(), c.since)
			}
			b := newBundle(t, mustCommand(t, c.command, `"inputs": {"files": [{"name": "input"}]}, "mounts": [{"name": "cache", "path": "/c", "mode": "rw"}]`))
			b.task.Files = map[string][]executor.InputFile{"input": {inputFile(1, input, "in.txt")}}
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
		if found, _ := filepath.Glob(filepath.Join("/tmp", "galley-sandbox-test")); len(found) != 0 {
			t.Errorf("a job wrote %q", found)
		}
	})
}

func TestProcessForbidsNewPrivileges(t *testing.T) {
	t.Parallel()
	p := mustLockIn(t, executor.ProcessConfig{}, executor.Unsandboxed)
	b := newBundle(t, mustCommand(t, `grep NoNewPrivs /proc/self/status; ulimit -c`, ""))
	b.mustComplete(t, p)
	if got := strings.Join(strings.Fields(b.stdout.String()), " "); got != "NoNewPrivs: 1 0" {
		t.Errorf("got %s", got)
	}
}
