package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// credentials are read from the body only: a password in a URL ends up in logs.
func (r *request) credentials() (username, password string) {
	username, _ = r.body["username"].(string)
	password, _ = r.body["password"].(string)
	return username, password
}

// loginV6 is POST /api-token-auth/ (contract 0.6). Its token is that of a login: it
// expires, other than the original's.
func (s *Server) loginV6(ctx context.Context, r *request) (*answer, error) {
	username, password := r.credentials()
	missing := map[string][]string{}
	if username == "" {
		missing["username"] = []string{"This field is required."}
	}
	if password == "" {
		missing["password"] = []string{"This field is required."}
	}
	if len(missing) > 0 {
		return nil, &problem{status: http.StatusBadRequest, body: missing}
	}
	token, err := s.auth.Login(ctx, r.origin(), username, password)
	if errors.Is(err, auth.ErrBadCredentials) {
		return nil, &problem{status: http.StatusBadRequest, body: map[string][]string{
			"non_field_errors": {"Unable to log in with provided credentials."}}}
	}
	if err != nil {
		return nil, err
	}
	return ok(api.Token{Token: token}), nil
}

// loginWorkload is POST /login/workload/ (ours): a token of another issuer is exchanged
// for a login.
func (s *Server) loginWorkload(ctx context.Context, r *request) (*answer, error) {
	r.require("token")
	token := r.textOr("token", "")
	r.bodyOnly("token")
	if r.err != nil {
		return nil, r.err
	}
	login, err := s.auth.LoginWorkload(ctx, r.origin(), token)
	if err != nil {
		return nil, err
	}
	return ok(api.WorkloadLogin{Token: login.Token, Username: login.User.Username, Role: login.User.Role, Expires: api.NewTime(login.Expires)}), nil
}

// revokeToken is POST /api-token-auth/revoke/ (ours): the token of the request is good
// no more.
func (s *Server) revokeToken(ctx context.Context, r *request) (*answer, error) {
	if err := s.auth.Revoke(ctx, r.sender.Token); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}
