package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// session knows the header that authenticates a request. With credentials it gets a token
// at the first use; callers that arrive meanwhile wait for that one.
type session struct {
	scheme string      // as in the header
	fixed  string      // header that never changes; "": there is none
	from   credentials // nil: there are none

	lock       chan struct{} // holds one element while somebody has the members below
	token      string
	refused    error  // the server's no to refusedFor: asking again only locks the account
	refusedFor string // secret
}

func newSession(cfg Config) (*session, error) {
	s := &session{lock: make(chan struct{}, 1)}
	switch cfg.AuthScheme {
	case SchemeBearer:
		s.scheme = "Bearer"
	case SchemeToken:
		s.scheme = "Token"
	case SchemeBasic:
		s.scheme = "Basic"
	default:
		return nil, fmt.Errorf("authentication scheme %q is none of %q, %q and %q",
			cfg.AuthScheme, SchemeBearer, SchemeToken, SchemeBasic)
	}
	var err error
	s.fixed, s.from, err = cfg.credentials(s.scheme)
	return s, err
}

// renews reports whether a 401 can be answered with another token.
func (s *session) renews() bool { return s.from != nil && s.fixed == "" }

// header returns the value of Authorization, "" without credentials. A token is got if
// there is none yet, or if it is the one of expired. It may turn out to be the same one.
func (s *session) header(ctx context.Context, c *Client, expired string) (string, error) {
	if !s.renews() {
		return s.fixed, nil
	}
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s.token != "" && s.scheme+" "+s.token != expired {
		return s.scheme + " " + s.token, nil
	}
	secret, err := s.from.secret()
	if err != nil {
		return "", err
	}
	if s.refused != nil && secret == s.refusedFor {
		return "", s.refused
	}
	token, err := s.from.trade(ctx, c, secret)
	if api.IsNotFound(err) {
		err = fmt.Errorf("the backend has no such login: %s", err) // not %w: it says nothing about the thing that is asked for
	}
	if err != nil {
		s.token = ""
		if api.IsUnauthorized(err) || api.IsForbidden(err) || api.IsInvalid(err) {
			s.refused, s.refusedFor = err, secret
		}
		return "", err
	}
	s.token, s.refused = token, nil
	return s.scheme + " " + token, nil
}

// Login is a session of its own, beside that of the client.
type Login struct {
	Token   string
	Expires time.Time // zero: the token does not say so
}

// LogIn makes a session of its own for that user, or, without a name, for whom the client
// logs in as.
func (c *Client) LogIn(ctx context.Context, username, password string) (Login, error) {
	from := c.session.from
	if username != "" {
		from = passwordLogin{username, password}
	}
	if from == nil || !from.makesLogins() {
		return Login{}, errors.New("there is no user name to log in with")
	}
	secret, err := from.secret()
	if err != nil {
		return Login{}, err
	}
	asker := ctx
	ctx, q, err := c.patience.ask(asker)
	if err != nil {
		return Login{}, err
	}
	token, err := from.trade(ctx, c, secret)
	if err = q.answered(asker, err); err != nil {
		return Login{}, err
	}
	l := Login{Token: token}
	// Only read, not verified: that is the server's business.
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err == nil && claims.ExpiresAt != nil {
		l.Expires = claims.ExpiresAt.UTC()
	}
	return l, nil
}

// UserInfo is who the client is for the backend, and its role, which may be less than the user's.
func (c *Client) UserInfo(ctx context.Context) (api.UserInfo, error) {
	v, _, err := send[api.UserInfo](ctx, c, v2(http.MethodGet, nil, "userinfo"))
	return v, err
}

// LogOut ends a session: its token is good no more. A backend without this service
// answers that it is not found.
func (c *Client) LogOut(ctx context.Context, token string) error {
	return exec(ctx, c, call{
		method: http.MethodPost, path: []any{"api-token-auth", "revoke"}, auth: "Bearer " + token,
	})
}
