package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// Target is where a backup is restored to.
type Target struct {
	Host     *catalog.Host
	DataDir  string
	Database string      // path of the database, where there is none
	Moved    [][2]string // folders of workspaces, or what they lie in: where they were, and where they are to be
}

// maxSmallFile is how many bytes the index and the secret key of a backup have at most.
const maxSmallFile = 1 << 20

// ReadIndex is what a backup says of itself.
func ReadIndex(from string) (Index, error) {
	root, err := os.OpenRoot(from)
	if err != nil {
		return Index{}, fmt.Errorf("%s is no backup: %w", from, err)
	}
	defer func() { _ = root.Close() }()
	return readIndex(root)
}

func readIndex(root *os.Root) (x Index, err error) {
	text, err := readSmall(root, indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return x, fmt.Errorf("%s is no backup: it has no %s", root.Name(), indexFile)
	}
	if err != nil {
		return x, err
	}
	if err := json.Unmarshal(text, &x); err != nil {
		return x, fmt.Errorf("reading %s: %w", filepath.Join(root.Name(), indexFile), err)
	}
	if x.Format != format {
		return x, fmt.Errorf("the backup in %s has the format %d, this galleyd knows %d: use the galleyd that made it (%s)", root.Name(), x.Format, format, x.Version)
	}
	return x, nil
}

// readSmall reads a whole file of a backup.
func readSmall(root *os.Root, name string) ([]byte, error) {
	f, err := regular.Open(root, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err == nil && len(text) > maxSmallFile {
		err = fmt.Errorf("%s has more than %d bytes", filepath.Join(root.Name(), name), maxSmallFile)
	}
	return text, err
}

// Restore makes what a backup has out of it: first the bytes of files, then, when all of them are there, the
// database. It overwrites nothing: a database that is there, or a file with other bytes, is an error. What
// was interrupted can be begun again. A backup may have been in foreign hands: of its folder, only
// regular files are read.
func Restore(ctx context.Context, folder string, to Target) (Index, error) {
	from, err := os.OpenRoot(folder)
	if err != nil {
		return Index{}, fmt.Errorf("%s is no backup: %w", folder, err)
	}
	defer func() { _ = from.Close() }()
	x, err := readIndex(from)
	if err != nil {
		return x, err
	}
	for _, file := range []string{to.Database, to.Database + "-wal"} {
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return x, fmt.Errorf("there is a database at %s already: name another data folder, or move it away with all that is in it", to.Database)
		}
	}
	if err := os.MkdirAll(filepath.Dir(to.Database), 0o750); err != nil {
		return x, err
	}
	partial := to.Database + ".restoring"
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(partial + end); err != nil {
			return x, err
		}
	}
	if err := copyFrom(from, databaseFile, partial, ""); err != nil {
		return x, fmt.Errorf("copying the database: %w", err)
	}
	st, err := store.Open(ctx, store.Config{DSN: "sqlite:" + partial, MustExist: true})
	if err != nil {
		return x, err
	}
	moved := append([][2]string{{filepath.Join(x.DataDir, catalog.WorkspacesFolder), filepath.Join(to.DataDir, catalog.WorkspacesFolder)}}, to.Moved...)
	if err := errors.Join(restoreFiles(ctx, from, st, to.Host, moved), st.Close()); err != nil {
		return x, err
	}
	if x.HasKey {
		if err := restoreKey(from, to.DataDir); err != nil {
			return x, err
		}
	}
	if err := os.Rename(partial, to.Database); err != nil {
		return x, err
	}
	return x, syncFolder(filepath.Dir(to.Database))
}

func restoreFiles(ctx context.Context, from *os.Root, st *store.Store, host *catalog.Host, moved [][2]string) error {
	workspaces, _, err := st.Workspaces(ctx, store.WorkspaceFilter{})
	if err != nil {
		return err
	}
	for _, ws := range workspaces {
		for _, m := range moved {
			if rest, within := workspace.Within(ws.HostPath, m[0]); within {
				ws.HostPath = filepath.Join(m[1], rest)
				break
			}
		}
		if err := st.Update(ctx, &ws, "host_path"); err != nil {
			return err
		}
		if err := restoreWorkspace(ctx, from, st, ws, host); err != nil {
			return fmt.Errorf("restoring workspace %s in %s: %w", ws.Name, ws.HostPath, err)
		}
	}
	return nil
}

func restoreWorkspace(ctx context.Context, backup *os.Root, st *store.Store, ws store.Workspace, host *catalog.Host) error {
	root, err := host.OpenFolder(ws.HostPath, true)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	// A root of its own: a link must not lead to the files of another workspace, or to the key.
	from, err := openFolder(backup, path.Join(filesFolder, strconv.FormatInt(ws.ID, 10)))
	if from != nil {
		defer func() { _ = from.Close() }()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return eachFile(ctx, st, ws, func(f store.File) error {
		if f.Content == "" && f.IsDeleted {
			return nil // what lies at its path is another file's
		}
		err := fs.ErrNotExist
		if from != nil {
			err = restoreFile(from, root, f)
		}
		if errors.Is(err, fs.ErrNotExist) && f.IsDeleted {
			return nil // its bytes were gone
		}
		if err != nil {
			return fmt.Errorf("file %d at %q: %w", f.ID, f.FilePath, err)
		}
		if f.IsDeleted {
			return nil
		}
		return catalog.Place(root, f)
	})
}

// openFolder opens a folder of a backup. It looks first: opening a pipe would wait for its other end.
func openFolder(backup *os.Root, name string) (*os.Root, error) {
	switch info, err := backup.Stat(name); {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a directory", filepath.Join(backup.Name(), name))
	}
	return backup.OpenRoot(name)
}

// restoreFile copies the bytes of a file into its workspace, unless they are there.
func restoreFile(from, root *os.Root, f store.File) error {
	in, err := regular.Open(from, f.Stored())
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := root.MkdirAll(path.Dir(f.Stored()), 0o750); err != nil {
		return err
	}
	// Under another name until all of it is there, so that a restore that was killed can be begun again.
	partial := f.Stored() + ".restoring"
	if err := root.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := root.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o440)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(out, in, f.SHA256), out.Sync(), out.Close()); err != nil {
		return errors.Join(err, root.Remove(partial))
	}
	if _, err := root.Lstat(f.Stored()); err == nil {
		return errors.Join(isSame(root, f), root.Remove(partial))
	}
	return root.Rename(partial, f.Stored())
}

// isSame refuses a file that is there with other bytes.
func isSame(root *os.Root, f store.File) error {
	in, err := regular.Open(root, f.Stored())
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := fill(io.Discard, in, f.SHA256); err != nil {
		return fmt.Errorf("there is another file at %s, which is left alone: restore to an empty folder: %w", f.Stored(), err)
	}
	return nil
}

func restoreKey(from *os.Root, dataDir string) error {
	to := filepath.Join(dataDir, keyFile)
	err := copyFrom(from, keyFile, to, "")
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	was, err := os.ReadFile(to)
	if err != nil {
		return err
	}
	is, err := readSmall(from, keyFile)
	if err == nil && string(was) != string(is) {
		err = fmt.Errorf("there is another secret key at %s, which is left alone: restore to an empty data folder", to)
	}
	return err
}
