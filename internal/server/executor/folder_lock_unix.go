//go:build unix

package executor

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lockFolder makes the folder of an execution this process's, until it closes the lock or
// ends. It is errBusy if another one has it.
func lockFolder(folder string) (io.Closer, error) {
	file, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	switch err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		file.Close()
		return nil, errBusy
	case err != nil:
		file.Close()
		return nil, fmt.Errorf("locking %s: %w", folder, err)
	}
	return file, nil
}
