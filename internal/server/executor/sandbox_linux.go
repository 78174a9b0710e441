package executor

import (
	"errors"
	"fmt"
	"os"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// sandboxVersion is the Landlock ABI of the kernel, or an error that says what to
// do without one.
func sandboxVersion() (int, error) {
	v, err := landlocksys.LandlockGetABIVersion()
	if err != nil || v < 1 {
		return 0, errors.New("this kernel has no Landlock to lock jobs in (it needs Linux 5.13 or newer, with landlock in " +
			"the lsm= list of its command line); to run jobs with all rights of the server's user, pass --allow-unsandboxed")
	}
	return v, nil
}

// systemPaths are what programs need of the system to run at all. Nothing in them
// is secret or private.
func systemPaths() []string {
	return []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
		"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
		"/etc/localtime", "/etc/timezone", "/etc/locale.alias", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
		"/etc/mime.types", "/etc/magic",
		"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version",
		"/proc/filesystems", "/sys/devices/system/cpu", "/dev/random", "/dev/urandom",
	}
}

// confine takes every right from the process that a job does not need: with
// Landlock (files; TCP from Linux 6.7; signals to and abstract sockets of other
// processes from 6.12), and always the right to gain rights by setuid programs.
func confine(s spec) error {
	if !s.Sandbox {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("giving up new privileges: %w", err)
		}
		return nil
	}
	version, err := sandboxVersion()
	if err != nil {
		return err
	}
	rules := []landlock.Rule{landlock.RWFiles("/dev/null", "/dev/zero", "/dev/full").IgnoreIfMissing()}
	for _, p := range append(systemPaths(), s.ReadOnly...) {
		if rule, ok := readRule(p); ok {
			rules = append(rules, rule)
		}
	}
	for _, p := range s.Writable {
		rules = append(rules, writeRule(p, version))
	}
	// Not BestEffort: it drops all rules where it cannot keep one.
	if err := config(version).Restrict(rules...); err != nil {
		return fmt.Errorf("entering the sandbox: %w", err)
	}
	return nil
}

func readRule(p string) (landlock.Rule, bool) {
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return nil, false
	case info.IsDir():
		return landlock.RODirs(p), true
	}
	return landlock.ROFiles(p), true
}

func writeRule(p string, version int) landlock.Rule {
	if info, err := os.Stat(p); err == nil && !info.IsDir() {
		return landlock.RWFiles(p)
	}
	rule := landlock.RWDirs(p)
	if version >= 2 { // moving files from one folder into another
		rule = rule.WithRefer()
	}
	return rule
}

// config is the strictest configuration that a kernel with this ABI knows.
func config(version int) landlock.Config {
	known := []landlock.Config{landlock.V1, landlock.V2, landlock.V3, landlock.V4, landlock.V5, landlock.V6}
	return known[min(version, len(known))-1]
}
