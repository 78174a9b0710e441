package regular

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrIrregular is what [Open] says of a file that nobody may read for a job or a
// user: it is no regular file, or a link that leads out of its folder.
var ErrIrregular = errors.New("not a regular file of its folder")

// Open opens a file of a folder (slashes separate its path) that users or jobs
// write to, for reading. Links are followed within the folder only. It never waits: a
// pipe is refused, not opened. The error wraps [fs.ErrNotExist] or [ErrIrregular] where
// that is the reason.
func Open(root *os.Root, name string) (*os.File, error) {
	at := filepath.FromSlash(name)
	info, err := root.Stat(at)
	switch errno, ofSystem := errors.AsType[syscall.Errno](err); {
	case err != nil && (!ofSystem || errno == syscall.ELOOP || errno == syscall.ENOTDIR):
		return nil, fmt.Errorf("%s: %w: %w", name, ErrIrregular, err) // it leads elsewhere, or nowhere
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w", name, ErrIrregular)
	}
	// Something else may be there by now, so it is looked at again.
	file, err := root.OpenFile(at, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err != nil || !info.Mode().IsRegular() {
		file.Close()
		return nil, errors.Join(err, fmt.Errorf("%s: %w", name, ErrIrregular))
	}
	return file, nil
}
