package executor

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// serviceAttributes let a child die with this process, and only with it: not by an
// interrupt that the terminal sends to both.
func serviceAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// usersOfJobs are those that jobs run as in containers, if the server is root.
func usersOfJobs() (uidRange, error) { return findUIDs() }

// linkOpen makes a hard link to an open file.
func linkOpen(from *os.File, to string) error {
	return unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(from.Fd())), unix.AT_FDCWD, to, unix.AT_SYMLINK_FOLLOW)
}
