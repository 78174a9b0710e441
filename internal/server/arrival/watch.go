package arrival

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	// pollEvery is how often a watch looks by itself: what other machines put into a shared folder, the system does not tell.
	pollEvery = 10 * time.Second
	// settleFor is how long a file that is not written under another name first has to stay as it is.
	settleFor = time.Second
	// gather is how long a watch waits for more, after the system told of something.
	gather = 100 * time.Millisecond
	// strayEvery is how often a watch looks for files that were moved and belong to nobody.
	strayEvery = time.Hour
)

// inputOf reads a value of a job of a system job type.
func inputOf[T any](job store.Job, name string) (v T, err error) {
	var input struct {
		JSON map[string]json.RawMessage `json:"json"`
	}
	if err = json.Unmarshal(job.Input, &input); err == nil {
		err = json.Unmarshal(input.JSON[name], &v)
	}
	if err != nil {
		return v, fmt.Errorf("reading the input %s of job %d: %w", name, job.ID, err)
	}
	return v, nil
}

// watcher is the watch of a strike on this server.
type watcher struct {
	*Desk
	run    engine.BuiltinRun
	strike int64
	seen   map[string]sighting    // top-level files, by the names that they have
	ours   map[string]fs.FileInfo // those that only show what the catalog has
	strays time.Time              // when it looked for them last

	notify *fsnotify.Watcher // nil: the system tells nothing
	folder string            // that it tells of
	told   string            // the last fault that was logged
}

// watch is the job of a strike. It ends only with ctx.
func (d *Desk) watch(ctx context.Context, run engine.BuiltinRun) error {
	id, err := inputOf[int64](run.Job, "STRIKE_ID")
	if err != nil {
		return err
	}
	w := &watcher{Desk: d, run: run, strike: id, seen: map[string]sighting{}, ours: map[string]fs.FileInfo{}}
	if w.notify, err = fsnotify.NewWatcher(); err != nil {
		w.notify = nil
		w.say(ctx, slog.LevelWarn, "the system does not tell of new files; looking every "+pollEvery.String(), err)
	} else {
		defer w.notify.Close()
	}
	for {
		again, err := w.round(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.fault(ctx, err)
		w.wait(ctx, min(again, pollEvery))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// fault logs what keeps a watch from working, once.
func (w *watcher) fault(ctx context.Context, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != w.told && err != nil {
		w.say(ctx, slog.LevelWarn, "looking for files; trying again", err)
	}
	w.told = text
}

// say writes to the log of the server and to that of the job.
func (w *watcher) say(ctx context.Context, level slog.Level, text string, err error) {
	say(ctx, w.Clock(), w.run, level, text, err)
}

func say(ctx context.Context, now time.Time, run engine.BuiltinRun, level slog.Level, text string, err error) {
	line := now.UTC().Format(time.RFC3339) + " " + text
	if err != nil {
		line += ": " + usecase.Clip(err.Error())
		run.Log.Log(ctx, level, text, slog.Any("error", err))
	} else {
		run.Log.Log(ctx, level, text)
	}
	_, _ = fmt.Fprintln(run.Out, line) // the execution had to stop if this fails
}

// wait returns when there may be something new, or else after a while.
func (w *watcher) wait(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	var events chan fsnotify.Event
	var faults chan error
	if w.notify != nil {
		events, faults = w.notify.Events, w.notify.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case err := <-faults: // such as that too much has happened at once: it looks
			w.fault(ctx, err)
			return
		case event, open := <-events:
			if !open {
				return
			}
			if !event.Has(fsnotify.Create) && !event.Has(fsnotify.Rename) {
				continue // what is written, the poll sees
			}
			w.drainEvents(ctx)
			return
		}
	}
}

// drainEvents waits for a moment, for all that comes together.
func (w *watcher) drainEvents(ctx context.Context) {
	timer := time.NewTimer(gather)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-w.notify.Events:
		case err := <-w.notify.Errors:
			w.fault(ctx, err)
		}
	}
}

// follow has the system tell of a folder; of one at a time.
func (w *watcher) follow(ctx context.Context, folder string) {
	if w.notify == nil || w.folder == folder {
		return
	}
	if w.folder != "" {
		_ = w.notify.Remove(w.folder) // it may be gone
	}
	w.folder = ""
	if err := w.notify.Add(folder); err != nil {
		w.fault(ctx, fmt.Errorf("having the system tell of new files, which are looked for every %s: %w", pollEvery, err))
		return
	}
	w.folder = folder
}

// place is what a watch looks at in a round.
type place struct {
	strike        store.Strike
	configuration ingest.Configuration
	workspace     store.Workspace
	root          *os.Root
}

// open reads what the strike says now, and opens its folder.
func (w *watcher) open(ctx context.Context) (p place, err error) {
	if p.strike, err = w.Store.Strike(ctx, w.strike); err != nil {
		return p, err
	}
	if p.configuration, err = w.Configuration(ingest.Strike, p.strike.Configuration); err != nil {
		return p, err
	}
	if p.workspace, err = w.Store.WorkspaceByName(ctx, p.configuration.Workspace); err != nil {
		return p, err
	}
	if !p.workspace.IsActive {
		return p, fmt.Errorf("workspace %s is inactive: its files are left alone until it is activated", p.workspace.Name)
	}
	folder, err := w.catalog.WorkspaceFolder(p.workspace)
	if err != nil {
		return p, err
	}
	if p.root, err = w.catalog.OpenWorkspace(p.workspace); err != nil {
		return p, err
	}
	for _, dir := range []string{ingest.IngestingFolder, ingest.DeferredFolder} {
		if err := p.root.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
			p.root.Close()
			return p, err
		}
	}
	w.follow(ctx, folder)
	return p, nil
}
