//go:build unix

package auth

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives the file made the owner of the one at path.
func keepOwner(path, made string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, isUnix := info.Sys().(*syscall.Stat_t)
	if !isUnix || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	return os.Chown(made, int(owner.Uid), int(owner.Gid))
}

// syncFolder makes a rename in the folder outlive a power failure.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("replacing the secret key: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("replacing the secret key: %w", err)
	}
	return nil
}
