package arrival

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// What a round does to a file, and why each step may be the last one of a server that is killed:
//
//  1. A row says that the file is there (TRANSFERRING). Without it the next round sees the file as this one did.
//  2. The row says where the file is going (TRANSFERRED), a place that no other ingest has had.
//  3. The file is renamed to that place. Whoever finds the row looks in both places; a file in the first place is
//     moved, and one in the second was.
//  4. The row gets a job (QUEUED), or none is for it (DEFERRED), and then the file is renamed once more.
//
// Every row is written while the execution is held, so that a server that was taken for dead writes none. It may still
// rename one file, to the place of a row: see strays.

// batch is how many files are written to the database at once: others have their turn in between.
const batch = 200

// found is a file of the folder that is watched.
type found struct {
	name    string // that it has
	whole   string // that it will have
	info    fs.FileInfo
	isWhole bool
}

// round takes all files as far as they go, and says when to look again.
func (w *watcher) round(ctx context.Context) (time.Duration, error) {
	p, err := w.open(ctx)
	if err != nil {
		return pollEvery, err
	}
	defer p.root.Close()
	open, _, err := w.Store.Ingests(ctx, store.IngestFilter{StrikeIDs: []int64{w.strike},
		Statuses: []string{string(ingest.Transferring), string(ingest.Transferred)}, Paging: store.Paging{Order: []store.Order{{Field: "id"}}}})
	if err != nil {
		return pollEvery, err
	}
	var moving []store.Ingest
	waiting := map[string]store.Ingest{}
	var lost []store.Ingest
	for _, row := range open {
		switch {
		case row.Status == string(ingest.Transferred):
			moving = append(moving, row)
		case row.WorkspaceID == p.workspace.ID:
			waiting[row.FileName] = row
		default: // the strike watches another workspace by now
			lost = append(lost, row)
		}
	}
	files, err := w.list(ctx, p, moving)
	if err != nil {
		return pollEvery, err
	}
	ready, again, err := w.note(ctx, p, files, waiting, lost)
	if err != nil {
		return pollEvery, err
	}
	for part := range slices.Chunk(ready, batch) {
		rows, err := w.assign(ctx, p, part)
		if err != nil {
			return pollEvery, err
		}
		moving = append(moving, rows...)
	}
	for part := range slices.Chunk(moving, batch) {
		if err := w.moveAndQueue(ctx, p, part); err != nil {
			return pollEvery, err
		}
	}
	if time.Since(w.strays) >= strayEvery {
		if err := w.sortStrays(ctx, p); err != nil {
			return pollEvery, err
		}
		w.strays = time.Now()
	}
	return again, nil
}

// list is the files of the folder that may arrive, one for each name that they will have, the oldest first.
func (w *watcher) list(ctx context.Context, p place, moving []store.Ingest) ([]found, error) {
	dir, err := p.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	onTheWay := map[string]bool{} // that step 3 has yet to move
	for _, row := range moving {
		if there, err := exists(p.root, row.FilePath); row.WorkspaceID == p.workspace.ID && err == nil && !there {
			onTheWay[row.FileName] = true
		}
	}
	byName, present := map[string]found{}, map[string]bool{}
	suffix := p.configuration.TransferSuffix()
	for {
		entries, err := dir.ReadDir(1000)
		for _, entry := range entries {
			if !isCandidate(entry.Name(), entry.Type()) {
				continue
			}
			info, err := entry.Info()
			if err != nil || !info.Mode().IsRegular() {
				continue // it has just gone
			}
			f := found{name: entry.Name(), info: info}
			f.whole, f.isWhole = ingest.WithoutSuffix(f.name, suffix)
			present[f.name] = true
			if _, both := byName[f.whole]; onTheWay[f.name] || both && !f.isWhole {
				continue // one after the other
			}
			byName[f.whole] = f
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(w.seen, func(name string, _ sighting) bool {
		whole, _ := ingest.WithoutSuffix(name, suffix)
		return !present[name] && !present[whole]
	})
	maps.DeleteFunc(w.ours, func(name string, _ fs.FileInfo) bool { return !present[name] })
	files := slices.Collect(maps.Values(byName))
	slices.SortFunc(files, func(a, b found) int {
		if c := a.info.ModTime().Compare(b.info.ModTime()); c != 0 {
			return c
		}
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return w.leaveOurs(ctx, p, files)
}

// leaveOurs leaves out the files that the catalog shows to people at their paths.
func (w *watcher) leaveOurs(ctx context.Context, p place, files []found) ([]found, error) {
	var unknown []string
	for _, f := range files {
		if known, isKnown := w.ours[f.name]; isKnown && isSame(known, f.info) {
			continue
		}
		if before, isKnown := w.seen[f.name]; !isKnown || !isSame(before.info, f.info) {
			unknown = append(unknown, f.name)
		}
	}
	live, err := w.Store.LivePaths(ctx, p.workspace.ID, unknown)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(files, func(f found) bool {
		if row, isLive := live[f.name]; isLive && isShown(p.root, row, f.info) {
			w.ours[f.name] = f.info
		}
		known, isKnown := w.ours[f.name]
		return isKnown && isSame(known, f.info)
	}), nil
}

// isShown tells whether what lies at the path of a file of the catalog has its bytes.
func isShown(root *os.Root, row store.File, there fs.FileInfo) bool {
	content, err := root.Stat(row.Stored())
	return err == nil && os.SameFile(content, there)
}

// ripe is a file that is whole, and its row.
type ripe struct {
	row  store.Ingest
	info fs.FileInfo
}

// note writes down what is there, step 1, and that rows have lost their files. It returns what is whole, and when
// to look whether the others are.
func (w *watcher) note(ctx context.Context, p place, files []found, waiting map[string]store.Ingest, lost []store.Ingest) ([]ripe, time.Duration, error) {
	now, again := w.Now(), pollEvery
	var added, changed []store.Ingest
	var ready []ripe
	isReady := map[string]fs.FileInfo{}
	for _, f := range files {
		row, known := waiting[f.whole]
		delete(waiting, f.whole)
		if left := w.settle(f, p.configuration.TransferSuffix()); f.isWhole && left > 0 {
			again = min(again, left)
		} else if f.isWhole {
			isReady[f.whole] = f.info
		}
		switch {
		case !known:
			added = append(added, store.Ingest{FileName: f.whole, StrikeID: &w.strike, Status: string(ingest.Transferring),
				BytesTransferred: f.info.Size(), TransferStarted: now, MediaType: catalog.MediaTypeOf(f.whole), DataTypes: store.JSON("[]"),
				WorkspaceID: p.workspace.ID, FilePath: f.whole, Created: now, LastModified: now})
		case isReady[f.whole] != nil:
			ready = append(ready, ripe{row, f.info})
		case row.BytesTransferred != f.info.Size():
			row.BytesTransferred, row.LastModified = f.info.Size(), now
			changed = append(changed, row)
		}
	}
	for _, row := range waiting {
		lost = append(lost, row)
	}
	for i := range lost {
		lost[i].Status, lost[i].LastModified = string(ingest.Errored), now
		w.say(ctx, slog.LevelInfo, fmt.Sprintf("%s has vanished before it was whole", lost[i].FileName), nil)
	}
	for part := range slices.Chunk(added, batch) {
		err := w.held(ctx, func(ctx context.Context, tx *store.Tx) error {
			forgetIDs(part)
			return tx.Insert(ctx, &part)
		})
		if err != nil {
			return nil, again, err
		}
		for _, row := range part {
			if info := isReady[row.FileName]; info != nil {
				ready = append(ready, ripe{row, info})
			}
		}
	}
	for part := range slices.Chunk(append(changed, lost...), batch) {
		err := w.held(ctx, func(ctx context.Context, tx *store.Tx) error { return updateAll(ctx, tx, part) })
		if err != nil {
			return nil, again, err
		}
	}
	return ready, again, nil
}

// settle is how long a file still has to stay as it is until it counts as whole. One that was written under a name with
// the suffix, and looks as it did then, is whole at once.
func (w *watcher) settle(f found, suffix string) time.Duration {
	before, known := w.seen[f.name]
	if !known || !isSame(before.info, f.info) {
		s := sighting{f.info, time.Now()}
		if partial, was := w.seen[f.name+suffix]; was && os.SameFile(partial.info, f.info) {
			s.since = s.since.Add(-settleFor)
		}
		w.seen[f.name], before = s, s
	}
	return settleFor - time.Since(before.since)
}

// held runs a transaction that writes only as long as the execution is this server's.
func (w *watcher) held(ctx context.Context, fn func(context.Context, *store.Tx) error) error {
	return w.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := w.run.Hold(ctx, tx); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

// forgetIDs lets rows be inserted that a transaction may have inserted which was rolled back.
func forgetIDs(rows []store.Ingest) {
	for i := range rows {
		rows[i].ID = 0
	}
}

func updateAll(ctx context.Context, tx *store.Tx, rows []store.Ingest) error {
	for i := range rows {
		if err := tx.Update(ctx, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// assign says where whole files go, step 2.
func (w *watcher) assign(ctx context.Context, p place, files []ripe) ([]store.Ingest, error) {
	now := w.Now()
	rows, taken := make([]store.Ingest, len(files)), map[string]bool{}
	for i, f := range files {
		row := f.row
		name, err := w.freeName(ctx, p, row.FileName, taken)
		if err != nil {
			return nil, err
		}
		taken[name] = true
		ended, size := modified(f.info, now), f.info.Size()
		row.Status, row.FilePath = string(ingest.Transferred), path.Join(ingest.IngestingFolder, name)
		row.BytesTransferred, row.FileSize, row.TransferEnded, row.LastModified = size, &size, &ended, now
		if ended.Before(row.TransferStarted.Time) {
			row.TransferStarted = ended
		}
		rows[i] = row
	}
	return rows, w.held(ctx, func(ctx context.Context, tx *store.Tx) error { return updateAll(ctx, tx, rows) })
}

// freeName is a name that no ingest of the workspace and no file in its folders of ingests has or had.
func (w *watcher) freeName(ctx context.Context, p place, name string, taken map[string]bool) (string, error) {
	number, err := w.Store.CountNamed(ctx, p.workspace.ID, name)
	if err != nil {
		return "", err
	}
	for ; ; number++ {
		free := ingest.Numbered(name, number)
		if taken[free] {
			continue
		}
		places := []string{path.Join(ingest.IngestingFolder, free), path.Join(ingest.DeferredFolder, free)}
		rows, err := w.Store.TakenPaths(ctx, p.workspace.ID, places)
		if err != nil {
			return "", err
		}
		isTaken := len(rows) > 0
		for _, at := range places {
			there, err := exists(p.root, at)
			if err != nil {
				return "", err
			}
			isTaken = isTaken || there
		}
		if !isTaken {
			return free, nil
		}
	}
}
