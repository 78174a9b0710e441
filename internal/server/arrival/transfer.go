package arrival

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// badFile is how the job of an ingest fails for what does not pass by itself.
func badFile(format string, args ...any) error {
	return &executor.JobError{Name: executor.ErrInvalidInput, Title: "Invalid input", Category: executor.Data, Description: fmt.Sprintf(format, args...)}
}

// runIngest is the job of an ingest. The file of the catalog, the end of the ingest and the recipe over the file are
// one transaction. Showing the file and taking away the original come after it; a server that dies in between leaves them
// to the next try, which finds the ingest done.
func (d *Desk) runIngest(ctx context.Context, run engine.BuiltinRun) error {
	id, err := inputOf[int64](run.Job, "ingest_id")
	if err != nil {
		return badFile("%s", err)
	}
	row, err := d.beginIngest(ctx, run, id)
	if err != nil {
		return err
	}
	var original fs.FileInfo
	if !ingest.Status(row.Status).IsFinal() {
		original, err = d.ingest(ctx, run, &row)
		if err != nil && ctx.Err() == nil {
			say(ctx, d.Clock(), run, slog.LevelWarn, "ingesting "+row.FilePath, err)
			return errors.Join(err, d.failIngest(ctx, run, id))
		}
		if err != nil {
			return context.Cause(ctx)
		}
	}
	return d.tidy(ctx, run, row, original)
}

// beginIngest says that the ingest is under way, unless it is done.
func (d *Desk) beginIngest(ctx context.Context, run engine.BuiltinRun, id int64) (row store.Ingest, err error) {
	err = d.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := run.Hold(ctx, tx); err != nil {
			return err
		}
		if row, err = tx.LockIngest(ctx, id); err != nil || ingest.Status(row.Status).IsFinal() {
			return err
		}
		now := d.Now()
		row.Status, row.IngestStarted, row.LastModified = string(ingest.Ingesting), &now, now
		return tx.Update(ctx, &row)
	})
	return row, err
}

func (d *Desk) failIngest(ctx context.Context, run engine.BuiltinRun, id int64) error {
	return d.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := run.Hold(ctx, tx); err != nil {
			return err
		}
		row, err := tx.LockIngest(ctx, id)
		if err != nil || row.Status != string(ingest.Ingesting) {
			return err
		}
		row.Status, row.LastModified = string(ingest.Errored), d.Now()
		return tx.Update(ctx, &row, "status", "last_modified")
	})
}

// ingest copies the file to where the catalog keeps it, and stores all that follows. It returns how the original looked.
func (d *Desk) ingest(ctx context.Context, run engine.BuiltinRun, row *store.Ingest) (fs.FileInfo, error) {
	from, err := d.Store.Workspace(ctx, row.WorkspaceID)
	if err != nil {
		return nil, err
	}
	to, at := from, row.FilePath
	if row.NewWorkspaceID != nil {
		if to, err = d.Store.Workspace(ctx, *row.NewWorkspaceID); err != nil {
			return nil, err
		}
	}
	if row.NewFilePath != "" {
		at = row.NewFilePath
	}
	if !to.IsActive {
		return nil, fmt.Errorf("workspace %s is inactive: activate it, and requeue the job", to.Name)
	}
	root, err := d.catalog.OpenWorkspace(from)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := regular.Open(root, row.FilePath)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, regular.ErrIrregular) {
		return nil, badFile("there is no file at %q in workspace %s any more", row.FilePath, from.Name)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return nil, err
	}
	staged, err := d.catalog.Stage(ctx, to, at, file, 0)
	if err != nil {
		return nil, err
	}
	defer staged.Discard()
	after, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !isSame(before, after) || staged.Size != before.Size() {
		return nil, fmt.Errorf("%q was written to while it was read; have it written under a name that ends in the transfer suffix, and renamed when it is whole", row.FilePath)
	}
	return before, d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := run.Hold(ctx, tx); err != nil {
			return err
		}
		return d.store(ctx, tx, run, row, to, at, staged)
	})
}

// store makes the staged bytes a file of the catalog, unless it has it, and runs the recipe over it.
func (d *Desk) store(ctx context.Context, tx *store.Tx, run engine.BuiltinRun, into *store.Ingest, to store.Workspace, at string, staged *catalog.StagedFile) error {
	row, err := tx.LockIngest(ctx, into.ID)
	if err != nil || row.Status != string(ingest.Ingesting) {
		*into = row
		return err
	}
	if err := usecase.Serialize(ctx, tx, lockOf(row.FileName, staged.Size)); err != nil {
		return err
	}
	same, err := tx.SourceFilesLike(ctx, row.FileName, staged.Size)
	if err != nil {
		return err
	}
	now := d.Now()
	row.FileSize, row.BytesTransferred, row.LastModified = &staged.Size, staged.Size, now
	if len(same) > 0 {
		row.Status, row.SourceFileID = string(ingest.Duplicate), &same[0].ID
		*into = row
		return tx.Update(ctx, &row)
	}
	if at, err = freePath(ctx, tx, to, at, row.ID); err != nil {
		return err
	}
	f := store.File{
		WorkspaceID: to.ID, FileName: row.FileName, FilePath: at, FileType: catalog.SourceFile, MediaType: row.MediaType, DataTypes: row.DataTypes,
		FileSize: staged.Size, SHA256: staged.SHA256, Created: now, MetaData: store.JSON("{}"), LastModified: now,
	}
	if err := d.catalog.ReplaceFile(ctx, tx, &f, staged); err != nil {
		return err
	}
	row.Status, row.SourceFileID, row.IngestEnded = string(ingest.Ingested), &f.ID, &now
	if err := tx.Update(ctx, &row); err != nil {
		return err
	}
	if err := d.runRecipe(ctx, tx, run, row, f); err != nil {
		return err
	}
	staged.Keep()
	*into = row
	return nil
}

// freePath is where a file goes that no other live file has: what arrived before is not replaced, as nobody said that
// both are the same.
func freePath(ctx context.Context, tx *store.Tx, ws store.Workspace, at string, id int64) (string, error) {
	_, err := tx.FileByPath(ctx, ws.ID, at)
	if errors.Is(err, store.ErrNotFound) {
		return at, nil
	}
	return path.Join(path.Dir(at), ingest.Numbered(path.Base(at), id)), err
}

// lockOf is the number of the lock of a name and a size: two files that look the same take their turns.
func lockOf(name string, size int64) int64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "ingest\x00%s\x00%d", name, size)
	return int64(h.Sum64()) //nolint:gosec // any 64 bits will do
}

// tidy is what follows for files from an ingest that is done. What fails is only said: the file is in the catalog.
func (d *Desk) tidy(ctx context.Context, run engine.BuiltinRun, row store.Ingest, original fs.FileInfo) error {
	if row.SourceFileID == nil {
		return nil
	}
	f, err := d.Store.File(ctx, *row.SourceFileID)
	if err != nil {
		return err
	}
	inPlace := f.WorkspaceID == row.WorkspaceID && f.FilePath == row.FilePath
	switch row.Status {
	case string(ingest.Ingested):
		d.catalog.Show(ctx, f)
		if inPlace {
			return nil
		}
	case string(ingest.Duplicate):
		if inPlace || row.ScanID != nil { // what a scan found lies where somebody has put it
			return nil
		}
	default:
		return nil
	}
	if err := d.takeAway(ctx, row, f, original); err != nil {
		say(ctx, d.Clock(), run, slog.LevelWarn, row.FilePath+" stays where it lies", err)
	}
	return nil
}

// takeAway removes the original of a file of the catalog, if it still has the same bytes.
func (d *Desk) takeAway(ctx context.Context, row store.Ingest, f store.File, original fs.FileInfo) error {
	ws, err := d.Store.Workspace(ctx, row.WorkspaceID)
	if err != nil {
		return err
	}
	root, err := d.catalog.OpenWorkspace(ws)
	if err != nil {
		return err
	}
	defer root.Close()
	there, err := root.Lstat(row.FilePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	isKnown := original != nil && isSame(original, there) && row.Status == string(ingest.Ingested)
	if !isKnown {
		sum, err := sumOf(root, row.FilePath)
		if err != nil {
			return err
		}
		if sum != f.SHA256 {
			return errors.New("its bytes are not those of the file in the catalog")
		}
	}
	return root.Remove(row.FilePath)
}

func sumOf(root *os.Root, name string) (string, error) {
	file, err := regular.Open(root, name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
