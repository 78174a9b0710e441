package servertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issuer is an issuer of tokens: discovery and keys over https, as those of the services
// that run Terraform.
type Issuer struct {
	*httptest.Server
	Asked atomic.Int32 // for keys
	Down  atomic.Bool
	t     testing.TB

	mu   sync.Mutex
	keys map[string]crypto.Signer // by kid: those that it shows
	says string                   // instead of its URL

	person map[string]any     // who sits in front of it: claims
	codes  map[string]pending // that it has given out
}

// NewIssuer starts one that has the key "rsa-1".
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t, keys: map[string]crypto.Signer{}}
	i.Server = httptest.NewTLSServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.Close)
	i.NewKey("rsa-1")
	return i
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	if i.Down.Load() {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		name := i.says
		if name == "" {
			name = i.URL
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": name, "jwks_uri": i.URL + "/keys",
			"authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token"})
	case "/token":
		i.token(w, r)
	case "/keys":
		i.Asked.Add(1)
		_, _ = w.Write(jwks(i.keys))
	default:
		http.NotFound(w, r)
	}
}

// jwks are the public keys in their standard form (RFC 7517).
func jwks(keys map[string]crypto.Signer) []byte {
	text := base64.RawURLEncoding.EncodeToString
	var out []map[string]string
	for kid, key := range keys {
		switch k := key.Public().(type) {
		case *rsa.PublicKey:
			out = append(out, map[string]string{"kty": "RSA", "kid": kid, "use": "sig", "n": text(k.N.Bytes()), "e": text(big.NewInt(int64(k.E)).Bytes())})
		case *ecdsa.PublicKey:
			raw, _ := k.Bytes() // 4, x, y
			out = append(out, map[string]string{"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": text(raw[1:33]), "y": text(raw[33:])})
		}
	}
	raw, _ := json.Marshal(map[string]any{"keys": out})
	return raw
}

// NewKey makes and shows a key: RSA, or ECDSA if its name begins so.
func (i *Issuer) NewKey(kid string) crypto.Signer {
	i.t.Helper()
	var key crypto.Signer
	var err error
	if strings.HasPrefix(kid, "ec") {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[kid] = key
	return key
}

// Claims are those of a token of the plan phase of a run; change makes them others.
func (i *Issuer) Claims(now time.Time, change func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{"iss": i.URL, "aud": "galley", "sub": "organization:bakery:project:default:workspace:prod:run_phase:plan",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "terraform_run_phase": "plan"}
	if change != nil {
		change(c)
	}
	return c
}

// Sign makes a token with a key of that name, which the issuer may or may not show.
func (i *Issuer) Sign(kid string, key crypto.Signer, c jwt.MapClaims) string {
	i.t.Helper()
	method := jwt.SigningMethod(jwt.SigningMethodRS256)
	if strings.HasPrefix(kid, "ec") {
		method = jwt.SigningMethodES256
	}
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = kid
	text, err := token.SignedString(key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

// CAFile is the certificate of the issuer.
func (i *Issuer) CAFile() string {
	i.t.Helper()
	return writeFile(i.t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw}))
}

// TrustFile is a trust file with these rules, for the audience "galley".
func (i *Issuer) TrustFile(rules string) string {
	i.t.Helper()
	return writeFile(i.t, "trust.json", fmt.Appendf(nil, `[{"issuer": %q, "audience": "galley", "ca": %q, "session": "8h", "rules": %s}]`, i.URL, i.CAFile(), rules))
}

// Key is a key that it shows, by its name.
func (i *Issuer) Key(kid string) crypto.Signer {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[kid]
}

// Withdraw takes a key back.
func (i *Issuer) Withdraw(kid string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.keys, kid)
}

// Say makes it say to be another issuer.
func (i *Issuer) Say(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.says = name
}

// JWKS are the keys that it shows.
func (i *Issuer) JWKS() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return jwks(i.keys)
}

// Token is a good token of that subject.
func (i *Issuer) Token(subject string) string {
	i.t.Helper()
	return i.Sign("rsa-1", i.Key("rsa-1"), i.Claims(time.Now(), func(c jwt.MapClaims) { c["sub"] = subject }))
}

func writeFile(t testing.TB, name string, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
