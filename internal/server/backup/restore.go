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

// ReadIndex is what a backup says of itself.
func ReadIndex(from string) (x Index, err error) {
	text, err := os.ReadFile(filepath.Join(from, indexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return x, fmt.Errorf("%s is no backup: it has no %s", from, indexFile)
	}
	if err != nil {
		return x, err
	}
	if err := json.Unmarshal(text, &x); err != nil {
		return x, fmt.Errorf("reading %s: %w", filepath.Join(from, indexFile), err)
	}
	if x.Format != format {
		return x, fmt.Errorf("the backup in %s has the format %d, this galleyd knows %d: use the galleyd that made it (%s)", from, x.Format, format, x.Version)
	}
	return x, nil
}

// Restore makes what a backup has out of it: first the bytes of files, then, when all of them are there, the
// database. It overwrites nothing: a database that is there, or a file with other bytes, is an error. What
// was interrupted can be begun again.
func Restore(ctx context.Context, from string, to Target) (Index, error) {
	x, err := ReadIndex(from)
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
	if err := copyFile(os.DirFS(from), databaseFile, partial, ""); err != nil {
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

func restoreFiles(ctx context.Context, from string, st *store.Store, host *catalog.Host, moved [][2]string) error {
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
		if err := restoreWorkspace(ctx, filepath.Join(from, filesFolder, strconv.FormatInt(ws.ID, 10)), st, ws, host); err != nil {
			return fmt.Errorf("restoring workspace %s in %s: %w", ws.Name, ws.HostPath, err)
		}
	}
	return nil
}

func restoreWorkspace(ctx context.Context, from string, st *store.Store, ws store.Workspace, host *catalog.Host) error {
	root, err := host.OpenFolder(ws.HostPath, true)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return eachFile(ctx, st, ws, func(f store.File) error {
		if f.Content == "" && f.IsDeleted {
			return nil // what lies at its path is another file's
		}
		err := restoreFile(os.DirFS(from), root, f)
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

// restoreFile copies the bytes of a file into its workspace, unless they are there.
func restoreFile(from fs.FS, root *os.Root, f store.File) error {
	in, err := from.Open(f.Stored())
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
	in, err := root.Open(f.Stored())
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := fill(io.Discard, in, f.SHA256); err != nil {
		return fmt.Errorf("there is another file at %s, which is left alone: restore to an empty folder: %w", f.Stored(), err)
	}
	return nil
}

func restoreKey(from, dataDir string) error {
	to := filepath.Join(dataDir, keyFile)
	err := copyFile(os.DirFS(from), keyFile, to, "")
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	was, err := os.ReadFile(to)
	if err != nil {
		return err
	}
	is, err := os.ReadFile(filepath.Join(from, keyFile))
	if err == nil && string(was) != string(is) {
		err = fmt.Errorf("there is another secret key at %s, which is left alone: restore to an empty data folder", to)
	}
	return err
}
