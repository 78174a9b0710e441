package arrival

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// moveInTwoSteps is move where a system cannot look and rename at once. Names in the folders of ingests belong to one
// row each, so only somebody who puts files there by hand could come in between.
func moveInTwoSteps(root *os.Root, from, to string) error {
	there, err := exists(root, to)
	if err != nil {
		return err
	}
	if there {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return root.Rename(from, to)
}

func exists(root *os.Root, name string) (bool, error) {
	_, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// isCandidate tells whether something in a folder may be a file that arrives: a regular one, with a name that the
// catalog takes, and none of the server's own.
func isCandidate(path string, mode fs.FileMode) bool {
	return mode.IsRegular() && workspace.CheckFilePath(path) == nil
}

func isHidden(name string) bool { return strings.HasPrefix(name, workspace.HiddenPrefix) }

// modified is when a file says that it was changed last; files come from machines whose clocks may say anything, of
// which only what can be stored is believed.
func modified(info fs.FileInfo, now store.Time) store.Time {
	if workspace.CheckSourceTime(info.ModTime()) != nil {
		return now
	}
	return store.At(info.ModTime())
}

// sighting is how a file looked.
type sighting struct {
	info  fs.FileInfo
	since time.Time // for how long it has looked like that; of the clock that does not jump
}

// isSame tells whether a file looks as it did.
func isSame(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
