package executor

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// serviceAttributes let a child die with this process, and only with it: not by an
// interrupt that the terminal sends to both.
func serviceAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// bootID is another one after each start of the machine.
func bootID() string {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "" // without /proc it cannot be told
	}
	return strings.TrimSpace(string(raw))
}

// linkOpen makes a hard link to an open file.
func linkOpen(from *os.File, to string) error {
	return unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(from.Fd())), unix.AT_FDCWD, to, unix.AT_SYMLINK_FOLLOW)
}
