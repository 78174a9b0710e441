package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// The bytes of a file lie in its workspace under a name that no other file ever has, and that
// only its row knows. They are complete and synced before the row is stored, and are never
// written again: whatever dies between the two leaves nothing but bytes that no row has, which
// Sweep removes. At the path that people have chosen lies a link to them, for web servers and
// for people; it follows when the row is committed.

// contentsFolder is where the bytes lie, in folders by the beginning of their names.
const contentsFolder = workspace.HiddenPrefix + "contents"

// maxShows is how often Show looks again whether it has shown the right file.
const maxShows = 10

// hiddenName is a name beside p that no file can have.
func hiddenName(p string) string {
	return path.Join(path.Dir(p), workspace.HiddenPrefix+randomHex(24))
}

// StagedFile is a file whose bytes are complete and have no row yet.
type StagedFile struct {
	root    *os.Root
	folder  string // of the workspace
	content string // where the bytes lie
	path    string
	Size    int64
	SHA256  string
	kept    bool
}

// Stage copies body to where the bytes of the file at p are to lie in the workspace, and syncs
// them. It stays inside the workspace whatever links lie there. The caller must discard the
// result, which does nothing to a file that is kept.
func (c *Catalog) Stage(ctx context.Context, ws store.Workspace, p string, body io.Reader, maxBytes int64) (*StagedFile, error) {
	root, err := c.openWorkspace(ws)
	if err != nil {
		return nil, err
	}
	name := randomHex(24)
	s := &StagedFile{root: root, folder: ws.HostPath, path: p, content: path.Join(contentsFolder, name[:2], name)}
	if err := s.fill(ctx, body, maxBytes); err != nil {
		s.Discard()
		return nil, err
	}
	return s, nil
}

func (s *StagedFile) fill(ctx context.Context, body io.Reader, maxBytes int64) error {
	if info, err := s.root.Stat(s.path); err == nil && info.IsDir() {
		return refusal.Errorf(refusal.Conflict, "The file path %q is a folder of the workspace", s.path)
	}
	if err := s.root.MkdirAll(path.Dir(s.path), 0o750); err != nil {
		return &refusal.Error{Code: refusal.Invalid, Message: fmt.Sprintf("Cannot create the folder of %q in the workspace", s.path), Err: err}
	}
	dirs := []string{path.Dir(s.content)} // to sync
	for _, dir := range []string{path.Dir(s.content), contentsFolder} {
		if _, err := s.root.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			dirs = append(dirs, path.Dir(dir))
		}
	}
	err := s.root.MkdirAll(path.Dir(s.content), 0o750)
	var f *os.File
	if err == nil {
		f, err = s.root.OpenFile(s.content, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o440)
	}
	if err != nil {
		return &refusal.Error{Code: refusal.Invalid, Message: fmt.Sprintf("Cannot write the file %q in the workspace", s.path), Err: err}
	}
	defer f.Close()
	body = &contextReader{ctx, body}
	if maxBytes > 0 {
		body = io.LimitReader(body, maxBytes+1)
	}
	sum := sha256.New()
	if s.Size, err = io.Copy(io.MultiWriter(f, sum), body); err != nil {
		return fmt.Errorf("storing %q: %w", s.path, err)
	}
	if maxBytes > 0 && s.Size > maxBytes {
		return refusal.Errorf(refusal.TooLarge, "The file %q is larger than the limit of %d bytes", s.path, maxBytes)
	}
	s.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := f.Sync(); err != nil {
		return fmt.Errorf("storing %q: %w", s.path, err)
	}
	for _, dir := range dirs {
		if err := syncFolder(s.root, dir); err != nil {
			return fmt.Errorf("storing %q: %w", s.path, err)
		}
	}
	return f.Close()
}

// syncFolder makes the names in a folder last. Some file systems do so by themselves, and
// refuse it.
func syncFolder(root *os.Root, dir string) error {
	f, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// Keep says that a row with the bytes may be committed: from here on only Sweep knows whether
// it was.
func (s *StagedFile) Keep() { s.kept = true }

// Kept tells whether a row may have the bytes.
func (s *StagedFile) Kept() bool { return s.kept }

// Discard removes what no row can have.
func (s *StagedFile) Discard() {
	if !s.kept {
		_ = s.root.Remove(s.content) // it may not have been created
	}
	s.root.Close()
}

// Show lets people find the file that lives at the path of f, which may be another one by now.
// What fails is tried again by Sweep.
func (c *Catalog) Show(ctx context.Context, f store.File) {
	if err := c.show(ctx, f); err != nil {
		c.Log.WarnContext(ctx, "the file is stored, but not to be found at its path; this is tried again later",
			slog.Int64("file", f.ID), slog.String("path", f.FilePath), slog.Any("error", err))
	}
}

// show repeats until the file has not changed while it was shown: so the last of several that
// do so at the same time shows the right one.
func (c *Catalog) show(ctx context.Context, f store.File) error {
	ws, err := c.Store.Workspace(ctx, f.WorkspaceID)
	if err != nil {
		return err
	}
	root, err := c.openWorkspace(ws)
	if err != nil {
		return err
	}
	defer root.Close()
	live := func() (store.File, error) {
		row, err := c.Store.FileByPath(ctx, f.WorkspaceID, f.FilePath)
		if errors.Is(err, store.ErrNotFound) {
			return store.File{FilePath: f.FilePath}, nil
		}
		return row, err
	}
	row, err := live()
	for range maxShows {
		if err != nil {
			return err
		}
		shown := row.ID
		if err := Place(root, row); err != nil {
			return err
		}
		if row, err = live(); err == nil && row.ID == shown {
			return nil
		}
	}
	return fmt.Errorf("the file at %q is replaced again and again", f.FilePath)
}

// Place links the bytes of a file to its path; a file without an id removes what is there.
func Place(root *os.Root, f store.File) error {
	if f.ID == 0 {
		if err := root.Remove(f.FilePath); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if f.Content == "" || isShown(root, f) {
		return nil
	}
	dir := path.Dir(f.FilePath)
	if err := root.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	link := hiddenName(f.FilePath)
	if err := root.Link(f.Content, link); err != nil {
		// A file system without hard links, or another one below this folder.
		target, relErr := filepath.Rel(dir, f.Content)
		if relErr != nil {
			return errors.Join(err, relErr)
		}
		if err := root.Symlink(target, link); err != nil {
			return err
		}
	}
	err := root.Rename(link, f.FilePath)
	_ = root.Remove(link) // it is there still if that failed, or if somebody was faster
	return err
}

// isShown tells whether a file's bytes are those at its path.
func isShown(root *os.Root, f store.File) bool {
	there, err := root.Stat(f.FilePath)
	if err != nil {
		return false
	}
	content, err := root.Stat(f.Content)
	return err == nil && os.SameFile(there, content)
}

// RemoveBytes removes the bytes of a file that is deleted. Those with a name of their own are
// removed by Sweep if that fails.
func (c *Catalog) RemoveBytes(ctx context.Context, f store.File) error {
	ws, err := c.Store.Workspace(ctx, f.WorkspaceID)
	if err != nil {
		return err
	}
	root, err := c.openWorkspace(ws)
	if err != nil {
		return err
	}
	defer root.Close()
	if f.Content != "" {
		if err := root.Remove(f.Content); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing file %d: %w", f.ID, err)
		}
	}
	if err := c.show(ctx, f); err != nil {
		return fmt.Errorf("removing file %d: %w", f.ID, err)
	}
	return nil
}
