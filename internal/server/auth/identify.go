package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
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
		return s.bearer(ctx, value)
	case "basic":
		id, err := s.basicSender(ctx, from, r, value)
		id.Token = "" // there was none in the sense of those who ask for it back
		return id, err
	}
	return Identity{}, errorf(Unauthenticated, "The Authorization header has an unknown scheme: expected Bearer, Token or Basic.")
}

// basicSender takes a name and a password (or one of the user's API tokens instead), or a
// bare API token.
func (s *Service) basicSender(ctx context.Context, from Origin, r *http.Request, value string) (Identity, error) {
	if strings.HasPrefix(value, account.SecretPrefix) {
		return s.bearer(ctx, value)
	}
	username, password, ok := r.BasicAuth()
	if !ok {
		return Identity{}, errorf(Unauthenticated, "The Authorization header is not Basic: expected base64 of name:password.")
	}
	if strings.HasPrefix(password, account.SecretPrefix) {
		id, err := s.bearer(ctx, password)
		if err == nil && id.User.Username != username {
			return Identity{}, errBadToken()
		}
		return id, err
	}
	u, err := s.checkPassword(ctx, from, username, password, true)
	if errors.Is(err, ErrBadCredentials) {
		err = errorf(Unauthenticated, "Invalid username/password.")
	}
	return Identity{User: u}, err
}
