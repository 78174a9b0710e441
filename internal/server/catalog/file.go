package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

const (
	sourceFile       = "SOURCE"
	ProductFile      = "PRODUCT"
	defaultMediaType = "application/octet-stream"
)

// UploadFile stores a source file. A live file at the same path is replaced: its
// row stays, marked deleted, and the new bytes get a new id.
func (c *Catalog) UploadFile(ctx context.Context, spec FileSpec) (store.File, error) {
	if err := workspace.CheckFilePath(spec.Path); err != nil {
		return store.File{}, refusal.Errorf(refusal.Invalid, "Invalid file: %s", err)
	}
	mediaType, err := mediaTypeOf(spec.MediaType, spec.Path)
	if err != nil {
		return store.File{}, err
	}
	dataTypes, err := json.Marshal(append([]string{}, spec.DataTypes...))
	if err != nil {
		return store.File{}, err
	}
	ws, err := c.Store.WorkspaceByName(ctx, spec.Workspace)
	if err != nil {
		return store.File{}, refusal.Found(err)
	}
	if !ws.IsActive && spec.Key == nil {
		return store.File{}, inactive(ws) // before the bytes; with a key the answer may be another
	}
	staged, err := c.Stage(ctx, ws, spec.Path, spec.Body, spec.MaxBytes)
	if err != nil {
		return store.File{}, err
	}
	defer staged.Discard()
	if spec.SHA256 != "" && !strings.EqualFold(spec.SHA256, staged.SHA256) {
		return store.File{}, refusal.Errorf(refusal.Invalid, "The bytes of %q have the SHA-256 %s, not %s as stated: the upload was damaged or the statement is wrong",
			spec.Path, staged.SHA256, spec.SHA256)
	}
	var f store.File
	key := spec.Key
	if key != nil {
		whole := *key
		whole.Fingerprint += " sha256:" + staged.SHA256
		key = &whole
		defer func() { spec.Key.Replayed = whole.Replayed }()
	}
	err = c.Once(ctx, key, usecase.MadeFile, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		if !ws.IsActive {
			return usecase.Made{}, inactive(ws)
		}
		now := c.Now()
		f = store.File{
			WorkspaceID: ws.ID, FileName: path.Base(spec.Path), FilePath: spec.Path, FileType: sourceFile,
			MediaType: mediaType, DataTypes: dataTypes, FileSize: staged.Size, SHA256: staged.SHA256,
			Created: now, Sources: spec.Sources, DataStarted: spec.Sources.SourceStarted,
			DataEnded: spec.Sources.SourceEnded, MetaData: json.RawMessage("{}"), LastModified: now,
		}
		if err := c.ReplaceFile(ctx, tx, &f, staged); err != nil {
			return usecase.Made{}, err
		}
		// The bytes move last: only a commit that fails after this leaves them in place
		// of the old ones without a row.
		return usecase.Made{ID: f.ID, Last: staged.Publish}, nil
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		f, err = tx.File(ctx, key.ObjectID)
		return err
	})
	if store.IsUniqueViolation(err) {
		return f, refusal.Errorf(refusal.Conflict, "Another upload to %q in workspace %s ended at the same moment: try again", spec.Path, ws.Name)
	}
	return f, err
}

func inactive(ws store.Workspace) error {
	return refusal.Errorf(refusal.Inactive, "Workspace %s is inactive", ws.Name)
}

// ErrMoved is why a file cannot be stored any more that was staged in a workspace's folder.
var ErrMoved = errors.New("the workspace was moved meanwhile: try again")

// ReplaceFile inserts f, whose bytes are staged, and marks a live file at the same path
// deleted. Until tx ends the workspace is not moved.
func (c *Catalog) ReplaceFile(ctx context.Context, tx *store.Tx, f *store.File, staged *StagedFile) error {
	ws, err := tx.WorkspaceInPlace(ctx, f.WorkspaceID)
	if err != nil {
		return err
	}
	if ws.HostPath != staged.folder {
		return &refusal.Error{Code: refusal.Conflict, Message: fmt.Sprintf("The file %q cannot be stored in %s", f.FilePath, ws.Name), Err: ErrMoved}
	}
	old, err := tx.FileByPath(ctx, f.WorkspaceID, f.FilePath)
	switch {
	case err == nil:
		if err := c.markDeleted(ctx, tx, old); err != nil {
			return err
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return tx.Insert(ctx, f)
}

func (c *Catalog) markDeleted(ctx context.Context, tx *store.Tx, f store.File) error {
	now := c.Now()
	f.IsDeleted, f.Deleted, f.LastModified = true, &now, now
	return tx.Update(ctx, &f)
}

// PurgeFile removes the bytes of a file; its row stays, marked deleted.
func (c *Catalog) PurgeFile(ctx context.Context, id int64) error {
	return c.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := tx.File(ctx, id)
		if err != nil {
			return refusal.Found(err)
		}
		if f.IsDeleted {
			return nil // whatever lies at its path now belongs to another file
		}
		ws, err := tx.Workspace(ctx, f.WorkspaceID)
		if err != nil {
			return err
		}
		if err := c.markDeleted(ctx, tx, f); err != nil {
			return err
		}
		root, err := c.openWorkspace(ws)
		if err != nil {
			return err
		}
		defer root.Close()
		if err := root.Remove(f.FilePath); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing file %d: %w", id, err)
		}
		return nil
	})
}

// OpenFile opens the bytes of a file for reading. A deleted file is not found.
func (c *Catalog) OpenFile(ctx context.Context, id int64) (io.ReadCloser, store.File, error) {
	f, err := c.Store.File(ctx, id)
	if err != nil {
		return nil, f, refusal.Found(err)
	}
	if f.IsDeleted {
		return nil, f, refusal.Errorf(refusal.NotFound, "file %d was deleted", id)
	}
	ws, err := c.Store.Workspace(ctx, f.WorkspaceID)
	if err != nil {
		return nil, f, err
	}
	root, err := c.openWorkspace(ws)
	if err != nil {
		return nil, f, err
	}
	defer root.Close()
	r, err := regular.Open(root, f.FilePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f, refusal.Errorf(refusal.NotFound, "the bytes of file %d are missing in workspace %s", id, ws.Name)
	}
	if errors.Is(err, regular.ErrIrregular) {
		return nil, f, refusal.Errorf(refusal.NotFound, "the bytes of file %d are missing in workspace %s: something else than a regular file is at %q", id, ws.Name, f.FilePath)
	}
	if err != nil {
		return nil, f, fmt.Errorf("opening file %d: %w", id, err)
	}
	return r, f, nil
}

// StagedFile is a file whose bytes are complete but still hidden.
type StagedFile struct {
	root      *os.Root
	folder    string // of the workspace
	hidden    string
	path      string
	Size      int64
	SHA256    string
	published bool
}

// Stage copies body into a hidden file of the workspace, beside its place at p,
// and syncs it. It stays inside the workspace whatever links lie there. The caller
// must discard the result, which does nothing to a published file.
func (c *Catalog) Stage(ctx context.Context, ws store.Workspace, p string, body io.Reader, maxBytes int64) (*StagedFile, error) {
	root, err := c.openWorkspace(ws)
	if err != nil {
		return nil, err
	}
	s := &StagedFile{root: root, folder: ws.HostPath, path: p, hidden: hiddenName(p)}
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
	f, err := s.root.OpenFile(s.hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
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
	return f.Close()
}

// Publish gives the file its name. A second call does nothing, so that a
// transaction can be repeated.
func (s *StagedFile) Publish() error {
	if s.published {
		return nil
	}
	if err := s.root.Rename(s.hidden, s.path); err != nil {
		return fmt.Errorf("publishing %q: %w", s.path, err)
	}
	s.published = true
	return nil
}

// Discard removes what is not published.
func (s *StagedFile) Discard() {
	if !s.published {
		_ = s.root.Remove(s.hidden) // it may not have been created
	}
	s.root.Close()
}

// contextReader ends a copy when its context ends.
type contextReader struct {
	ctx context.Context //nolint:containedctx // lives as long as one copy
	r   io.Reader
}

// Read implements io.Reader.
func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// mediaTypeOf checks the stated media type, or guesses one from the name.
func mediaTypeOf(stated, name string) (string, error) {
	if stated == "" {
		t, _, err := mime.ParseMediaType(mime.TypeByExtension(path.Ext(name)))
		if err != nil {
			return defaultMediaType, nil //nolint:nilerr // unknown extensions are ordinary
		}
		return t, nil
	}
	if recipe.CheckMediaType(stated) != nil {
		return "", refusal.Errorf(refusal.Invalid, "The media type %q is not valid; expected one such as text/csv", stated)
	}
	return stated, nil
}
