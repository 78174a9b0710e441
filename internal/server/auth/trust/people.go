package trust

import (
	"context"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// People log in at an issuer by the authorization code flow of OpenID Connect with PKCE. What
// they get is held against the same rules as the tokens of programs; its audience is the
// client.

// A Challenge is what a login of a person is begun with and has to be ended with. All of it
// is random; the browser keeps it meanwhile.
type Challenge struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// NewChallenge makes one.
func NewChallenge() Challenge {
	return Challenge{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
}

// TakesPeople tells whether people can log in at the issuer.
func (i *Issuer) TakesPeople() bool { return i.ClientID != "" }

// Label is the issuer's name for people.
func (i *Issuer) Label() string {
	if i.Name != "" {
		return i.Name
	}
	u, err := url.Parse(i.Issuer)
	if err != nil {
		return i.Issuer
	}
	return u.Host
}

// readClient checks what the file says of the client, and reads its secret.
func (i *Issuer) readClient(dir string) error {
	if i.ClientID == "" && (i.ClientSecretFile != "" || len(i.Scopes) > 0) {
		return errors.New("client_secret_file and scopes are for people who log in, which needs a client_id")
	}
	if i.ClientSecretFile == "" {
		return nil
	}
	raw, err := os.ReadFile(beside(dir, i.ClientSecretFile))
	if err != nil {
		return fmt.Errorf("reading client_secret_file: %w", err)
	}
	if i.secret = strings.TrimSpace(string(raw)); i.secret == "" {
		return errors.New("client_secret_file is empty")
	}
	return nil
}

func newPeopleClient(roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: fetchTimeout, Transport: bounded{newTLSTransport(roots)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirects are not followed") }}
}

// bounded asks by https only, and reads no more of an answer than any needs.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: %s is not https", errFetch, r.URL)
	}
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

// client is how logins of people are carried out; callback is the URL of ours that the
// issuer sends them back to.
func (i *Issuer) oauth(ctx context.Context, callback string) (context.Context, *oauth2.Config, error) {
	ctx = oidc.ClientContext(ctx, i.people)
	provider, err := oidc.NewProvider(ctx, i.Issuer)
	if err != nil {
		return ctx, nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	scopes := i.Scopes
	if len(scopes) == 0 {
		scopes = []string{"email", "profile"}
	}
	return ctx, &oauth2.Config{ClientID: i.ClientID, ClientSecret: i.secret, Endpoint: provider.Endpoint(), RedirectURL: callback,
		Scopes: append([]string{oidc.ScopeOpenID}, scopes...)}, nil
}

// SignInURL is where a person logs in.
func (i *Issuer) SignInURL(ctx context.Context, callback string, c Challenge) (string, error) {
	_, config, err := i.oauth(ctx, callback)
	if err != nil {
		return "", err
	}
	if u, err := url.Parse(config.Endpoint.AuthURL); err != nil || u.Scheme != "https" {
		return "", fmt.Errorf("%w: its authorization_endpoint is no https URL", ErrUnavailable)
	}
	return config.AuthCodeURL(c.State, oidc.Nonce(c.Nonce), oauth2.S256ChallengeOption(c.Verifier)), nil
}

// Person is whom the code stands for that the issuer has sent a person back with.
func (i *Issuer) Person(ctx context.Context, callback, code, state string, c Challenge) (Match, error) {
	if c.State == "" || subtle.ConstantTimeCompare([]byte(state), []byte(c.State)) != 1 {
		return Match{}, errors.New("the answer is not to the question of this browser")
	}
	ctx, config, err := i.oauth(ctx, callback)
	if err != nil {
		return Match{}, err
	}
	got, err := config.Exchange(ctx, code, oauth2.VerifierOption(c.Verifier))
	if refused, isRefusal := errors.AsType[*oauth2.RetrieveError](err); isRefusal {
		return Match{}, fmt.Errorf("the issuer does not take the code: %.200s", refused.ErrorCode)
	}
	if err != nil {
		return Match{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	text, _ := got.Extra("id_token").(string)
	if text == "" {
		return Match{}, errors.New("the issuer gave no id_token")
	}
	m, nonce, err := i.verify(ctx, text, i.ClientID)
	if err != nil {
		return Match{}, err
	}
	if subtle.ConstantTimeCompare([]byte(nonce), []byte(c.Nonce)) != 1 {
		return Match{}, errors.New("the token is not for this login: its nonce is another")
	}
	return m, nil
}
