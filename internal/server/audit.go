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

// record writes the line of a request that has changed something. What a repeated request
// found done has its line already, and logins write their own.
func (s *Server) record(r *request, e endpoint, a *answer) {
	if !e.changes(r.Method) || e.role == auth.Anyone || a.replayed || a.status >= http.StatusBadRequest {
		return
	}
	object := r.URL.Path
	if a.location != "" {
		object = a.location
	}
	members := make(map[string]any, len(r.query)+len(r.body))
	for name, values := range r.query {
		members[name] = last(values)
	}
	maps.Copy(members, r.body)
	s.audit.Record(r.Context(), audit.Entry{Username: r.sender.User.Username, TokenID: r.sender.Login.ID, Address: r.origin().Address,
		RequestID: r.origin().RequestID, Action: r.Method, Object: object, Changes: audit.Changes(members)})
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
