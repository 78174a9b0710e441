package servertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// An Issuer also logs in people: whoever Person says is in front of it. Its client is
// "galley-page", which has the secret "client-secret".
const (
	clientID     = "galley-page"
	clientSecret = "client-secret"
)

// pending is a login that has been begun.
type pending struct {
	challenge, nonce, callback string
	claims                     map[string]any
}

// PeopleFile is a trust file with these rules, in which people can log in. Name may be empty.
func (i *Issuer) PeopleFile(name, rules string) string {
	i.t.Helper()
	secret := writeFile(i.t, "secret", []byte(clientSecret+"\n"))
	return writeFile(i.t, "trust.json", fmt.Appendf(nil, `[{"issuer": %q, "audience": "galley", "ca": %q, "session": "8h", "client_id": %q, "client_secret_file": %q, "name": %q, "rules": %s}]`,
		i.URL, i.CAFile(), clientID, secret, name, rules))
}

// Person is who sits in front of the issuer from now on: the claims of a token.
func (i *Issuer) Person(claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.person = claims
}

// Authorize is the issuer's page for that URL, on which the person logs in at once; it
// returns where the browser is sent then.
func (i *Issuer) Authorize(at string) string {
	i.t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		i.t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": clientID, "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			i.t.Errorf("the issuer is asked for the %s %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge", "redirect_uri", "scope"} {
		if q.Get(name) == "" {
			i.t.Errorf("the issuer is asked without %s: %s", name, at)
		}
	}
	code := rand.Text()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.codes == nil {
		i.codes = map[string]pending{}
	}
	i.codes[code] = pending{q.Get("code_challenge"), q.Get("nonce"), q.Get("redirect_uri"), i.person}
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// token is the issuer's endpoint that takes codes, each once, from who began.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, hasBasic := r.BasicAuth()
	if !hasBasic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	p, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != clientID || secret != clientSecret || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || r.PostFormValue("redirect_uri") != p.callback {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error": "invalid_grant"}`))
		return
	}
	now := time.Now()
	claims := jwt.MapClaims{"iss": i.URL, "aud": clientID, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": p.nonce}
	maps.Copy(claims, p.claims)
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.Sign("rsa-1", i.keys["rsa-1"], claims)})
}
