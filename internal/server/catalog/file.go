package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
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
	SourceFile       = "SOURCE"
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
			WorkspaceID: ws.ID, FileName: path.Base(spec.Path), FilePath: spec.Path, FileType: SourceFile,
			MediaType: mediaType, DataTypes: dataTypes, FileSize: staged.Size, SHA256: staged.SHA256,
			Created: now, Sources: spec.Sources, DataStarted: spec.Sources.SourceStarted,
			DataEnded: spec.Sources.SourceEnded, MetaData: json.RawMessage("{}"), LastModified: now,
		}
		if err := c.ReplaceFile(ctx, tx, &f, staged); err != nil {
			return usecase.Made{}, err
		}
		staged.Keep()
		return usecase.Made{ID: f.ID}, nil
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		f, err = tx.File(ctx, key.ObjectID)
		return err
	})
	if store.IsUniqueViolation(err) {
		return f, refusal.Errorf(refusal.Conflict, "Another upload to %q in workspace %s ended at the same moment: try again", spec.Path, ws.Name)
	}
	if err == nil && !replayed(key) {
		c.Show(ctx, f)
	}
	return f, err
}

func replayed(key *usecase.IdempotencyKey) bool { return key != nil && key.Replayed }

func inactive(ws store.Workspace) error {
	return refusal.Errorf(refusal.Inactive, "Workspace %s is inactive", ws.Name)
}

// ErrMoved is why a file cannot be stored any more that was staged in a workspace's folder.
var ErrMoved = errors.New("the workspace was moved meanwhile: try again")

// ReplaceFile inserts f, whose bytes are staged, and marks a live file at the same path
// deleted, whose bytes stay for those that take it in. Until tx ends the workspace is not moved.
// When it is committed, Show is to be called.
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
		if old, err = tx.LockFile(ctx, old.ID); err != nil {
			return err
		}
		if !old.IsDeleted {
			if err := c.markDeleted(ctx, tx, old); err != nil {
				return err
			}
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	f.Content = staged.content
	return tx.Insert(ctx, f)
}

func (c *Catalog) markDeleted(ctx context.Context, tx *store.Tx, f store.File) error {
	now := c.Now()
	f.IsDeleted, f.Deleted, f.LastModified = true, &now, now
	return tx.Update(ctx, &f, "is_deleted", "deleted", "last_modified", "content")
}

// PurgeFile removes the bytes of a file; its row stays, marked deleted.
func (c *Catalog) PurgeFile(ctx context.Context, id int64) error {
	var f store.File
	gone := false
	err := c.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if f, err = tx.LockFile(ctx, id); err != nil {
			return refusal.Found(err)
		}
		if gone = f.IsDeleted; gone {
			return nil // whatever lies at its path now belongs to another file
		}
		purged := f
		purged.Content = "" // nothing points to the bytes any more
		return c.markDeleted(ctx, tx, purged)
	})
	if err != nil || gone {
		return err
	}
	return c.RemoveBytes(ctx, f)
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
	r, err := regular.Open(root, f.Stored())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f, refusal.Errorf(refusal.NotFound, "the bytes of file %d are missing in workspace %s", id, ws.Name)
	}
	if errors.Is(err, regular.ErrIrregular) {
		return nil, f, refusal.Errorf(refusal.NotFound, "the bytes of file %d are missing in workspace %s: something else than a regular file is at %q", id, ws.Name, f.Stored())
	}
	if err != nil {
		return nil, f, fmt.Errorf("opening file %d: %w", id, err)
	}
	return r, f, nil
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

// MediaTypeOf guesses the media type of a file from its name.
func MediaTypeOf(name string) string {
	t, _ := mediaTypeOf("", name) // only stated ones can be wrong
	return t
}

// mediaTypesBeside are those of extensions that not every machine knows (contract D5.2).
func mediaTypesBeside() map[string]string {
	return map[string]string{".geojson": "application/vnd.geo+json", ".h5": "image/x-hdf5-image", ".ntf": "image/x-nitf-image", ".nitf": "image/x-nitf-image"}
}

// mediaTypeOf checks the stated media type, or guesses one from the name.
func mediaTypeOf(stated, name string) (string, error) {
	if stated == "" {
		if t := mediaTypesBeside()[strings.ToLower(path.Ext(name))]; t != "" {
			return t, nil
		}
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
