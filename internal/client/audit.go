package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// AuditQuery filters the lines of the audit; zero members don't.
type AuditQuery struct {
	Started, Ended time.Time
	Usernames      []string
	Actions        []string
	RequestIDs     []string
	Object         string // its beginning
	Order          []string
	Limit          int // 0: all
}

// EachAuditEntry lists the audit, newest first, page by page as it is used up. It needs an
// administrator.
func (c *Client) EachAuditEntry(ctx context.Context, q AuditQuery) iter.Seq2[api.AuditEntry, error] {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.strs("username", q.Usernames)
	p.strs("action", q.Actions)
	p.strs("request_id", q.RequestIDs)
	p.str("object", q.Object)
	p.strs("order", q.Order)
	return each[api.AuditEntry](ctx, c, v6("audit"), url.Values(p), q.Limit)
}

// AuditEntries is EachAuditEntry in one piece.
func (c *Client) AuditEntries(ctx context.Context, q AuditQuery) ([]api.AuditEntry, error) {
	return collect(c.EachAuditEntry(ctx, q))
}
