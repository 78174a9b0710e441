package arrival

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// moveAndQueue renames the files of rows, step 3, and says what follows for them, step 4.
func (w *watcher) moveAndQueue(ctx context.Context, p place, rows []store.Ingest) error {
	now := w.Now()
	var matched, rest []store.Ingest
	var unfit error
	for _, row := range rows {
		info, err := w.moveFile(ctx, p, row)
		if err != nil {
			unfit = errors.Join(unfit, fmt.Errorf("moving %s: %w", row.FileName, err))
			continue // it is tried again; the others need not wait
		}
		row.LastModified = now
		rule, isFor := p.configuration.Match(row.FileName, row.FilePath)
		switch {
		case info == nil:
			row.Status = string(ingest.Errored)
			w.say(ctx, slog.LevelInfo, fmt.Sprintf("%s has vanished before it was moved", row.FileName), nil)
			rest = append(rest, row)
		case !isFor:
			row.Status, row.FilePath = string(ingest.Deferred), path.Join(ingest.DeferredFolder, path.Base(row.FilePath))
			rest = append(rest, row)
		default:
			size := info.Size()
			row.FileSize, row.BytesTransferred = &size, size
			if err := applyRule(&row, rule, now); err != nil {
				return err
			}
			matched = append(matched, row)
		}
	}
	err := w.held(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := updateAll(ctx, tx, rest); err != nil {
			return err
		}
		return w.queueIngests(ctx, tx, p.configuration, matched)
	})
	if err != nil {
		return errors.Join(unfit, err)
	}
	for _, row := range rest {
		if row.Status == string(ingest.Deferred) && row.WorkspaceID == p.workspace.ID {
			unfit = errors.Join(unfit, w.putAside(ctx, p.root, row))
		}
	}
	if n := len(matched); n > 0 {
		w.say(ctx, slog.LevelInfo, fmt.Sprintf("%d files are queued, the first of them is %s", n, matched[0].FileName), nil)
	}
	return unfit
}

// moveFile renames the file of a row to its place, unless it is there, and looks at it; nil: it is in neither.
func (w *watcher) moveFile(ctx context.Context, p place, row store.Ingest) (fs.FileInfo, error) {
	root := p.root
	if row.WorkspaceID != p.workspace.ID { // the strike watches another one by now
		ws, err := w.Store.Workspace(ctx, row.WorkspaceID)
		if err != nil {
			return nil, err
		}
		if root, err = w.catalog.OpenWorkspace(ws); err != nil {
			return nil, err
		}
		defer root.Close()
	}
	there, err := exists(root, row.FilePath)
	if err == nil && !there {
		err = move(root, row.FileName, row.FilePath)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	info, err := root.Lstat(row.FilePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nothing is an ordinary answer
	}
	return info, err
}

// putAside renames a file that no rule is for.
func (w *watcher) putAside(ctx context.Context, root *os.Root, row store.Ingest) error {
	from := path.Join(ingest.IngestingFolder, path.Base(row.FilePath))
	err := move(root, from, row.FilePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		w.say(ctx, slog.LevelInfo, fmt.Sprintf("no rule is for %s, which lies in %s now", row.FileName, row.FilePath), nil)
	}
	return err
}

// applyRule writes what a rule says into a row. The workspace is looked up later.
func applyRule(row *store.Ingest, rule ingest.Rule, now store.Time) (err error) {
	row.NewFilePath = rule.Target(row.FileName, now.Time)
	row.DataTypes, err = usecase.Encode(append([]string{}, rule.DataTypes...))
	return err
}

// queueIngests queues the jobs of rows whose rules are applied. Those of scans are inserted.
func (d *Desk) queueIngests(ctx context.Context, tx *store.Tx, c ingest.Configuration, rows []store.Ingest) error {
	if len(rows) == 0 {
		return nil
	}
	jt, err := d.systemJobType(ctx, tx, ingestType)
	if err != nil {
		return err
	}
	workspaces := map[string]*int64{}
	events, jobs := make([]store.Event, len(rows)), make([]engine.BuiltinJob, len(rows))
	for i := range rows {
		row := &rows[i]
		row.Status = string(ingest.Queued)
		if rule, isFor := c.Match(row.FileName, row.FilePath); isFor && rule.NewWorkspace != "" {
			id, known := workspaces[rule.NewWorkspace]
			if !known {
				ws, err := tx.WorkspaceByName(ctx, rule.NewWorkspace)
				if err != nil {
					return err
				}
				id, workspaces[rule.NewWorkspace] = &ws.ID, &ws.ID
			}
			row.NewWorkspaceID = id
		}
		events[i] = store.Event{Type: "STRIKE_TRANSFER", Occurred: row.LastModified}
		described := map[string]any{"file_name": row.FileName, "strike_id": row.StrikeID}
		if c.Kind == ingest.Scan {
			events[i].Type = "SCAN_TRANSFER"
			described = map[string]any{"file_name": row.FileName, "scan_id": row.ScanID}
		}
		if row.TransferEnded != nil {
			events[i].Occurred = *row.TransferEnded
		}
		if events[i].Description, err = usecase.Encode(described); err != nil {
			return err
		}
	}
	if c.Kind == ingest.Scan {
		forgetIDs(rows)
		if err := tx.Insert(ctx, &rows); err != nil {
			return err
		}
	}
	if err := tx.Insert(ctx, &events); err != nil {
		return err
	}
	for i, row := range rows {
		jobs[i] = engine.BuiltinJob{EventID: events[i].ID, Input: map[string]any{"ingest_id": row.ID, "workspace": c.Workspace}}
		if rule, isFor := c.Match(row.FileName, row.FilePath); isFor && rule.NewWorkspace != "" {
			jobs[i].Input["new_workspace"] = rule.NewWorkspace
		}
	}
	queued, err := d.engine.QueueBuiltins(ctx, tx, jt, jobs)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].JobID = &queued[i].ID
	}
	return updateAll(ctx, tx, rows)
}

// sortStrays looks at what lies where ingests are moved to. A server that was taken for dead, and then went on for a
// moment, may have moved a file to the place of an ingest that is done: it arrives once more. And one that died may
// not have put aside what no rule is for.
func (w *watcher) sortStrays(ctx context.Context, p place) error {
	entries, err := fs.ReadDir(p.root.FS(), ingest.IngestingFolder)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(entries, batch) {
		if err := w.sortSome(ctx, p, part); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) sortSome(ctx context.Context, p place, entries []fs.DirEntry) error {
	var places []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			places = append(places, path.Join(ingest.IngestingFolder, entry.Name()), path.Join(ingest.DeferredFolder, entry.Name()))
		}
	}
	if len(places) == 0 {
		return nil
	}
	rows, _, err := w.Store.Ingests(ctx, store.IngestFilter{StrikeIDs: []int64{w.strike}, WorkspaceID: p.workspace.ID, FilePaths: places,
		Statuses: []string{string(ingest.Ingested), string(ingest.Deferred)}})
	if err != nil {
		return err
	}
	live, err := w.Store.LivePaths(ctx, p.workspace.ID, places)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Status == string(ingest.Deferred) {
			if err := w.putAside(ctx, p.root, row); err != nil {
				return err
			}
			continue
		}
		info, err := p.root.Lstat(row.FilePath)
		if err != nil {
			continue // it went just now, or lies in the other folder
		}
		if f, isLive := live[row.FilePath]; isLive && isShown(p.root, f, info) {
			continue // it was registered where it lies
		}
		if row.JobID != nil {
			job, err := w.Store.Job(ctx, *row.JobID)
			if err == nil && job.Status != "COMPLETED" {
				continue // which will take it away
			}
		}
		back := row.FileName
		for number := int64(1); ; number++ {
			err := move(p.root, row.FilePath, back)
			if err == nil {
				w.say(ctx, slog.LevelWarn, fmt.Sprintf("%s belongs to no ingest; it arrives again as %s", row.FilePath, back), nil)
				break
			}
			if !errors.Is(err, fs.ErrExist) {
				return err
			}
			back = ingest.Numbered(row.FileName, number)
		}
	}
	return nil
}
