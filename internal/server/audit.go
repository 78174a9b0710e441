package server

import (
	"context"
	"maps"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// changes reports whether a request to the endpoint changes something.
func (e endpoint) changes(method string) bool {
	return e.unsafe || !e.reads && method != http.MethodGet && method != http.MethodHead
}

// audited makes the line of a request that changes something be committed with what it
// changes. The function that it returns has to be called when it is answered, with nil if it
// was refused. Logins write their own.
func (s *Server) audited(r *request, e endpoint) func(*answer) {
	if !e.changes(r.Method) || e.role == auth.Anyone {
		return func(*answer) {}
	}
	ctx, line := s.audit.Beside(r.Context(), func() audit.Entry { return s.entry(r) })
	r.Request = r.WithContext(ctx)
	return func(a *answer) {
		if a == nil || a.replayed || a.status >= http.StatusBadRequest {
			line.End(ctx, "", false) // what a repeated request found done has its line already
			return
		}
		line.End(ctx, a.location, true)
	}
}

// entry is the line of a request.
func (s *Server) entry(r *request) audit.Entry {
	members := make(map[string]any, len(r.query)+len(r.body))
	for name, values := range r.query {
		members[name] = last(values)
	}
	maps.Copy(members, r.body)
	return audit.Entry{Username: r.sender.User.Username, TokenID: r.sender.Login.ID, Address: r.origin().Address,
		RequestID: r.origin().RequestID, Action: r.Method, Object: r.URL.Path, Changes: audit.Changes(members)}
}

// listAudit is GET /audit/ (ours).
func (s *Server) listAudit(ctx context.Context, r *request) (*answer, error) {
	f := store.AuditFilter{Usernames: r.strings("username"), Actions: r.strings("action"), RequestIDs: r.strings("request_id"),
		Object: r.textOr("object", ""), Paging: r.paging()}
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.AuditEntries(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]api.AuditEntry, len(rows))
	for i, row := range rows {
		out[i] = api.AuditEntry{ID: row.ID, At: view.Time(row.At), Username: row.Username, TokenID: row.TokenID, Address: row.Address,
			Action: row.Action, Object: row.Object, Changes: view.Object(row.Changes), RequestID: row.RequestID}
	}
	return page(r, f.Paging, total, out)
}
