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
	if e.Changes == nil {
		e.Changes = map[string]any{}
	}
	changes, err := encode(e.Changes)
	if err != nil {
		return fmt.Errorf("encoding changes: %w", err)
	}
	row := store.AuditEntry{At: store.At(r.Now()), Username: e.Username, Address: e.Address, Action: e.Action, Object: e.Object,
		Changes: changes, RequestID: e.RequestID}
	if e.TokenID != 0 {
		row.TokenID = &e.TokenID
	}
	r.Logger.LogAttrs(ctx, slog.LevelInfo, "audit", slog.String("request_id", e.RequestID), slog.String("user", e.Username),
		slog.Int64("token_id", e.TokenID), slog.String("remote", e.Address), slog.String("action", e.Action),
		slog.String("object", e.Object), slog.String("changes", string(changes)))
	return q.Insert(ctx, &row)
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
