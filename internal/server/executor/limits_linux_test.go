package executor

import (
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestLimitsOf(t *testing.T) {
	t.Parallel()
	d := Limits{}.withDefaults()
	for _, c := range []struct {
		name      string
		allocated map[string]float64
		want      limits
	}{
		{"nothing asked for", nil, limits{Memory: 256 << 20, Shared: 64 << 20, Disk: 256 << 20, Processes: 256}},
		{"everything asked for", map[string]float64{"cpus": 1.5, "mem": 512.5, "sharedMem": 100, "disk": 1000, "processes": 1000, "gpus": 1},
			limits{Memory: 512<<20 + 1<<19, Shared: 100 << 20, Disk: 1000 << 20, Processes: 1000, CPUs: 1.5}},
		{"too little", map[string]float64{"mem": 1, "disk": 0, "processes": 1}, limits{Memory: 64 << 20, Shared: 64 << 20, Disk: 64 << 20, Processes: 16}},
		{"too much", map[string]float64{"mem": 1e300}, limits{Memory: 1 << 50, Shared: 64 << 20, Disk: 256 << 20, Processes: 256}},
	} {
		if diff := cmp.Diff(c.want, d.limitsOf(c.allocated)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestUIDsOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, uidMap string
		want         uidRange
	}{
		{"the machine", "         0          0 4294967295\n", uidRange{firstUID, numUIDs}},
		{"a container", "         0     100000      65536\n", uidRange{32767, 32767}},
		{"a container of one's own", "         0       1000          1\n         1     100000      65536\n", uidRange{32768, 32766}},
		{"one user", "         0       1000          1\n", uidRange{}},
	} {
		got := uidsOf(c.uidMap)
		if got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		if one, two := got.uid(1), got.uid(2); got.n > 0 && (one == two || int64(one) < got.first || int64(two) >= got.first+got.n) {
			t.Errorf("%s: two jobs have the users %d and %d", c.name, one, two)
		}
	}
}

// Root without some of its rights runs no job as root.
func TestUsersOfJobsWithoutRights(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has users for jobs")
	}
	for _, c := range []struct {
		without          int
		inContainers, of bool // users: in containers, of processes
	}{{unix.CAP_SYS_ADMIN, true, false}, {unix.CAP_CHOWN, false, false}} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // it ends with the goroutine, and with it what it lacks
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var data [2]unix.CapUserData
			err := unix.Capget(&header, &data[0])
			data[c.without/32].Effective &^= 1 << (c.without % 32)
			if err := errors.Join(err, unix.Capset(&header, &data[0])); err != nil {
				t.Error(err)
				return
			}
			if users, err := usersOfJobs(); (users.n > 0) != c.inContainers || (err == nil) != c.inContainers {
				t.Errorf("without capability %d: containers have %v, %v", c.without, users, err)
			}
			if users, err := findUIDs(); (users.n > 0) != c.of || err != nil {
				t.Errorf("without capability %d: processes have %v, %v", c.without, users, err)
			}
		}()
		<-done
	}
}

// TestCgroupFiles is about what the kernel is asked for; TestJobsThatTakeTooMuch, whether it does it.
func TestCgroupFiles(t *testing.T) {
	t.Parallel()
	l := limits{Memory: 100 << 20, Processes: 50, CPUs: 2.5}
	for _, c := range []struct {
		controller string
		v2         bool
		limits     limits
		want       map[string]string
	}{
		{cgroupMemory, true, l, map[string]string{"memory.max": "138412032", "memory.swap.max": "0", "memory.oom.group": "1"}},
		{cgroupMemory, false, l, map[string]string{"memory.limit_in_bytes": "138412032", "memory.memsw.limit_in_bytes": "138412032"}},
		{cgroupProcesses, true, l, map[string]string{"pids.max": "82"}},
		{cgroupCPU, true, l, map[string]string{"cpu.max": "250000 100000", "cpu.weight": "250"}},
		{cgroupCPU, false, l, map[string]string{"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "250000", "cpu.shares": "2560"}},
		{cgroupCPU, false, limits{CPUs: 0.001}, map[string]string{"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000", "cpu.shares": "2"}},
		{cgroupCPU, true, limits{}, map[string]string{}},
	} {
		got := map[string]string{}
		for _, f := range cgroupFiles(c.controller, c.v2, c.limits) {
			got[f.name] = f.value
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, v2 = %v (-want +got):\n%s", c.controller, c.v2, diff)
		}
	}
}

// TestJobsLeaveNoCgroups also shows that a job is in its groups, where they can be made.
func TestJobsLeaveNoCgroups(t *testing.T) {
	t.Parallel()
	found, err := findCgroups()
	if len(found) == 0 {
		t.Skipf("this user can make no cgroups here: %v", err)
	}
	g, err := found.newCgroup(limits{Memory: leastBytes, Processes: leastProcesses, CPUs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.dirs) == 0 {
		t.Error("the group of a job has no folder")
	}
	g.remove()
	for _, dir := range g.dirs {
		deadline := time.Now().Add(10 * time.Second)
		for exists(dir) && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if exists(dir) {
			t.Errorf("%s is still there", dir)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
