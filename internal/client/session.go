package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

const maxTokenSize = 16 << 10

// session knows the header that authenticates a request. With a user name it logs
// in at the first use; callers that arrive meanwhile wait for that one login.
type session struct {
	scheme             string // as in the header
	username, password string
	fixed              string // header that needs no login

	lock    chan struct{} // holds one element while somebody has the members below
	token   string
	refused error // the server's no to these credentials: asking again only locks the account
}

func newSession(cfg Config) (*session, error) {
	s := &session{username: cfg.Username, password: cfg.Password, lock: make(chan struct{}, 1)}
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
	switch {
	case cfg.Token != "" && cfg.Username != "":
		return nil, errors.New("both a token and a user name are set: set one of them")
	case cfg.Token != "":
		if strings.ContainsFunc(cfg.Token, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return nil, errors.New("the token contains white space or a line break: give the bare token")
		}
		s.fixed = s.scheme + " " + cfg.Token
	case (cfg.Username == "") != (cfg.Password == ""):
		return nil, errors.New("user name and password belong together: set both or none")
	case cfg.Username != "" && cfg.AuthScheme == SchemeBasic:
		s.fixed = "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password))
	}
	return s, nil
}

// logsIn reports whether a 401 can be answered with a new login.
func (s *session) logsIn() bool { return s.fixed == "" && s.username != "" }

// header returns the value of Authorization, "" without credentials. A login is
// made if there is no token yet, or if the token is the one of expired.
func (s *session) header(ctx context.Context, c *Client, expired string) (string, error) {
	if !s.logsIn() {
		return s.fixed, nil
	}
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s.refused != nil {
		return "", s.refused
	}
	if s.token != "" && s.scheme+" "+s.token != expired {
		return s.scheme + " " + s.token, nil
	}
	token, err := c.login(ctx, s.username, s.password)
	if err != nil {
		err = fmt.Errorf("logging in as %q: %w", s.username, err)
		if api.IsUnauthorized(err) || api.IsForbidden(err) || api.IsInvalid(err) {
			s.refused = err
		}
		return "", err
	}
	s.token = token
	return s.scheme + " " + token, nil
}

// Login is a session of its own, beside that of the client.
type Login struct {
	Token   string
	Expires time.Time // zero: the token does not say so
}

// LogIn makes a session of its own for that user, or, without a name, for the user of
// the client.
func (c *Client) LogIn(ctx context.Context, username, password string) (Login, error) {
	if username == "" {
		username, password = c.session.username, c.session.password
	}
	if username == "" {
		return Login{}, errors.New("there is no user name to log in with")
	}
	asker := ctx
	ctx, q, err := c.patience.ask(asker)
	if err != nil {
		return Login{}, err
	}
	token, err := c.login(ctx, username, password)
	if err = q.answered(asker, err); err != nil {
		return Login{}, fmt.Errorf("logging in as %q: %w", username, err)
	}
	l := Login{Token: token}
	// Only read, not verified: that is the server's business.
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err == nil && claims.ExpiresAt != nil {
		l.Expires = claims.ExpiresAt.UTC()
	}
	return l, nil
}

// LogOut ends a session: its token is good no more. A backend without this service
// answers that it is not found.
func (c *Client) LogOut(ctx context.Context, token string) error {
	return exec(ctx, c, call{
		method: http.MethodPost, path: []any{"api-token-auth", "revoke"}, auth: "Bearer " + token,
	})
}

// login posts a form to /v2/login and returns the bare token of the answer.
func (c *Client) login(ctx context.Context, username, password string) (string, error) {
	u, err := c.url(call{path: []any{"v2", "login"}, bare: true})
	if err != nil {
		return "", err
	}
	form := url.Values{"username": {username}, "password": {password}}
	ctx = manner{repeatable: true, whole: true}.in(ctx) // a login more than needed does no harm
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, u.String(), []byte(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", c.agent)
	resp, err := c.http.Do(req)
	if err != nil {
		return "", explain(err, c.base)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return "", readError(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenSize+1))
	if err != nil {
		return "", fmt.Errorf("reading token: %w", err)
	}
	token := strings.Trim(strings.TrimSpace(string(body)), `"`)
	if token == "" || len(body) > maxTokenSize || strings.ContainsAny(token, " \t\r\n<{") {
		return "", unreadable(resp, body, errors.New("it is not a token"))
	}
	return token, nil
}
