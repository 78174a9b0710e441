package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Identify finds out who sent a request, by its Authorization header (contract 0.6; 401
// instead of 403).
func (s *Service) Identify(ctx context.Context, from Origin, r *http.Request) (Identity, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return Identity{}, errorf(Unauthenticated, "Authentication credentials were not provided.")
	}
	scheme, value, _ := strings.Cut(header, " ")
	value = strings.TrimSpace(value)
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		u, err := s.userOfToken(ctx, value)
		return Identity{User: u, Token: value}, err
	case "basic":
		u, err := s.userOfBasic(ctx, from, r, value)
		return Identity{User: u}, err
	}
	return Identity{}, errorf(Unauthenticated, "The Authorization header has an unknown scheme: expected Bearer, Token or Basic.")
}

// userOfBasic takes a name and a password (or one of the user's API tokens instead), or a bare API token.
func (s *Service) userOfBasic(ctx context.Context, from Origin, r *http.Request, value string) (store.User, error) {
	if strings.HasPrefix(value, apiPrefix) {
		return s.userOfToken(ctx, value)
	}
	username, password, ok := r.BasicAuth()
	if !ok {
		return store.User{}, errorf(Unauthenticated, "The Authorization header is not Basic: expected base64 of name:password.")
	}
	if strings.HasPrefix(password, apiPrefix) {
		u, err := s.userOfToken(ctx, password)
		if err == nil && u.Username != username {
			err = errBadToken()
		}
		return u, err
	}
	u, err := s.checkPassword(ctx, from, username, password, true)
	if errors.Is(err, ErrBadCredentials) {
		err = errorf(Unauthenticated, "Invalid username/password.")
	}
	return u, err
}
