package audit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	sweepEvery = time.Hour // how often old lines are looked for
	sweepBatch = 1000      // lines that one statement forgets
)

// Config says what a Recorder works with.
type Config struct {
	Store     *store.Store
	Logger    *slog.Logger
	Now       func() time.Time
	Retention time.Duration // 0: for ever
}

// Recorder writes the lines.
type Recorder struct{ Config }

// New makes a Recorder.
func New(cfg Config) *Recorder { return &Recorder{cfg} }

// Entry is a line to write.
type Entry struct {
	Username  string
	TokenID   int64 // 0: no token was used
	Address   string
	RequestID string
	Action    string         // a method, or what was done
	Object    string         // a path, or what it was done to
	Changes   map[string]any // see Changes; nil: nothing to tell
}

// Record writes a line for what has happened. It does not fail: what cannot be kept is in
// the log at least. That the client has gone away does not matter either.
func (r *Recorder) Record(ctx context.Context, e Entry) {
	if err := r.Keep(context.WithoutCancel(ctx), e); err != nil {
		r.Logger.ErrorContext(ctx, "a line of the audit is only in the log", "request_id", e.RequestID, "error", err)
	}
}

// Keep is Record for those who can say that it has failed.
func (r *Recorder) Keep(ctx context.Context, e Entry) error { return r.KeepIn(ctx, r.Store.Q, e) }

// KeepIn is Keep in a transaction.
func (r *Recorder) KeepIn(ctx context.Context, q store.Q, e Entry) error {
	row, err := r.insert(ctx, q, e)
	if err == nil {
		r.tell(ctx, row)
	}
	return err
}

// insert writes the line into the table.
func (r *Recorder) insert(ctx context.Context, q store.Q, e Entry) (store.AuditEntry, error) {
	if e.Changes == nil {
		e.Changes = map[string]any{}
	}
	changes, err := encode(e.Changes)
	if err != nil {
		return store.AuditEntry{}, fmt.Errorf("encoding changes: %w", err)
	}
	row := store.AuditEntry{At: store.At(r.Now()), Username: e.Username, Address: e.Address, Action: e.Action, Object: e.Object,
		Changes: changes, RequestID: e.RequestID}
	if e.TokenID != 0 {
		row.TokenID = &e.TokenID
	}
	return row, q.Insert(ctx, &row)
}

// tell writes the line into the log.
func (r *Recorder) tell(ctx context.Context, row store.AuditEntry) {
	token := int64(0)
	if row.TokenID != nil {
		token = *row.TokenID
	}
	r.Logger.LogAttrs(ctx, slog.LevelInfo, "audit", slog.String("request_id", row.RequestID), slog.String("user", row.Username),
		slog.Int64("token_id", token), slog.String("remote", row.Address), slog.String("action", row.Action),
		slog.String("object", row.Object), slog.String("changes", string(row.Changes)))
}

// A Line is that of a change which is under way.
type Line struct {
	recorder *Recorder
	entry    func() Entry
	row      store.AuditEntry
	written  func() bool
}

// Beside is ctx for a change whose line is committed together with it, or not at all; entry
// is asked when the change is made. Afterwards End has to be called.
func (r *Recorder) Beside(ctx context.Context, entry func() Entry) (context.Context, *Line) {
	l := &Line{recorder: r, entry: entry}
	ctx, l.written = store.Beside(ctx, func(ctx context.Context, q store.Q) (err error) {
		l.row, err = r.insert(ctx, q, entry())
		return err
	})
	return ctx, l
}

// End completes the line. Object is what was made, "" if the entry has it; changed says
// whether something was changed beside what the database knows of. Like Record it does not
// fail.
func (l *Line) End(ctx context.Context, object string, changed bool) {
	r, ctx := l.recorder, context.WithoutCancel(ctx)
	switch {
	case !l.written() && changed:
		e := l.entry()
		if object != "" {
			e.Object = object
		}
		r.Record(ctx, e)
		return
	case !l.written():
		return
	case object != "" && object != l.row.Object:
		l.row.Object = object
		if err := r.Store.Update(ctx, &l.row, "object"); err != nil {
			r.Logger.ErrorContext(ctx, "a line of the audit lacks what was made", "request_id", l.row.RequestID, "error", err)
		}
	}
	r.tell(ctx, l.row)
}

// Sweep forgets lines that are older than the retention, now and then every hour, until
// ctx ends.
func (r *Recorder) Sweep(ctx context.Context) {
	if r.Retention <= 0 {
		return
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := r.forget(ctx); err != nil && ctx.Err() == nil {
			r.Logger.WarnContext(ctx, "the audit keeps old lines for now", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (r *Recorder) forget(ctx context.Context) error {
	before := store.At(r.Now().Add(-r.Retention))
	for {
		n, err := r.Store.DeleteAuditEntries(ctx, before, sweepBatch)
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
