package executor

import (
	"errors"
	"fmt"
	"os"
	"slices"
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

// A right is a capability of root, with its name.
type right struct {
	number int
	name   string
}

var (
	// folderRights let the server give a job folders of its own, and take them back.
	folderRights = []right{{unix.CAP_CHOWN, "CAP_CHOWN"}, {unix.CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"}, {unix.CAP_FOWNER, "CAP_FOWNER"}}
	// userRights let it start processes as other users in namespaces that it makes.
	userRights = []right{{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {unix.CAP_SETUID, "CAP_SETUID"}, {unix.CAP_SETGID, "CAP_SETGID"}}
)

// lacks are the names of the rights that the server has not.
func lacks(rights ...right) (names []string, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return nil, fmt.Errorf("reading the server's capabilities: %w", err)
	}
	for _, r := range rights {
		if data[r.number/32].Effective&(1<<(r.number%32)) == 0 {
			names = append(names, r.name)
		}
	}
	return names, nil
}

// findUIDs returns the users that jobs can have: none unless the server is root with
// the rights of root over users, folders and mounts.
func findUIDs() (uidRange, error) {
	if os.Geteuid() != 0 {
		return uidRange{}, nil
	}
	if missing, err := lacks(slices.Concat(userRights, folderRights)...); err != nil || len(missing) > 0 {
		return uidRange{}, err
	}
	return ownUIDs()
}

// usersOfJobs are those that jobs run as in containers, if the server is root. The engine starts
// them, so that the server needs rights over folders only; without these they would be root.
func usersOfJobs() (uidRange, error) {
	if os.Geteuid() != 0 {
		return uidRange{}, nil
	}
	missing, err := lacks(folderRights...)
	if err != nil {
		return uidRange{}, err
	}
	if len(missing) > 0 {
		return uidRange{}, fmt.Errorf("giving jobs in containers users of their own: this server is root without %s, so that they would run as root; start it as another user, or with %s",
			strings.Join(missing, ", "), strings.Join(missing, ", "))
	}
	users, err := ownUIDs()
	if err == nil && users.n == 0 {
		err = errors.New("giving jobs in containers users of their own: the user namespace of this server has fewer than 2,000 users, so that they would run as its root; start it as another user, or with more users (/proc/self/uid_map)")
	}
	return users, err
}

// ownUIDs picks the users of jobs from those of the server's user namespace.
func ownUIDs() (uidRange, error) {
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
