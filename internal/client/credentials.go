package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

const maxTokenSize = 16 << 10 // bytes

// credentials are what a session gets its token with.
type credentials interface {
	// secret is theirs as it is now: it may be in a file that somebody writes anew.
	secret() (string, error)
	// trade gives the token for it.
	trade(ctx context.Context, c *Client, secret string) (token string, err error)
	// makesLogins tells whether each token is a login of its own, which can be given back.
	makesLogins() bool
}

// credentials are those of cfg: a header that never changes, what gets a token, both for
// basic authentication, or neither.
func (cfg Config) credentials(scheme string) (fixed string, from credentials, err error) {
	isIdentity := cfg.IdentityToken != "" || cfg.IdentityTokenFile != ""
	var found []string
	for _, way := range []struct {
		name  string
		given bool
	}{
		{"a token", cfg.Token != ""}, {"the file of a token", cfg.TokenFile != ""}, {"a user name", cfg.Username != ""},
		{"a workload identity", isIdentity},
	} {
		if way.given {
			found = append(found, way.name)
		}
	}
	switch {
	case len(found) > 1:
		return "", nil, fmt.Errorf("both %s are set: set one of them", strings.Join(found, " and "))
	case (cfg.Username == "") != (cfg.Password == ""):
		return "", nil, errors.New("user name and password belong together: set both or none")
	case cfg.Token != "":
		if err := checkBare(cfg.Token); err != nil {
			return "", nil, fmt.Errorf("the token %w: give the bare token", err)
		}
		return scheme + " " + cfg.Token, nil, nil
	case cfg.TokenFile != "":
		return "", fileToken{cfg.TokenFile}, nil
	case isIdentity && cfg.AuthScheme == SchemeBasic:
		return "", nil, fmt.Errorf("a workload identity is exchanged for a login, which the authentication scheme %q has not: leave it out", SchemeBasic)
	case isIdentity:
		return "", workloadIdentity{token: cfg.IdentityToken, file: cfg.IdentityTokenFile}, nil
	case cfg.Username == "":
		return "", nil, nil
	}
	login := passwordLogin{cfg.Username, cfg.Password}
	if cfg.AuthScheme == SchemeBasic {
		fixed = "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password))
	}
	return fixed, login, nil
}

// passwordLogin logs in with a password.
type passwordLogin struct{ username, password string }

func (p passwordLogin) secret() (string, error) { return p.password, nil }

func (p passwordLogin) makesLogins() bool { return true }

// trade posts a form to /v2/login; the answer is the bare token.
func (p passwordLogin) trade(ctx context.Context, c *Client, password string) (string, error) {
	token, err := p.login(ctx, c, password)
	if err != nil {
		return "", fmt.Errorf("logging in as %q: %w", p.username, err)
	}
	return token, nil
}

func (p passwordLogin) login(ctx context.Context, c *Client, password string) (string, error) {
	u, err := c.url(call{path: []any{"v2", "login"}, bare: true})
	if err != nil {
		return "", err
	}
	form := url.Values{"username": {p.username}, "password": {password}}
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

// fileToken is an API token in a file.
type fileToken struct{ path string }

func (f fileToken) secret() (string, error) { return readToken(f.path) }

func (f fileToken) trade(_ context.Context, _ *Client, secret string) (string, error) {
	return secret, nil
}

func (f fileToken) makesLogins() bool { return false }

// workloadIdentity exchanges the token of another issuer for a login.
type workloadIdentity struct{ token, file string }

func (w workloadIdentity) secret() (string, error) {
	if w.file != "" {
		return readToken(w.file)
	}
	return w.token, nil
}

func (w workloadIdentity) trade(ctx context.Context, c *Client, secret string) (string, error) {
	login, err := w.exchange(ctx, c, secret)
	if err != nil {
		return "", fmt.Errorf("exchanging the token of the workload identity: %w", err)
	}
	return login.Token, nil
}

func (w workloadIdentity) exchange(ctx context.Context, c *Client, secret string) (api.WorkloadLogin, error) {
	resp, err := c.try(ctx, call{
		method: http.MethodPost, path: v6("login", "workload"), body: api.WorkloadLoginRequest{Token: secret}, idempotent: true,
	}, "")
	if err != nil {
		return api.WorkloadLogin{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return api.WorkloadLogin{}, readError(resp)
	}
	login, raw, err := readJSON[api.WorkloadLogin](resp)
	if err == nil && checkBare(login.Token) != nil {
		err = unreadable(resp, raw, errors.New("it has no token"))
	}
	return login, err
}

func (w workloadIdentity) makesLogins() bool { return true }

// readToken reads a token; a line break at its end is nobody's intention.
func readToken(path string) (string, error) {
	const next = "check the path, and that whoever runs this may read it"
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading the file of a token: %w: %s", err, next)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxTokenSize+1))
	if err != nil {
		return "", fmt.Errorf("reading the file of a token: %w: %s", err, next)
	}
	token := strings.TrimSpace(string(raw))
	if len(raw) > maxTokenSize {
		return "", fmt.Errorf("the file %s has more than the %d bytes of a token: %s", path, maxTokenSize, next)
	}
	if err := checkBare(token); err != nil {
		return "", fmt.Errorf("the file of a token, %s, %w: it has to hold the bare token and nothing else", path, err)
	}
	return token, nil
}

// checkBare refuses what cannot be in a header. It does not say what it has found.
func checkBare(token string) error {
	if token == "" {
		return errors.New("is empty")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("contains white space or a line break")
	}
	return nil
}
