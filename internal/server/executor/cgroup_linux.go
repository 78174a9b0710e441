package executor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// cgroupPrefix starts the names of the groups of jobs.
const cgroupPrefix = "galley-job-"

// The controllers of cgroups that limit a job.
const (
	cgroupMemory    = "memory"
	cgroupProcesses = "pids"
	cgroupCPU       = "cpu"
)

// A cgroupParent is a folder of the cgroup file system in which the server can make
// groups that have a controller.
type cgroupParent struct {
	dir string
	v2  bool
}

// cgroups are the parents of the groups of jobs by their controllers; those that the
// server cannot use are missing.
type cgroups map[string]cgroupParent

// findCgroups finds out, by trying, which controllers the server can use. The error
// says why not, for those that it cannot.
func findCgroups() (cgroups, error) {
	own, err := ownCgroups()
	if err != nil {
		return nil, err
	}
	found := cgroups{}
	var problems []error
	for _, controller := range []string{cgroupMemory, cgroupProcesses, cgroupCPU} {
		err := fmt.Errorf("%s: no cgroup has it", controller)
		for _, parent := range own[controller] {
			if err = parent.try(controller); err == nil {
				found[controller] = parent
				break
			}
		}
		if err != nil {
			problems = append(problems, err)
		}
	}
	return found, errors.Join(problems...)
}

// ownCgroups are the groups that this process is in, by controller, and the roots above
// them, in which only root may make groups.
func ownCgroups() (map[string][]cgroupParent, error) {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("looking for cgroups: %w", err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("looking for cgroups: %w", err)
	}
	paths := map[string]string{} // by controller; that of v2 by ""
	for line := range strings.Lines(string(membership)) {
		if fields := strings.SplitN(strings.TrimSpace(line), ":", 3); len(fields) == 3 {
			for controller := range strings.SplitSeq(fields[1], ",") {
				paths[controller] = fields[2]
			}
		}
	}
	own := map[string][]cgroupParent{}
	add := func(controller, mountRoot, mountPoint, path string, v2 bool) {
		if within, err := filepath.Rel(mountRoot, path); err == nil && filepath.IsLocal(within) {
			own[controller] = append(own[controller], cgroupParent{filepath.Join(mountPoint, within), v2})
		}
		own[controller] = append(own[controller], cgroupParent{mountPoint, v2})
	}
	for line := range strings.Lines(string(mounts)) {
		before, after, _ := strings.Cut(line, " - ") // man proc_pid_mountinfo
		left, right := strings.Fields(before), strings.Fields(after)
		if len(left) < 5 || len(right) < 3 {
			continue
		}
		switch right[0] {
		case "cgroup2":
			raw, _ := os.ReadFile(filepath.Join(left[4], "cgroup.controllers"))
			for controller := range strings.FieldsSeq(string(raw)) {
				add(controller, left[3], left[4], paths[""], true)
			}
		case "cgroup":
			for controller := range strings.SplitSeq(right[2], ",") {
				add(controller, left[3], left[4], paths[controller], false)
			}
		}
	}
	return own, nil
}

// uniqueName is a name that no other execution of this machine has. It begins with the
// server's process.
func uniqueName() string { return fmt.Sprintf("%d-%d", os.Getpid(), executions.Add(1)) }

var executions atomic.Int64

// clean removes the groups of servers that were killed.
func (p cgroupParent) clean() {
	left, _ := filepath.Glob(filepath.Join(p.dir, cgroupPrefix+"*"))
	for _, dir := range left {
		var server, n int
		_, err := fmt.Sscanf(filepath.Base(dir), cgroupPrefix+"%d-%d", &server, &n)
		if err == nil && errors.Is(syscall.Kill(server, 0), syscall.ESRCH) {
			_ = os.Remove(dir) // fails where a job still runs
		}
	}
}

// try makes a group, as for a job, and removes it.
func (p cgroupParent) try(controller string) error {
	p.clean()
	if p.v2 {
		if err := p.delegate(controller); err != nil {
			return err
		}
	}
	g := cgroup{}
	defer g.remove()
	return g.add(p, controller, cgroupPrefix+uniqueName(), limits{Memory: leastBytes, Processes: leastProcesses, CPUs: 1})
}

// delegate makes a controller available to the groups below. Version 2 allows that only
// to groups without processes, so a server that is alone in its group moves one down.
func (p cgroupParent) delegate(controller string) error {
	at := filepath.Join(p.dir, "cgroup.subtree_control")
	if has, err := os.ReadFile(at); err == nil && slices.Contains(strings.Fields(string(has)), controller) {
		return nil
	}
	err := os.WriteFile(at, []byte("+"+controller), 0o600)
	if err == nil {
		return nil
	}
	members, readErr := os.ReadFile(filepath.Join(p.dir, "cgroup.procs"))
	self := strconv.Itoa(os.Getpid())
	if readErr != nil || strings.TrimSpace(string(members)) != self {
		return err
	}
	down := filepath.Join(p.dir, "galleyd")
	if mkdirErr := os.Mkdir(down, 0o755); mkdirErr != nil && !errors.Is(mkdirErr, fs.ErrExist) {
		return err
	}
	if moveErr := os.WriteFile(filepath.Join(down, "cgroup.procs"), []byte(self), 0o600); moveErr != nil {
		return err
	}
	return os.WriteFile(at, []byte("+"+controller), 0o600)
}

// A cgroup is the group of one job: a folder for each controller of version 1, or one
// for all of version 2.
type cgroup struct {
	dirs   []string
	memory string // the folder that counts memory; empty: none does
}

// newCgroup makes the group of a job. Without any controller it limits nothing.
func (c cgroups) newCgroup(l limits) (*cgroup, error) {
	g, name := &cgroup{}, uniqueName()
	for _, controller := range []string{cgroupMemory, cgroupProcesses, cgroupCPU} {
		parent, ok := c[controller]
		if !ok {
			continue
		}
		if err := g.add(parent, controller, cgroupPrefix+name, l); err != nil {
			g.remove()
			return nil, err
		}
	}
	return g, nil
}

// helperMemory and helperThreads are what the first process of the namespaces takes for
// itself; it is in the job's group.
const (
	helperMemory  = 32 * mib
	helperThreads = 32
)

func (g *cgroup) add(parent cgroupParent, controller, name string, l limits) error {
	dir := filepath.Join(parent.dir, name)
	if err := os.Mkdir(dir, 0o755); err == nil {
		g.dirs = append(g.dirs, dir)
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if controller == cgroupMemory {
		g.memory = dir
	}
	for _, f := range cgroupFiles(controller, parent.v2, l) {
		err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.value), 0o600)
		if err != nil && (!f.optional || !errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return nil
}

type cgroupFile struct {
	name, value string
	optional    bool // not every kernel has it
}

// cgroupFiles are the limits of a job in the words of a controller. A job may use as many
// CPUs as it asks for, and always one: less only says how much of it is left to it when
// others want it, too.
func cgroupFiles(controller string, v2 bool, l limits) []cgroupFile {
	const period = 100_000 // µs
	quota := strconv.Itoa(int(max(l.CPUs, 1) * period))
	memory := strconv.FormatInt(l.Memory+helperMemory, 10)
	processes := strconv.FormatInt(l.Processes+helperThreads, 10)
	weight := func(one, least, most float64) string {
		return strconv.Itoa(int(min(max(l.CPUs*one, least), most)))
	}
	switch {
	case controller == cgroupMemory && v2:
		return []cgroupFile{{"memory.max", memory, false}, {"memory.swap.max", "0", true}, {"memory.oom.group", "1", true}}
	case controller == cgroupMemory:
		return []cgroupFile{{"memory.limit_in_bytes", memory, false}, {"memory.memsw.limit_in_bytes", memory, true}}
	case controller == cgroupProcesses:
		return []cgroupFile{{"pids.max", processes, false}}
	case l.CPUs == 0:
		return nil
	case v2:
		return []cgroupFile{{"cpu.max", fmt.Sprintf("%s %d", quota, period), false}, {"cpu.weight", weight(100, 1, 10_000), true}}
	}
	return []cgroupFile{{"cpu.cfs_period_us", strconv.Itoa(period), true}, {"cpu.cfs_quota_us", quota, true}, {"cpu.shares", weight(1024, 2, 262_144), false}}
}

// enter puts a process into the group.
func (g *cgroup) enter(pid int) error {
	for _, dir := range g.dirs {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600); err != nil {
			return fmt.Errorf("putting the job into its cgroup: %w", err)
		}
	}
	return nil
}

// outOfMemory reports whether the kernel ended a process of the group for its memory.
func (g *cgroup) outOfMemory() bool {
	for _, name := range []string{"memory.events", "memory.oom_control"} {
		raw, err := os.ReadFile(filepath.Join(g.memory, name))
		if g.memory == "" || err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok && count != "0" {
				return true
			}
		}
	}
	return false
}

// remove removes the group as soon as its last process is gone.
func (g *cgroup) remove() {
	for _, dir := range g.dirs {
		for pause := time.Millisecond; os.Remove(dir) != nil && pause < time.Second; pause *= 2 {
			time.Sleep(pause)
		}
	}
}
