package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// What a backup consists of, in its folder.
const (
	databaseFile = "galley.db"
	filesFolder  = "files" // a folder for each workspace, by its id
	keyFile      = "secret.key"
	indexFile    = "backup.json" // it is written last
)

const (
	format = 1 // of an index
	page   = 500
)

// Index is what a backup says of itself.
type Index struct {
	Format  int       `json:"format"`
	Version string    `json:"version"`  // of the galleyd that made it
	Created time.Time `json:"created"`  // the moment whose state it has
	DataDir string    `json:"data_dir"` // where the data folder was
	HasKey  bool      `json:"has_secret_key"`
	Files   int       `json:"files"`
	Bytes   int64     `json:"bytes"`
	Gone    int       `json:"gone"` // files that were deleted while it was made: they are deleted in it, too
}

// HasBeenMade tells whether the backup is there, also where some of its files are damaged.
func (x Index) HasBeenMade(to string) bool {
	there, err := ReadIndex(to)
	return err == nil && there.Created.Equal(x.Created)
}

// Source is what is copied.
type Source struct {
	Store   *store.Store // SQLite
	Host    *catalog.Host
	DataDir string
	KeyFile string // the secret key; "": it stays apart
	Version string
	Now     func() time.Time
}

// Make copies everything to a folder that is not there yet. Servers may go on meanwhile: the database is
// copied as it is at one moment, and bytes never change under their name. The folder has its name only when
// all of it is on the disk. Files whose bytes are missing or are not those that were stored are an error
// that names them, after all others were copied.
func Make(ctx context.Context, src Source, to string) (Index, error) {
	index := Index{Format: format, Version: src.Version, Created: src.Now().UTC(), DataDir: src.DataDir, HasKey: src.KeyFile != ""}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return index, fmt.Errorf("%s is there already: name a folder that is not", to)
	}
	partial := filepath.Clean(to) + ".partial"
	if err := os.RemoveAll(partial); err != nil { // of one that was killed
		return index, err
	}
	if err := os.MkdirAll(filepath.Dir(partial), 0o750); err != nil {
		return index, err
	}
	if err := os.Mkdir(partial, 0o700); err != nil { // there are hashes of passwords in it
		return index, err
	}
	damaged, err := index.fill(ctx, src, partial)
	if err != nil {
		return index, errors.Join(err, os.RemoveAll(partial))
	}
	if err := os.Rename(partial, to); err != nil {
		return index, err
	}
	return index, errors.Join(damaged, syncFolder(filepath.Dir(to)))
}

// fill copies everything; damaged names files whose bytes are not what they should be.
func (x *Index) fill(ctx context.Context, src Source, to string) (damaged, err error) {
	database := filepath.Join(to, databaseFile)
	if err := src.Store.Snapshot(ctx, database); err != nil {
		return nil, err
	}
	snapshot, err := store.Open(ctx, store.Config{DSN: "sqlite:" + database, MustExist: true})
	if err != nil {
		return nil, err
	}
	damaged, err = x.copyFiles(ctx, src, snapshot, filepath.Join(to, filesFolder))
	if err = errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	if src.KeyFile != "" {
		key, err := os.Open(src.KeyFile) // through links, too: it is the operator's own
		if err == nil {
			err = copyFile(key, filepath.Join(to, keyFile), "")
		}
		if err != nil {
			return nil, fmt.Errorf("copying the secret key: %w", err)
		}
	}
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(to, indexFile), append(text, '\n'), 0o600); err != nil {
		return nil, err
	}
	return damaged, syncFolder(to)
}

func (x *Index) copyFiles(ctx context.Context, src Source, snapshot *store.Store, to string) (damaged, err error) {
	workspaces, _, err := snapshot.Workspaces(ctx, store.WorkspaceFilter{})
	if err != nil {
		return nil, err
	}
	for _, ws := range workspaces {
		root, err := src.Host.OpenFolder(ws.HostPath, false)
		if errors.Is(err, fs.ErrNotExist) {
			root, err = nil, nil // there are files in it, or not: each is missed below
		}
		if err != nil {
			return nil, fmt.Errorf("opening workspace %s: %w", ws.Name, err)
		}
		wrong, err := x.copyWorkspace(ctx, src, snapshot, ws, root, filepath.Join(to, strconv.FormatInt(ws.ID, 10)))
		if root != nil {
			_ = root.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("copying workspace %s: %w", ws.Name, err)
		}
		damaged = errors.Join(damaged, wrong)
	}
	return damaged, nil
}

// copyWorkspace copies the bytes of the files of a workspace; root is nil if its folder is not there.
func (x *Index) copyWorkspace(ctx context.Context, src Source, snapshot *store.Store, ws store.Workspace, root *os.Root, to string) (damaged, err error) {
	err = eachFile(ctx, snapshot, ws, func(f store.File) error {
		err := fs.ErrNotExist
		if f.Content == "" && f.IsDeleted {
			return nil // what lies at its path is another file's
		}
		if root != nil {
			err = copyFrom(root, f.Stored(), filepath.Join(to, filepath.FromSlash(f.Stored())), f.SHA256)
		}
		switch {
		case err == nil:
			x.Files, x.Bytes = x.Files+1, x.Bytes+f.FileSize
			return nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errChanged) && !errors.Is(err, regular.ErrIrregular):
			return fmt.Errorf("file %d at %q: %w", f.ID, f.FilePath, err)
		case f.IsDeleted:
			return nil // its bytes stayed for a while only
		}
		now, lookErr := src.Store.File(ctx, f.ID)
		if lookErr == nil && now.IsDeleted || errors.Is(lookErr, store.ErrNotFound) {
			x.Gone++
			f.IsDeleted, f.Deleted = true, store.At(x.Created).Ptr()
			return snapshot.Update(ctx, &f, "is_deleted", "deleted")
		}
		damaged = errors.Join(damaged, fmt.Errorf("file %d at %q of workspace %s: %w", f.ID, f.FilePath, ws.Name, err))
		return lookErr
	})
	return damaged, err
}

// eachFile calls do for each file of a workspace.
func eachFile(ctx context.Context, st *store.Store, ws store.Workspace, do func(store.File) error) error {
	filter := store.FileFilter{WorkspaceIDs: []int64{ws.ID}}
	for filter.Page = 1; ; filter.Page++ {
		filter.PageSize, filter.Order = page, []store.Order{{Field: "id"}}
		rows, _, err := st.Files(ctx, filter)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return ctx.Err()
		}
	}
}

// errChanged is that bytes are not those that were stored.
var errChanged = errors.New("its bytes are not those that were stored")

// copyFrom copies a regular file of a folder to a new one, like copyFile.
func copyFrom(root *os.Root, name, to, sum string) error {
	in, err := regular.Open(root, name)
	if err != nil {
		return err
	}
	return copyFile(in, to, sum)
}

// copyFile copies a file, which it closes, to a new one, syncs that, and holds its bytes against a SHA-256, if there is one.
func copyFile(in *os.File, to, sum string) error {
	defer func() { _ = in.Close() }()
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(out, in, sum), out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// fill copies bytes, and holds them against a SHA-256, if there is one.
func fill(out io.Writer, in io.Reader, sum string) error {
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, hash), in); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); sum != "" && got != sum {
		return fmt.Errorf("%w (SHA-256 %s, expected %s)", errChanged, got, sum)
	}
	return nil
}

// syncFolder makes the names in a folder last.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // some file systems do so by themselves, and refuse it
	return f.Close()
}
