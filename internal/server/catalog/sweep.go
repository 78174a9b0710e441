package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

const (
	// sweepAge is how long bytes have not been written when Sweep takes them for a leftover, if
	// no row has them: longer than any upload stands still and any job keeps its products.
	sweepAge = time.Hour
	// replacedKept is how long the bytes of a file that was replaced stay, at least.
	replacedKept = 24 * time.Hour
	// mendSince is how old a file may be that is shown again.
	mendSince  = 24 * time.Hour
	sweepBatch = 500
)

// Sweep removes from all workspaces that this machine sees what was left behind by servers that
// were killed, and the bytes of files that were replaced long enough ago. Files that were stored
// lately and are not to be found at their paths are shown there. A whole sweep also looks for
// what earlier versions have left, in every folder. One workspace that cannot be swept keeps no
// other from it.
func (c *Catalog) Sweep(ctx context.Context, whole bool) error {
	rows, _, err := c.Store.Workspaces(ctx, store.WorkspaceFilter{})
	if err != nil {
		return err
	}
	var failed error
	for _, ws := range rows {
		if err := c.sweep(ctx, ws, whole); err != nil {
			failed = errors.Join(failed, fmt.Errorf("sweeping workspace %s: %w", ws.Name, err))
		}
	}
	return failed
}

func (c *Catalog) sweep(ctx context.Context, ws store.Workspace, whole bool) error {
	root, err := c.OpenFolder(ws.HostPath, false)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errOutside) {
		return nil // it is another server's
	}
	if err != nil {
		return err
	}
	defer root.Close()
	if err := c.mend(ctx, ws, root); err != nil {
		return err
	}
	var batch []string
	flush := func() error {
		defer func() { batch = nil }()
		return c.sweepContents(ctx, ws, root, batch)
	}
	err = fs.WalkDir(root.FS(), contentsFolder, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || d.IsDir() || !isOld(d, c.Clock()) {
			return err
		}
		if batch = append(batch, p); len(batch) < sweepBatch {
			return nil
		}
		return flush()
	})
	if err = errors.Join(err, flush()); err != nil || !whole {
		return err
	}
	return c.sweepHidden(ctx, ws, root)
}

// isOld tells whether nobody has written to a file for a while.
func isOld(d fs.DirEntry, now time.Time) bool {
	info, err := d.Info()
	return err == nil && now.Sub(info.ModTime()) > sweepAge
}

// sweepContents removes those of some contents that no row has.
func (c *Catalog) sweepContents(ctx context.Context, ws store.Workspace, root *os.Root, contents []string) error {
	used, err := c.Store.ContentsInUse(ctx, contents, store.At(c.Clock().Add(-replacedKept)))
	if err != nil {
		return err
	}
	removed := 0
	for _, p := range contents {
		if slices.Contains(used, p) {
			continue
		}
		if err := root.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		removed++
	}
	if removed > 0 {
		c.Log.InfoContext(ctx, "swept bytes that no file has", slog.String("workspace", ws.Name), slog.Int("files", removed))
	}
	return nil
}

// sweepHidden removes links, and bytes of earlier versions, that never got their names.
func (c *Catalog) sweepHidden(ctx context.Context, ws store.Workspace, root *os.Root) error {
	return fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case d.IsDir() && path.Base(p) == contentsFolder:
			return fs.SkipDir
		case d.IsDir() || !strings.HasPrefix(path.Base(p), workspace.HiddenPrefix) || !isOld(d, c.Clock()):
			return nil
		}
		c.Log.InfoContext(ctx, "swept a file that was never completed", slog.String("workspace", ws.Name), slog.String("path", p))
		if err := root.Remove(p); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// mend shows the files of a workspace that were stored lately, where a server died before it
// could do so.
func (c *Catalog) mend(ctx context.Context, ws store.Workspace, root *os.Root) error {
	live := false
	since := store.At(c.Clock().Add(-mendSince))
	f := store.FileFilter{WorkspaceIDs: []int64{ws.ID}, IsDeleted: &live, CreatedStarted: &since}
	for f.Page = 1; ; f.Page++ {
		f.PageSize, f.Order = sweepBatch, []store.Order{{Field: "id"}}
		rows, _, err := c.Store.Files(ctx, f)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Content != "" && !isShown(root, row) {
				c.Show(ctx, row)
			}
		}
		if len(rows) < sweepBatch || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
