package executor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
)

// Versions of Landlock's ABI and what came with them.
const (
	landlockRefer  = 2 // moving files from one folder into another; Linux 5.19
	landlockTCP    = 4 // Linux 6.7
	landlockScopes = 6 // signals, abstract sockets; Linux 6.12
)

var errNoLandlock = errors.New("this kernel has no Landlock (it needs Linux 5.13 or newer, with landlock in the lsm= list of its command line)")

// landlockVersion is the Landlock ABI of the kernel.
func landlockVersion() (int, error) {
	v, err := landlocksys.LandlockGetABIVersion()
	if err != nil || v < 1 {
		return 0, errNoLandlock
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
		"/etc/mime.types", "/etc/magic", "/etc/ssl/certs", "/etc/resolv.conf", "/etc/hosts",
		"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version",
		"/proc/filesystems", "/sys/devices/system/cpu", "/dev/random", "/dev/urandom",
	}
}

// landlocked takes every right to files from the process that a job does not need, and
// on newer kernels TCP and the way to processes outside.
func landlocked(s spec, version int) error {
	rules := []landlock.Rule{landlock.RWFiles("/dev/null", "/dev/zero", "/dev/full").IgnoreIfMissing()}
	readable, writable := append(systemPaths(), s.ReadOnly...), s.Writable
	if s.Sandbox == Full { // nothing but what the job needs is there
		readable, writable = []string{"/"}, append([]string{"/tmp", "/dev/shm"}, s.Writable...)
	}
	for _, p := range readable {
		if rule, ok := readRule(p); ok {
			rules = append(rules, rule)
		}
	}
	for _, p := range writable {
		rules = append(rules, writeRule(p, version))
	}
	if s.Sandbox == Landlock {
		// The files stay open until the rules are in force, which name their descriptors:
		// whatever is at the paths by then, the rules are for what is found there now.
		for _, f := range s.Files {
			file, err := openInput(f)
			if err != nil {
				return err
			}
			defer file.Close()
			rules = append(rules, landlock.ROFiles(fmt.Sprintf("/proc/self/fd/%d", file.Fd())))
		}
	}
	// Not BestEffort: it drops all rules where it cannot keep one.
	c := landlockConfig(version)
	if !s.Network {
		return c.Restrict(rules...)
	}
	if err := c.RestrictPaths(rules...); err != nil || version < landlockScopes {
		return err
	}
	return c.RestrictScoped()
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
	if version >= landlockRefer {
		rule = rule.WithRefer()
	}
	return rule
}

// openInput opens an input file as [layout.file] has.
func openInput(f boundFile) (*os.File, error) {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return nil, fmt.Errorf("opening the workspace of an input: %w", err)
	}
	defer root.Close()
	file, err := regular.Open(root, f.Name)
	if err != nil {
		return nil, fmt.Errorf("opening the input %s: %w", filepath.Base(f.Target), err)
	}
	return file, nil
}

// landlockConfig is the strictest configuration that a kernel with this ABI knows.
func landlockConfig(version int) landlock.Config {
	known := []landlock.Config{landlock.V1, landlock.V2, landlock.V3, landlock.V4, landlock.V5, landlock.V6}
	return known[min(version, len(known))-1]
}
