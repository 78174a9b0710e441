package executor

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// The users of jobs, if the server is root, lie where distributions and systemd assign
// none (systemd: UIDS-GIDS, "Unused").
const (
	firstUID = 1879048192
	numUIDs  = 1 << 27
)

// A uidRange is where the users of jobs lie; without any, jobs run as the server's user.
type uidRange struct{ first, n int64 }

// uid is the user of a job; no two jobs of one database have the same.
func (r uidRange) uid(job int64) int {
	if r.n == 0 {
		return 0
	}
	return int(r.first + job%r.n)
}

// findUIDs returns the users that jobs can have: none unless the server is root with
// the rights of root over mounts.
func findUIDs() (uidRange, error) {
	if os.Geteuid() != 0 {
		return uidRange{}, nil
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return uidRange{}, fmt.Errorf("reading the server's capabilities: %w", err)
	}
	for _, need := range []int{unix.CAP_SYS_ADMIN, unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE} {
		if data[need/32].Effective&(1<<(need%32)) == 0 {
			return uidRange{}, nil
		}
	}
	raw, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return uidRange{}, fmt.Errorf("reading the server's user namespace: %w", err)
	}
	return uidsOf(string(raw)), nil
}

// uidsOf picks the users of jobs from those of a user namespace, as /proc/self/uid_map
// has them: in a container there may be few, of which the upper half is the jobs'.
func uidsOf(uidMap string) uidRange {
	var best uidRange
	for line := range strings.Lines(uidMap) {
		var inside, outside, n int64
		if _, err := fmt.Sscan(line, &inside, &outside, &n); err != nil {
			continue
		}
		if inside <= firstUID && inside+n >= firstUID+numUIDs {
			return uidRange{firstUID, numUIDs}
		}
		const nobody = 65534
		last := inside + n
		if inside < nobody && last > nobody {
			last = nobody
		}
		if half := (last - inside) / 2; half > best.n && half >= 1000 {
			best = uidRange{last - half, half}
		}
	}
	return best
}
