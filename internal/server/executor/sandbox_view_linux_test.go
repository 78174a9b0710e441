package executor_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// TestSandboxShowsNothingElseOfTheMachine is about what a job sees, whatever it may do with it.
func TestSandboxShowsNothingElseOfTheMachine(t *testing.T) {
	t.Parallel()
	p := mustLockIn(t, executor.ProcessConfig{}, executor.Full)
	see := func(t *testing.T, command string) string {
		t.Helper()
		b := newBundle(t, mustCommand(t, command, ""))
		b.mustComplete(t, p)
		return strings.TrimSpace(b.stdout.String())
	}
	within := func(t *testing.T, got string, want ...string) {
		t.Helper()
		for name := range strings.FieldsSeq(got) {
			if !slices.Contains(want, name) {
				t.Errorf("it sees %s, want nothing but %q", name, want)
			}
		}
	}
	data := strings.Split(os.TempDir(), "/")[1] // where the folder of the job is
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		within(t, see(t, "ls -A /"), "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr", data)
		within(t, see(t, "ls -A /etc /etc/ssl | grep -v :"), "alternatives", "group", "hostname", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
			"locale.alias", "localtime", "magic", "mime.types", "nsswitch.conf", "passwd", "pki", "resolv.conf", "ssl", "timezone", "certs")
		within(t, see(t, "ls -A /dev"), "fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero")
		if got := see(t, `ls -A /tmp /dev/shm | grep -v :; for d in / /etc /dev /usr; do touch $d/x 2>/dev/null && echo "wrote $d"; done; true`); !onlyFolders(got) {
			t.Errorf("got %q, want empty folders, and nothing that can be written", got)
		}
	})
	t.Run("certificates and names", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/resolv.conf"} {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Logf("this machine has no %s", name)
				continue
			}
			if got := see(t, "cat "+name); got != strings.TrimSpace(string(want)) {
				t.Errorf("%s has %d bytes, want the %d of the machine", name, len(got), len(want))
			}
		}
	})
	t.Run("processes", func(t *testing.T) {
		t.Parallel()
		// Its first process, itself and what it starts.
		if got := see(t, `cd /proc; echo $$ [0-9]*`); !regexp.MustCompile(`^\d{1,2}( \d{1,2}){2,3}$`).MatchString(got) {
			t.Errorf("got processes %s", got)
		}
		if got := see(t, `cat /proc/1/environ /proc/1/maps 2>/dev/null; ls -l /proc/1/exe 2>/dev/null; true`); strings.Contains(got, "=") || strings.Contains(got, "->") {
			t.Errorf("it sees of the first process: %q", got)
		}
	})
	t.Run("the name of the host", func(t *testing.T) {
		t.Parallel()
		if got := see(t, `cat /proc/sys/kernel/hostname; echo $HOSTNAME; whoami; id -G`); got != "job\njob\njob\n1000" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("the network", func(t *testing.T) {
		t.Parallel()
		if got := see(t, `tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '`); got != "lo" {
			t.Errorf("got interfaces %q, want its own lo", got)
		}
	})
	t.Run("capabilities", func(t *testing.T) {
		t.Parallel()
		got := see(t, `grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status`)
		if left := regexp.MustCompile(`(?m)^Cap\w+:\s+0+$\n?`).ReplaceAllString(got, ""); strings.Join(strings.Fields(left), " ") != "NoNewPrivs: 1 Seccomp: 2" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("limits", func(t *testing.T) {
		t.Parallel()
		if got := see(t, `ulimit -c; ulimit -f; ulimit -u`); got != "0\n65536\n256" {
			t.Errorf("got limits of cores, files (KiB) and processes %q", got)
		}
	})
}

// onlyFolders reports whether ls found nothing in /tmp but the folders on the way to the
// execution's, which may lie there.
func onlyFolders(listing string) bool {
	first := strings.Split(strings.TrimPrefix(os.TempDir(), "/tmp"), "/")
	return listing == "" || os.TempDir() == "/tmp" && strings.HasPrefix(listing, "TestSandbox") && !strings.Contains(listing, "\n") ||
		len(first) > 1 && listing == first[1]
}

func TestSandboxRunsEachJobAsAUserOfItsOwn(t *testing.T) {
	t.Parallel()
	p := mustLockIn(t, executor.ProcessConfig{}, executor.Full)
	if os.Geteuid() != 0 {
		if !strings.Contains(strings.Join(p.Lacks(), "\n"), "no users of their own for jobs") {
			t.Errorf("the server's user is the jobs', but it says only %q", p.Lacks())
		}
		return
	}
	dir := t.TempDir()
	input := mustWrite(t, dir, "input", "data") // 0600, root's
	owners := map[uint32]bool{}
	for _, id := range []int64{7, 8} {
		b := newBundle(t, mustCommand(t, `cat "$INPUT" >"$OUTPUT_DIR/out" && touch "$CACHE/by-$JOB" && stat -c %u "$INPUT" "$CACHE"`,
			`"inputs": {"files": [{"name": "input"}]}, "settings": [{"name": "job"}], "mounts": [{"name": "cache", "path": "/c", "mode": "rw"}],
			 "outputs": {"files": [{"name": "out", "pattern": "out"}]}`))
		b.task.JobID = id
		b.task.Settings = map[string]string{"job": fmt.Sprint(id)}
		b.task.Mounts = map[string]string{"cache": dir}
		b.task.Files = map[string][]executor.InputFile{"input": {inputFile(1, input, "in")}}
		r := b.mustComplete(t, p)
		info, err := os.Stat(r.Files["out"][0].Path)
		if err != nil {
			t.Fatal(err)
		}
		owners[info.Sys().(*syscall.Stat_t).Uid] = true
		if mustReadOutput(t, r.Files["out"][0]) != "data" {
			t.Error("the output is not the input")
		}
		if got := b.stdout.String(); got != "1000\n1000\n" {
			t.Errorf("its files are those of %q", got)
		}
		info, err = os.Stat(filepath.Join(dir, "by-"+fmt.Sprint(id)))
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
			t.Errorf("what it wrote to the mount is not the server's: %v", err)
		}
	}
	if len(owners) != 2 || owners[0] {
		t.Errorf("two jobs ran as the users %v, want one each, and not root", owners)
	}
}

// TestMultiprocessing needs semaphores in /dev/shm, and sockets between processes.
func TestMultiprocessing(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/usr/bin/python3"); err != nil && os.Getenv("GALLEY_REQUIRE_SANDBOX") == "" {
		t.Skip("this machine has no /usr/bin/python3")
	}
	p := mustLockIn(t, executor.ProcessConfig{}, executor.Full)
	program := `
import multiprocessing as m
def double(x): return 2 * x
if __name__ == "__main__":
    with m.Pool(3) as pool: print(sum(pool.map(double, range(10))))
    with m.Manager() as manager:
        d = manager.dict(); p = m.Process(target=d.update, args=({"a": 1},)); p.start(); p.join(); print(dict(d))
    lock, q = m.Lock(), m.Queue(); q.put("x")
    with lock: print(q.get())
    from multiprocessing import shared_memory
    s = shared_memory.SharedMemory(create=True, size=1 << 20); s.buf[0] = 7; print(s.buf[0]); s.close(); s.unlink()
`
	b := newBundle(t, mustCommand(t, `printf %s "$PROGRAM" >p.py && exec /usr/bin/python3 p.py`, `"settings": [{"name": "program"}]`))
	b.task.Settings = map[string]string{"program": program}
	b.mustComplete(t, p)
	if got := b.stdout.String(); got != "90\n{'a': 1}\nx\n7\n" {
		t.Errorf("got %q, stderr: %s", got, b.stderr)
	}
}

func TestNetworkIsForTheJobTypesThatMayHaveIt(t *testing.T) {
	t.Parallel()
	if _, err := executor.NewProcess(executor.ProcessConfig{Network: []string{"[x"}}); err == nil || !strings.Contains(err.Error(), `"[x" is not a pattern such as load-*`) {
		t.Errorf("for a bad pattern: got %v", err)
	}
	dir, hostile := t.TempDir(), mustHostile(t)
	path := mustEcho(t, "unix", filepath.Join(dir, "socket"))
	abstract := mustEcho(t, "unix", fmt.Sprintf("@galley-network-%d", os.Getpid()))
	targets := []struct {
		network, address string
		allowed          bool
	}{
		{"tcp", mustEcho(t, "tcp", "127.0.0.1:0"), true},
		{"udp", mustEcho(t, "udp", "127.0.0.1:0"), true},
		{"unix", path, false},
		{"unix", abstract, landlockVersion() < 6},
	}
	for _, sandbox := range []executor.Sandbox{executor.Full, executor.Landlock} {
		for pattern, allowed := range map[string]bool{"count-*": true, "load-*": false} { // the job is called count-lines
			t.Run(string(sandbox)+" "+pattern, func(t *testing.T) {
				t.Parallel()
				p := mustLockIn(t, executor.ProcessConfig{Network: []string{"x", pattern}, ReadOnlyRoots: []string{filepath.Dir(hostile)}}, sandbox)
				for _, target := range targets {
					if sandbox == executor.Landlock && target.network == "unix" && target.allowed {
						continue
					}
					r := newBundle(t, mustCommand(t, fmt.Sprintf("%s dial %s %s", hostile, target.network, target.address), "")).mustRun(t, p)
					if (r.Error == nil) != (allowed && target.allowed) {
						t.Errorf("%s: got %v, want allowed = %v", target.network, r.Error, allowed && target.allowed)
					}
				}
			})
		}
	}
}

// TestInputsStayInTheirWorkspace is about files that were changed under the server.
func TestInputsStayInTheirWorkspace(t *testing.T) {
	t.Parallel()
	outside := mustWrite(t, t.TempDir(), "secret", "secret")
	workspace := t.TempDir()
	mustWrite(t, workspace, "real/a", "data")
	if err := unix.Mkfifo(filepath.Join(workspace, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"out": outside, "up": "../../../../../etc/passwd", "dir": filepath.Dir(outside), "in": "real/a", "null": "/dev/null"} {
		if err := os.Symlink(target, filepath.Join(workspace, name)); err != nil {
			t.Fatal(err)
		}
	}
	eachSandbox(t, executor.ProcessConfig{}, func(t *testing.T, p *executor.Process) {
		for path, want := range map[string]string{
			"real/a": "data", "in": "data", "out": "", "up": "", "dir/secret": "", "pipe": "", "null": "", "real": "",
		} {
			b := newBundle(t, mustCommand(t, `cat "$INPUT"`, `"inputs": {"files": [{"name": "input"}]}`))
			b.task.Files = map[string][]executor.InputFile{"input": {{ID: 5, Root: workspace, Path: path, Name: "a"}}}
			r := b.mustRun(t, p)
			if want == "" {
				message := fmt.Sprintf(`invalid-input: The file 5 of the input "input", %q, is no regular file of its workspace`, path)
				if r.Error == nil || r.Error.Error() != message || r.Error.Retry {
					t.Errorf("%s: got %v, want %s", path, r.Error, message)
				}
			} else if got := b.stdout.String(); r.Error != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", path, got, r.Error, want)
			}
		}
	})
}
