package arrival

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// cannotScan is how the job of a scan fails for what does not pass by itself.
func cannotScan(err error) error {
	return &executor.JobError{Name: executor.ErrInvalidConfiguration, Title: "Invalid configuration", Category: executor.System, Description: err.Error()}
}

// scanner is one pass of a scan.
type scanner struct {
	*Desk
	run           engine.BuiltinRun
	id            int64
	isDryRun      bool
	configuration ingest.Configuration
	workspace     store.Workspace
	files         int
	known         map[string]bool    // paths that have rows
	sizes         map[sizedName]bool // that have rows
	batch         []store.Ingest
}

// sizedName is what the original takes for the identity of a file within a scan.
type sizedName struct {
	name string
	size int64
}

// runScan is the job of a scan. Repeated, after a server was killed, it leaves alone what has a row already.
func (d *Desk) runScan(ctx context.Context, run engine.BuiltinRun) error {
	s := &scanner{Desk: d, run: run, known: map[string]bool{}, sizes: map[sizedName]bool{}}
	var err error
	if s.id, err = inputOf[int64](run.Job, "SCAN_ID"); err != nil {
		return cannotScan(err)
	}
	if s.isDryRun, err = inputOf[bool](run.Job, "DRY_RUN"); err != nil {
		return cannotScan(err)
	}
	row, err := d.Store.Scan(ctx, s.id)
	if err != nil {
		return err
	}
	if s.configuration, err = d.Configuration(ingest.Scan, row.Configuration); err != nil {
		return cannotScan(err)
	}
	if s.workspace, err = d.Store.WorkspaceByName(ctx, s.configuration.Workspace); err != nil {
		return err
	}
	if !s.workspace.IsActive {
		return cannotScan(fmt.Errorf("workspace %s is inactive; activate it, and requeue the job", s.workspace.Name))
	}
	root, err := d.catalog.OpenWorkspace(s.workspace)
	if err != nil {
		return cannotScan(err)
	}
	defer root.Close()
	if !s.isDryRun {
		rows, _, err := d.Store.Ingests(ctx, store.IngestFilter{ScanIDs: []int64{s.id}})
		if err != nil {
			return err
		}
		for _, row := range rows {
			s.known[row.FilePath] = true
			s.sizes[sizedName{row.FileName, row.BytesTransferred}] = true
		}
	}
	if err := s.walk(ctx, root); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	say(ctx, d.Clock(), run, slog.LevelInfo, fmt.Sprintf("the scan has seen %d files", s.files), nil)
	return nil
}

// walk sees every file of the workspace.
func (s *scanner) walk(ctx context.Context, root *os.Root) error {
	suffix := s.configuration.TransferSuffix()
	return fs.WalkDir(root.FS(), ".", func(p string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if p == "." {
				return cannotScan(err)
			}
			say(ctx, s.Clock(), s.run, slog.LevelWarn, "leaving out "+p, err)
			return skip(entry)
		}
		if entry.IsDir() {
			if p != "." && (!s.configuration.Recursive || isHidden(path.Base(p))) {
				return fs.SkipDir
			}
			return nil
		}
		if !isCandidate(p, entry.Type()) || suffix != "" && strings.HasSuffix(p, suffix) {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has just gone
		}
		if err != nil {
			say(ctx, s.Clock(), s.run, slog.LevelWarn, "leaving out "+p, err)
			return nil
		}
		return s.see(ctx, p, info)
	})
}

func skip(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// see counts a file, and makes it an ingest if a rule is for it.
func (s *scanner) see(ctx context.Context, p string, info fs.FileInfo) error {
	s.files++
	name := path.Base(p)
	rule, isFor := s.configuration.Match(name, p)
	if s.isDryRun {
		if isFor {
			say(ctx, s.Clock(), s.run, slog.LevelDebug, "would ingest "+p, nil)
		}
		return nil
	}
	same := sizedName{name, info.Size()}
	if !isFor || s.known[p] || s.sizes[same] {
		return nil
	}
	s.known[p], s.sizes[same] = true, true
	now, size := s.Now(), info.Size()
	row := store.Ingest{
		FileName: name, ScanID: &s.id, BytesTransferred: size, TransferStarted: now, MediaType: catalog.MediaTypeOf(name), FileSize: &size,
		WorkspaceID: s.workspace.ID, FilePath: p, Created: now, LastModified: now,
	}
	if err := applyRule(&row, rule, now); err != nil {
		return err
	}
	if s.batch = append(s.batch, row); len(s.batch) < batch {
		return nil
	}
	return s.flush(ctx)
}

// flush queues what was seen, and says how many files that are.
func (s *scanner) flush(ctx context.Context) error {
	err := s.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.run.Hold(ctx, tx); err != nil {
			return err
		}
		if err := s.queueIngests(ctx, tx, s.configuration, s.batch); err != nil {
			return err
		}
		row, err := tx.LockScan(ctx, s.id)
		if err != nil {
			return err
		}
		row.FileCount, row.LastModified = &s.files, s.NowAfter(row.LastModified)
		return tx.Update(ctx, &row, "file_count", "last_modified")
	})
	s.batch = nil
	return err
}
