package executor_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// mustVictim starts a process of the server's user that does nothing.
func mustVictim(t *testing.T) int {
	t.Helper()
	victim := exec.Command("sleep", "600")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = victim.Process.Kill()
		_ = victim.Wait()
	})
	return victim.Process.Pid
}

// mustEcho listens and gives back what it gets; it returns the address.
func mustEcho(t *testing.T, network, address string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		go func() {
			raw := make([]byte, 100)
			for {
				n, from, err := c.ReadFrom(raw)
				if err != nil {
					return
				}
				_, _ = c.WriteTo(raw[:n], from)
			}
		}()
		return c.LocalAddr().String()
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

// An attackCase is an attack that works without a sandbox.
type attackCase struct {
	name string
	args []string
	// root is set if only root can do it.
	root bool
	// since is the ABI of Landlock that keeps a job from it where it has no namespaces;
	// 0: seccomp does, everywhere; never: nothing does.
	since int
}

const never = 1000

// TestHostileJobs lets a job attack the server. Each attack is shown to work without a
// sandbox first: what stops it is the sandbox.
func TestHostileJobs(t *testing.T) {
	t.Parallel()
	// What the server and its user have.
	dir := t.TempDir()
	secret := mustWrite(t, dir, "secret.key", "secret")
	pid := fmt.Sprint(mustVictim(t))
	path := mustEcho(t, "unix", filepath.Join(dir, "socket"))
	abstract := mustEcho(t, "unix", fmt.Sprintf("@galley-test-%d", os.Getpid()))
	tcp, udp := mustEcho(t, "tcp", "127.0.0.1:0"), mustEcho(t, "udp", "127.0.0.1:0")
	hostile := mustHostile(t)
	cases := []attackCase{
		{"limits of another process", []string{"prlimit", pid}, false, 0},
		{"a signal to another process", []string{"signal", pid}, false, 6},
		{"tracing another process", []string{"ptrace", pid}, false, 0},
		{"a Unix socket", []string{"dial", "unix", path}, false, 0},
		{"an abstract Unix socket", []string{"dial", "unix", abstract}, false, 0},
		{"TCP", []string{"dial", "tcp", tcp}, false, 0},
		{"UDP", []string{"dial", "udp", udp}, false, 0},
		{"a raw socket", []string{"socket", fmt.Sprint(unix.AF_INET), fmt.Sprint(unix.SOCK_RAW), fmt.Sprint(unix.IPPROTO_ICMP)}, true, 0},
		{"a socket of packets", []string{"socket", fmt.Sprint(unix.AF_PACKET), fmt.Sprint(unix.SOCK_RAW), "0"}, true, 0},
		{"a device", []string{"mknod"}, true, 1},
		{"the passwords of the system", []string{"read", "/etc/shadow"}, true, 1},
		{"a secret of the server", []string{"read", secret}, false, 1},
		{"the modes of the server's files", []string{"chmod", secret}, false, never},
		{"the name of the host", []string{"hostname"}, true, 0},
		{"a user namespace", []string{"clone"}, false, 0},
		{"a namespace of mounts", []string{"unshare"}, true, 0},
		{"a call whose flags cannot be filtered", []string{"clone3"}, false, 0},
		{"a mount", []string{"mount"}, true, 0},
		{"another root", []string{"chroot"}, true, 0},
	}
	open := mustLockIn(t, executor.ProcessConfig{}, executor.Unsandboxed)
	for _, sandbox := range []executor.Sandbox{executor.Full, executor.Landlock} {
		t.Run(string(sandbox), func(t *testing.T) {
			t.Parallel()
			p := mustLockIn(t, executor.ProcessConfig{ReadOnlyRoots: []string{filepath.Dir(hostile)}}, sandbox)
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					command := hostile + " '" + strings.Join(c.args, "' '") + "'"
					switch {
					case c.root && os.Geteuid() != 0:
						t.Skip("only root can do that anyway")
					case sandbox == executor.Landlock && c.since == never:
						t.Skip("only namespaces keep a job from that")
					case sandbox == executor.Landlock && landlockVersion() < c.since:
						t.Skipf("Landlock %d does not keep a job from that; %d does", landlockVersion(), c.since)
					}
					free := newBundle(t, mustCommand(t, command, ""))
					if r := free.mustRun(t, open); r.Error != nil {
						t.Skipf("this machine does not let anybody do that: %s", free.stderr)
					}
					b := newBundle(t, mustCommand(t, command, ""))
					if r := b.mustRun(t, p); r.Error == nil || r.ExitCode != 1 || b.stdout.Len() > 0 {
						t.Errorf("got %v with exit code %d, want the attack to fail; stdout: %s stderr: %s", r.Error, r.ExitCode, b.stdout, b.stderr)
					}
				})
			}
		})
	}
}

// withResources is a job with these resources, as in "mem=64 disk=10".
func withResources(t *testing.T, command, resources string) *bundle {
	t.Helper()
	m := mustCommand(t, command, "")
	m.Job.Resources.Scalar = nil
	for pair := range strings.FieldsSeq(resources) {
		name, value, _ := strings.Cut(pair, "=")
		m.Job.Resources.Scalar = append(m.Job.Resources.Scalar, seed.Scalar{Name: name, Value: float64(mustNumber(value))})
	}
	return newBundle(t, m)
}

func TestJobsThatTakeTooMuch(t *testing.T) {
	t.Parallel()
	hostile := mustHostile(t)
	open := mustLockIn(t, executor.ProcessConfig{}, executor.Unsandboxed)
	p := mustLockIn(t, executor.ProcessConfig{ReadOnlyRoots: []string{filepath.Dir(hostile)}}, executor.Full)
	cases := []struct {
		name, attack, resources string
		allowed                 string // resources with which it works; empty: not tried
		want                    string // the error's name; empty: the program sees that it failed
	}{
		{"400 processes", "forks 400", "", "processes=500 mem=512", ""},
		{"400 MB of memory", "memory 400", "", "mem=512", "out-of-memory"},
		{"more memory than the manifest says", "memory 400", "mem=300", "", "out-of-memory"},
		{"a large file", "fill . 1 300", "", "", ""},
		{"many files", "fill . 300 1", "", "", "out-of-disk"},
		{"many files in /tmp", "fill /tmp 300 1", "", "", "out-of-disk"},
		{"many files as outputs", `fill "$OUTPUT_DIR" 100 1`, "disk=64", "", "out-of-disk"},
		{"shared memory", "fill /dev/shm 10 10", "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := withResources(t, hostile+" "+c.attack, c.resources)
			r := b.mustRun(t, p)
			if r.Error == nil || strings.Contains(b.stdout.String(), "it worked") {
				t.Fatalf("got %v, want it to fail; stdout: %s stderr: %s", r.Error, b.stdout, b.stderr)
			}
			byItself := c.want == "out-of-memory" && len(p.Lacks()) > 0 // each process is limited, and sees that
			if c.want != "" && !byItself && r.Error.Name != c.want || r.Error.Retry {
				t.Errorf("got %v (retry: %v), want %s and no retry; stderr: %s", r.Error, r.Error.Retry, c.want, b.stderr)
			}
			if c.allowed == "" {
				return
			}
			b = withResources(t, hostile+" "+c.attack, c.allowed)
			b.mustComplete(t, p)
			withResources(t, hostile+" "+c.attack, "").mustComplete(t, open)
		})
	}
}

// TestJobsThatAreStoppedByTheSignal is about programs that do not look whether they can write.
func TestJobsThatAreStoppedByTheSignal(t *testing.T) {
	t.Parallel()
	for _, sandbox := range []executor.Sandbox{executor.Full, executor.Landlock} {
		t.Run(string(sandbox), func(t *testing.T) {
			t.Parallel()
			p := mustLockIn(t, executor.ProcessConfig{Limits: executor.Limits{Disk: 70 << 20}}, sandbox)
			r := withResources(t, `dd if=/dev/zero of=large bs=1M count=300`, "").mustRun(t, p)
			want := `out-of-disk: The job wrote more than its 70 MiB to the disk; a manifest asks for more with the resource "disk" (MiB)`
			if r.Error == nil || r.Error.Error() != want {
				t.Errorf("got %v, want %s", r.Error, want)
			}
		})
	}
}

// TestAProcessInASessionOfItsOwnEndsWithTheJob is for those that no process group holds.
func TestAProcessInASessionOfItsOwnEndsWithTheJob(t *testing.T) {
	t.Parallel()
	hostile := mustHostile(t)
	p := mustLockIn(t, executor.ProcessConfig{ReadOnlyRoots: []string{filepath.Dir(hostile)}}, executor.Full)
	b := newBundle(t, mustCommand(t, hostile+" setsid", ""))
	b.mustComplete(t, p)
	mustEnd(t, b)
	t.Run("also if the server is killed", func(t *testing.T) {
		// TestProcessDiesWithTheServer, with a process that leaves the group.
		b := newBundle(t, mustCommand(t, hostile+` setsid; echo $$ >"$OUTPUT_DIR/pid"; sleep 600`, ""))
		server := exec.Command(os.Args[0], "-test.run=^TestServerOfAHostileJob$")
		server.Env = append(os.Environ(), "EXECUTOR_TEST_HOSTILE="+hostile, "EXECUTOR_TEST_DIR="+b.task.Dir)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		mustStart(t, b)
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = server.Wait()
		mustEnd(t, b)
	})
}

// TestServerOfAHostileJob is the server that is killed.
func TestServerOfAHostileJob(t *testing.T) {
	hostile := os.Getenv("EXECUTOR_TEST_HOSTILE")
	if hostile == "" {
		t.Skip("it is the server of another test")
	}
	p := mustLockIn(t, executor.ProcessConfig{ReadOnlyRoots: []string{filepath.Dir(hostile)}}, executor.Full)
	b := newBundle(t, mustCommand(t, hostile+` setsid; echo $$ >"$OUTPUT_DIR/pid"; sleep 600`, ""))
	b.task.Dir = os.Getenv("EXECUTOR_TEST_DIR")
	b.mustRun(t, p)
}

// TestWithoutNamespaces is about a machine that does not let the server make namespaces.
func TestWithoutNamespaces(t *testing.T) {
	t.Parallel()
	const within = "EXECUTOR_TEST_WITHOUT_NAMESPACES"
	if os.Getenv(within) == "" {
		cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^TestWithoutNamespaces$")
		cmd.Env = append(os.Environ(), within+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Skipf("it takes a user namespace to try that: %v", err)
		}
		if err != nil || !strings.Contains(string(out), "PASS") {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := executor.NewProcess(executor.ProcessConfig{})
	if err == nil || !strings.Contains(err.Error(), `trying the sandbox "full"`) || !strings.Contains(err.Error(), "user.max_user_namespaces") ||
		!strings.Contains(err.Error(), "--require-sandbox=landlock") {
		t.Errorf("got %v, want an error that says what can be done", err)
	}
	p, err := executor.NewProcess(executor.ProcessConfig{Require: executor.Landlock})
	if landlockVersion() == 0 {
		if err == nil || !strings.Contains(err.Error(), "--require-sandbox=none") {
			t.Errorf("without Landlock: got %v, want an error that says what can be done", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if lacks := strings.Join(p.Lacks(), "\n"); p.Sandbox() != executor.Landlock || !strings.Contains(lacks, "no namespaces for jobs: ") ||
		!strings.Contains(lacks, "multiprocessing") {
		t.Errorf("got the sandbox %s without %q", p.Sandbox(), p.Lacks())
	}
	newBundle(t, mustCommand(t, "true", "")).mustComplete(t, p)
}

// TestAsAnotherUser runs the tests of the sandbox once more as nobody, if this is root.
func TestAsAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("the tests run as an ordinary user already")
	}
	dir, err := os.MkdirTemp("", "galley-nobody-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	const nobody = 65534
	binary := filepath.Join(dir, "executor.test")
	if err := os.Rename(mustHostile(t), binary); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(dir, "tmp")
	for _, do := range []error{os.Chmod(dir, 0o755), os.Chmod(binary, 0o755), os.Mkdir(tmp, 0o700), os.Chown(tmp, nobody, nobody)} {
		if do != nil {
			t.Fatal(do)
		}
	}
	cmd := exec.Command(binary, "-test.v", "-test.run=^Test(Sandbox|Hostile|Jobs|AProcess|Multiprocessing)")
	cmd.Dir = tmp
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	started := time.Now()
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "SKIP") || err != nil {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestHostileJobs") {
		t.Errorf("as nobody, after %s: %v", time.Since(started), err)
	}
}
