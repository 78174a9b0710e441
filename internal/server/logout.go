package server

import (
	"context"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// revokeToken is POST /api-token-auth/revoke/ (ours): the token of the request is good
// no more. Only a login's can be given back, as only its owner has it; an API token is
// the administrator's business.
func (s *Server) revokeToken(ctx context.Context, r *request) (*answer, error) {
	if r.auth == "" {
		return nil, badRequest("The request has no token: send the one to revoke in the Authorization header.")
	}
	row, err := s.tokenRow(ctx, r.auth)
	if err != nil {
		return nil, err
	}
	if row.Kind != loginKind {
		return nil, badRequest("The token is not that of a login: API tokens are not revoked here.")
	}
	row.Revoked = store.At(s.cfg.Now()).Ptr()
	if err := s.store.Update(ctx, &row, "revoked"); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}
