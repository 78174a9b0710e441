package executor

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// linkOpen makes a hard link to an open file.
func linkOpen(from *os.File, to string) error {
	return unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(from.Fd())), unix.AT_FDCWD, to, unix.AT_SYMLINK_FOLLOW)
}
