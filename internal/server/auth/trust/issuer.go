package trust

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	leeway       = 30 * time.Second // between the clocks of issuer and galleyd
	fetchTimeout = 10 * time.Second
)

// Errors of Verify. Everything else is a token that is not good.
var (
	// ErrUnavailable is that the issuer could not be asked for its keys.
	ErrUnavailable = errors.New("the issuer cannot be reached")
	// ErrNoRule is that the token is good, and no rule is for it.
	ErrNoRule = errors.New("no rule of the trust file is for this token")
)

// An Issuer is an element of the trust file.
type Issuer struct {
	entry
	Session time.Duration // of a login

	now    func() time.Time
	client *http.Client
	people *http.Client // of logins of people, which nobody but an issuer's answer starts
	secret string       // of the client
	jwks   string       // URL of the keys; empty: by discovery

	mu   sync.Mutex
	keys oidc.KeySet // nil: not yet discovered
}

// A Match is what a token stands for.
type Match struct {
	Rule
	Issuer  string
	Subject string
	Session time.Duration
}

// Verify finds the issuer of a token, verifies it and looks for its rule.
func Verify(ctx context.Context, issuers []*Issuer, token string) (Match, error) {
	name, err := issuerOf(token)
	if err != nil {
		return Match{}, err
	}
	err = fmt.Errorf("the issuer %q is not trusted", name)
	for _, i := range issuers {
		if i.Issuer != name {
			continue
		}
		var m Match
		if m, _, err = i.verify(ctx, token, i.Audience); err == nil {
			return m, nil
		}
		if errors.Is(err, ErrUnavailable) {
			return Match{}, err
		}
	}
	return Match{}, err
}

// issuerOf is whom a token claims to be from, which nobody has verified yet.
func issuerOf(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("it is no JWT")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", errors.New("it is no JWT")
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(raw, &claims); err != nil {
		return "", errors.New("it is no JWT")
	}
	return claims.Issuer, nil
}

// verify is whom a token stands for that was made for audience, and its nonce, if it has one.
func (i *Issuer) verify(ctx context.Context, text, audience string) (_ Match, nonce string, err error) {
	keys, err := i.keySet(ctx)
	if err != nil {
		return Match{}, "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	asked := &remembering{KeySet: keys}
	// The library has no leeway: the times are checked below.
	verifier := oidc.NewVerifier(i.Issuer, asked, &oidc.Config{ClientID: audience, SkipExpiryCheck: true,
		SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256}})
	token, err := verifier.Verify(ctx, text)
	if errors.Is(asked.err, errFetch) {
		return Match{}, "", fmt.Errorf("%w: %w", ErrUnavailable, asked.err)
	}
	if err != nil {
		return Match{}, "", err
	}
	claims := map[string]any{}
	var raw json.RawMessage
	if err := token.Claims(&raw); err != nil {
		return Match{}, "", err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&claims); err != nil {
		return Match{}, "", err
	}
	if err := i.checkTimes(token, claims); err != nil {
		return Match{}, "", err
	}
	for _, rule := range i.Rules {
		if rule.matches(claims) {
			return Match{Rule: rule, Issuer: i.Issuer, Subject: token.Subject, Session: i.Session}, token.Nonce, nil
		}
	}
	return Match{}, "", ErrNoRule
}

func (i *Issuer) checkTimes(token *oidc.IDToken, claims map[string]any) error {
	now := i.now()
	if _, isThere := claims["exp"]; !isThere {
		return errors.New("it has no exp")
	}
	if _, isThere := claims["iat"]; !isThere {
		return errors.New("it has no iat")
	}
	if !now.Before(token.Expiry.Add(leeway)) {
		return fmt.Errorf("it has expired at %s", token.Expiry.UTC().Format(time.RFC3339))
	}
	if token.IssuedAt.After(now.Add(leeway)) {
		return fmt.Errorf("it is from the future: issued at %s", token.IssuedAt.UTC().Format(time.RFC3339))
	}
	if nbf, isThere := claims["nbf"]; isThere {
		number, isNumber := nbf.(json.Number)
		seconds, err := number.Float64()
		if !isNumber || err != nil || time.Unix(int64(seconds), 0).After(now.Add(leeway)) {
			return fmt.Errorf("it is not good before %v", nbf)
		}
	}
	return nil
}

// useDiscovery asks the issuer itself, by https only.
func (i *Issuer) useDiscovery(roots *x509.CertPool) {
	i.client = &http.Client{Timeout: fetchTimeout, Transport: newFetcher(newTLSTransport(roots), "https", i.now),
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirects are not followed") }}
}

// useFile takes the keys of a file, which is read again when there is an unknown one.
func (i *Issuer) useFile(path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("reading jwks_file: %w", err)
	}
	dir, name := filepath.Split(path)
	i.client = &http.Client{Transport: newFetcher(http.NewFileTransport(http.Dir(dir)), "file", i.now)}
	i.jwks = (&url.URL{Scheme: "file", Path: "/" + name}).String()
	return nil
}

// keySet is where the issuer's keys are, found out at the first use.
func (i *Issuer) keySet(ctx context.Context) (oidc.KeySet, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.keys != nil {
		return i.keys, nil
	}
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), i.client)
	at := i.jwks
	if at == "" {
		provider, err := oidc.NewProvider(ctx, i.Issuer)
		if err != nil {
			return nil, err
		}
		var found struct {
			JWKS string `json:"jwks_uri"`
		}
		if err := provider.Claims(&found); err != nil {
			return nil, err
		}
		at = found.JWKS
	}
	i.keys = oidc.NewRemoteKeySet(ctx, at)
	return i.keys, nil
}

// remembering keeps the error that the library makes a text of.
type remembering struct {
	oidc.KeySet
	err error
}

// VerifySignature implements oidc.KeySet.
func (r *remembering) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := r.KeySet.VerifySignature(ctx, jwt)
	r.err = err
	return payload, err
}
