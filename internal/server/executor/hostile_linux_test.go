package executor_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hostileName is what the test binary is called when it is a hostile program.
const hostileName = "hostile"

func init() {
	if filepath.Base(os.Args[0]) != hostileName {
		return
	}
	if err := attack(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, os.Args[1]+":", err)
		os.Exit(1)
	}
	fmt.Println("it worked")
	os.Exit(0)
}

// mustHostile makes the hostile program, in a folder of its own.
func mustHostile(t testing.TB) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), hostileName)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if os.Link(self, at) == nil {
		return at
	}
	r, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(w, r)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return at
}

// attack does what a job must not be able to do. No error: it could.
func attack(what string, args []string) error {
	attacks := map[string]func([]string) error{
		"prlimit": func(a []string) error {
			return unix.Prlimit(mustNumber(a[0]), unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 77, Max: 77}, nil)
		},
		"signal": func(a []string) error { return syscall.Kill(mustNumber(a[0]), syscall.SIGCONT) },
		"ptrace": func(a []string) error { return syscall.PtraceAttach(mustNumber(a[0])) }, // until this process ends
		"dial":   dial,
		"socket": func(a []string) error {
			_, err := unix.Socket(mustNumber(a[0]), mustNumber(a[1]), mustNumber(a[2]))
			return err
		},
		"mknod": func([]string) error {
			if err := unix.Mknod("disk", unix.S_IFBLK|0o600, int(unix.Mkdev(7, 0))); err != nil {
				return err
			}
			return os.Remove("disk")
		},
		"read":     func(a []string) error { _, err := os.ReadFile(a[0]); return err },
		"chmod":    func(a []string) error { return os.Chmod(a[0], 0o666) },
		"hostname": hostname,
		"unshare":  func([]string) error { return unix.Unshare(unix.CLONE_NEWNS) },
		"clone": func([]string) error {
			c := exec.Command("true")
			c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}
			return c.Run()
		},
		"clone3": func([]string) error {
			// Too small to start anything, but there.
			if _, _, e := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0); e == unix.ENOSYS {
				return e
			}
			return nil
		},
		"mount": func([]string) error {
			if err := os.Mkdir("m", 0o700); err != nil {
				return err
			}
			if err := unix.Mount("tmpfs", "m", "tmpfs", 0, ""); err != nil {
				return err
			}
			return unix.Unmount("m", 0)
		},
		"chroot": func([]string) error { return unix.Chroot(".") },
		"forks":  func(a []string) error { return forks(mustNumber(a[0])) },
		"memory": func(a []string) error { return memory(mustNumber(a[0])) },
		"fill":   func(a []string) error { return fill(a[0], mustNumber(a[1]), mustNumber(a[2])) },
		"setsid": setsid,
	}
	do, ok := attacks[what]
	if !ok {
		return fmt.Errorf("no such attack")
	}
	return do(args)
}

func mustNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// dial reaches an echo server and hears from it.
func dial(a []string) error {
	c, err := net.DialTimeout(a[0], a[1], 10*time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 5))
	return err
}

// hostname gives the host the name that it has.
func hostname([]string) error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	return unix.Sethostname([]byte(name))
}

// forks starts n processes that are there at the same time.
func forks(n int) error {
	var started []*exec.Cmd
	defer func() {
		for _, c := range started {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}()
	for i := range n {
		c := exec.Command("sleep", "600")
		if err := c.Start(); err != nil {
			return fmt.Errorf("process %d: %w", i, err)
		}
		started = append(started, c)
	}
	return nil
}

// memory takes n MiB, and touches them.
func memory(n int) error {
	raw, err := unix.Mmap(-1, 0, n<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	for i := 0; i < len(raw); i += 4096 {
		raw[i] = 1
	}
	return nil
}

// fill writes files of size MiB into a folder, and gives the server a moment to see it.
func fill(dir string, files, size int) error {
	part := make([]byte, 1<<20)
	for i := range files {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("fill-%d", i)))
		if err != nil {
			return err
		}
		for range size {
			if _, err := f.Write(part); err != nil {
				return errors.Join(err, f.Close())
			}
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	time.Sleep(20 * time.Second)
	return nil
}

// setsid leaves a process behind that is in no group of the job's.
func setsid([]string) error {
	c := exec.Command("sleep", "600")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return c.Start()
}
