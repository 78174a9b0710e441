package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// AuditEntry is one line of the audit: who changed what, or logged in. It has names
// and ids instead of references, as it outlives what it tells of.
type AuditEntry struct {
	bun.BaseModel `bun:"table:audit_entries,alias:ae"`
	ID            int64 `bun:",pk,autoincrement"`
	At            Time
	Username      string
	TokenID       *int64 // nil: no token was used
	Address       string
	Action        string // such as "PATCH" or "login"
	Object        string // such as "/v6/users/3/"
	Changes       JSON   // object
	RequestID     string
}

// AuditFilter is what GET /audit/ can ask for.
type AuditFilter struct {
	Started, Ended *Time // at, inclusive
	Usernames      []string
	Actions        []string
	RequestIDs     []string
	Object         string // its beginning
	Paging                // newest first
}

// AuditEntries is a page of the entries that f keeps, and how many there are.
func (q Q) AuditEntries(ctx context.Context, f AuditFilter) ([]AuditEntry, int, error) {
	var rows []AuditEntry
	s := whereBetween(q.selects(&rows), "ae.at", "ae.at", f.Started, f.Ended)
	s = whereIn(s, "ae.username", f.Usernames)
	s = whereIn(s, "ae.action", f.Actions)
	s = whereIn(s, "ae.request_id", f.RequestIDs)
	if f.Object != "" {
		s = s.Where("substr(ae.object, 1, ?) = ?", len([]rune(f.Object)), f.Object)
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "id", Desc: true}}, nil)
}

// DeleteAuditEntries forgets the oldest entries from before that time, at most so many,
// and says how many it were.
func (q Q) DeleteAuditEntries(ctx context.Context, before Time, most int) (int64, error) {
	n, err := q.exec(ctx, "DELETE FROM audit_entries WHERE id IN (SELECT id FROM audit_entries WHERE at < ? ORDER BY id LIMIT ?)", before, most)
	if err != nil {
		return 0, fmt.Errorf("forgetting old audit entries: %w", err)
	}
	return n, nil
}
