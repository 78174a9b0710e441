package arrival

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// move gives a file of a folder another name in it, which nothing has yet: else fs.ErrExist. No link on the way leads out.
func move(root *os.Root, from, to string) error {
	old, err := root.Open(path.Dir(from))
	if err != nil {
		return err
	}
	defer old.Close()
	dir, err := root.Open(path.Dir(to))
	if err != nil {
		return err
	}
	defer dir.Close()
	err = unix.Renameat2(int(old.Fd()), path.Base(from), int(dir.Fd()), path.Base(to), unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) { // a file system that cannot do so
		return moveInTwoSteps(root, from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
