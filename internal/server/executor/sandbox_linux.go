package executor

import (
	"errors"
	"fmt"
	"strings"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// machine is what this machine gives to the sandbox.
type machine struct {
	cgroups cgroups
	uids    uidRange
}

func (m machine) limitsMemory() bool { _, ok := m.cgroups[cgroupMemory]; return ok }
func (m machine) uid(job int64) int  { return m.uids.uid(job) }
func (m machine) newGroup(s spec) (*cgroup, error) {
	if s.Sandbox == Unsandboxed {
		return &cgroup{}, nil
	}
	return m.cgroups.newCgroup(s.Limits)
}

// equip finds out what the sandbox can be made of. The error says that it cannot be had.
func (p *Process) equip() error {
	p.machine, p.lacks = machine{}, nil
	if p.sandbox == Unsandboxed {
		p.lacks = []string{"no sandbox: jobs can do whatever the server's user can"}
		return nil
	}
	if !seccomp.Supported() {
		return errors.New("this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)")
	}
	version, err := landlockVersion()
	if p.sandbox == Landlock {
		if err != nil {
			return err
		}
		p.lacks = append(p.lacks, withoutNamespaces(version)...)
	} else if p.machine.uids, err = p.findUsers(version); err != nil {
		return err
	}
	p.machine.cgroups, err = findCgroups()
	if err != nil {
		p.lacks = append(p.lacks, fmt.Sprintf("no limits by cgroups (%s): where memory is not limited, each process of a job is, instead of all of them together",
			strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
	return nil
}

// findUsers says which users jobs have, and what a full sandbox does without.
func (p *Process) findUsers(landlock int) (uidRange, error) {
	if landlock == 0 {
		p.lacks = append(p.lacks, "no Landlock as a second wall: "+errNoLandlock.Error())
	}
	uids, err := findUIDs()
	if err == nil && uids.n == 0 {
		p.lacks = append(p.lacks, "no users of their own for jobs: they run as the server's, since that is not root with CAP_SYS_ADMIN")
	}
	return uids, err
}

// withoutNamespaces is what Landlock alone does not keep from jobs.
func withoutNamespaces(version int) []string {
	lacks := []string{
		"a process that leaves its job's process group outlives the job",
		"jobs can change the modes and times of files that the server's user owns, and see the names of its processes",
		"no /dev/shm for jobs: Python's multiprocessing does not work",
	}
	if version < landlockScopes {
		lacks = append(lacks, "jobs can send signals to the processes of the server's user (Linux 6.12 keeps them from it)")
	}
	return lacks
}

// confine takes every right from the process that a job does not need, and always the
// right to gain rights by setuid programs.
func confine(s spec) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if s.Sandbox == Unsandboxed {
		return nil
	}
	if version, err := landlockVersion(); err == nil {
		if err := landlocked(s, version); err != nil {
			return err
		}
	} else if s.Sandbox == Landlock {
		return err
	}
	for _, step := range []func(spec) error{setLimits, dropCapabilities, filterCalls} {
		if err := step(s); err != nil {
			return err
		}
	}
	return nil
}

// setLimits sets those that hold for each process, and for the number of them where the
// user is the job's alone.
func setLimits(s spec) error {
	set := map[int]int64{unix.RLIMIT_FSIZE: s.Limits.Disk}
	if s.Limits.DataOnly {
		set[unix.RLIMIT_DATA] = s.Limits.Memory
	}
	if s.Sandbox == Full && (s.UID != 0 || countsByNamespace()) {
		set[unix.RLIMIT_NPROC] = s.Limits.Processes
	}
	for resource, limit := range set {
		rlimit := unix.Rlimit{Cur: uint64(limit), Max: uint64(limit)}
		if err := unix.Setrlimit(resource, &rlimit); err != nil {
			return fmt.Errorf("setting limits: %w", err)
		}
	}
	return nil
}

// countsByNamespace reports whether this kernel counts the processes of a user in each
// user namespace (Linux 5.14); older ones count those of the server as the job's.
func countsByNamespace() bool {
	var name unix.Utsname
	var major, minor int
	if unix.Uname(&name) != nil {
		return false
	}
	if _, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 5 || major == 5 && minor >= 14
}

// dropCapabilities gives up every capability of this thread, also of those to come.
func dropCapabilities(spec) error {
	for c := 0; ; c++ {
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(c), 0, 0, 0)
		if err != nil {
			break // the kernel knows no more
		}
		if has == 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("giving up capabilities: %w", err) // without rights to begin with, there is nothing to lose
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	return nil
}
