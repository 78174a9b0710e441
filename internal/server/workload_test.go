package server_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func writeTemp(t *testing.T, name string, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const bakeryRules = `[
	{"claims": {"sub": "organization:bakery:*:run_phase:apply"}, "role": "editor"},
	{"claims": {"sub": "organization:bakery:*:run_phase:plan"}, "role": "viewer"},
	{"claims": {"sub": "robot"}, "user": "robot"},
	{"claims": {"sub": "*@bakery", "level": "3", "trusted": "true"}, "role": "operator"}]`

// workloadLogin exchanges a token and returns the answer's status, the login and the text.
func workloadLogin(t *testing.T, s *servertest.Server, token string) (int, api.WorkloadLogin, string) {
	t.Helper()
	header := jsonHeader()
	header.Set("Authorization", "")
	resp, raw := s.Do(t, "POST", "/v6/login/workload/", header, strings.NewReader(`{"token": `+quote(token)+`}`))
	var login api.WorkloadLogin
	if resp.StatusCode == http.StatusOK {
		decode(t, raw, &login)
	}
	return resp.StatusCode, login, string(raw)
}

func TestWorkloadIdentity(t *testing.T) {
	t.Parallel()
	i := servertest.NewIssuer(t)
	each(t, servertest.Options{Workers: -1, TrustFile: i.TrustFile(bakeryRules)}, func(t *testing.T, s *servertest.Server) {
		key := i.Key("rsa-1")
		status, plan, raw := workloadLogin(t, s, i.Sign("rsa-1", key, i.Claims(time.Now(), nil)))
		if status != 200 || plan.Role != "viewer" || !strings.HasPrefix(plan.Username, "organization-bakery-project-default-workspace-prod-run_phase-plan+") {
			t.Fatalf("a plan: got %d %s", status, raw)
		}
		if life := time.Until(plan.Expires.Time); life < 7*time.Hour || life > 8*time.Hour {
			t.Errorf("the login lasts %s, want 8 hours", life)
		}
		_, apply, _ := workloadLogin(t, s, i.Sign("rsa-1", key, i.Claims(time.Now(), func(c jwt.MapClaims) {
			c["sub"] = "organization:bakery:project:default:workspace:prod:run_phase:apply"
			c["aud"] = []string{"other", "galley"}
		})))
		for name, c := range map[string]struct {
			token string
			want  int
		}{"plan": {plan.Token, 403}, "apply": {apply.Token, 400}} {
			if got := statusAs(t, s, "Bearer "+c.token, "POST", "/v6/workspaces/", "{}"); got != c.want {
				t.Errorf("the %s writes: got %d, want %d", name, got, c.want)
			}
			if got := statusAs(t, s, "Bearer "+c.token, "GET", "/v6/workspaces/", ""); got != 200 {
				t.Errorf("the %s reads: got %d, want 200", name, got)
			}
		}
		// The same subject is the same user, and the login can be given back.
		_, again, _ := workloadLogin(t, s, i.Sign("rsa-1", key, i.Claims(time.Now(), nil)))
		if again.Username != plan.Username || again.Token == plan.Token {
			t.Errorf("another login of the same subject is of %s, want %s", again.Username, plan.Username)
		}
		if got := statusAs(t, s, "Bearer "+plan.Token, "POST", "/api-token-auth/revoke/", ""); got != 204 {
			t.Errorf("giving it back: got %d", got)
		}
		if got := statusAs(t, s, "Bearer "+plan.Token, "GET", "/v6/workspaces/", ""); got != 401 {
			t.Errorf("after that: got %d, want 401", got)
		}
		// A rule of a user needs the user.
		robot := func() int {
			status, _, _ := workloadLogin(t, s, i.Sign("rsa-1", key, i.Claims(time.Now(), func(c jwt.MapClaims) { c["sub"] = "robot" })))
			return status
		}
		if got := robot(); got != 401 {
			t.Errorf("a user who does not exist: got %d, want 401", got)
		}
		u := mustUser(t, s, "robot", "operator")
		if got := robot(); got != 200 {
			t.Errorf("a user who exists: got %d, want 200", got)
		}
		if _, err := s.Client.EditUser(t.Context(), u.ID, api.UserEdit{IsActive: new(false)}); err != nil {
			t.Fatal(err)
		}
		if got := robot(); got != 401 {
			t.Errorf("a user who is disabled: got %d, want 401", got)
		}
		entries, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{Usernames: []string{apply.Username}})
		if err != nil || len(entries) != 1 || entries[0].Action != "login" || entries[0].Changes["issuer"] != i.URL || entries[0].TokenID == nil {
			t.Errorf("the audit has %+v, %v, want the login", entries, err)
		}
		if log := s.Log.String(); strings.Contains(log, plan.Token) || strings.Contains(log, apply.Token) {
			t.Error("the log has a token")
		}
	})
}

func TestWorkloadTokensThatAreNotGood(t *testing.T) {
	t.Parallel()
	i := servertest.NewIssuer(t)
	s := servertest.New(t, servertest.Options{Workers: -1, TrustFile: i.TrustFile(bakeryRules)})
	now, key := time.Now(), i.Key("rsa-1")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(jwt.MapClaims)) string { return i.Sign("rsa-1", key, i.Claims(now, change)) }
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, i.Claims(now, nil)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	// The public key as the secret of an HMAC: what a verifier falls for that asks the token how to verify it.
	confused := jwt.NewWithClaims(jwt.SigningMethodHS256, i.Claims(now, nil))
	confused.Header["kid"] = "rsa-1"
	hmac, err := confused.SignedString(key.Public().(*rsa.PublicKey).N.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	good := with(nil)
	parts := strings.Split(good, ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + i.URL + `","aud":"galley","sub":"organization:bakery:x:run_phase:apply","iat":1,"exp":9999999999}`))
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"a good one":        {good, 200},
		"within the leeway": {with(func(c jwt.MapClaims) { c["exp"] = now.Add(-10 * time.Second).Unix() }), 200},
		"a clock that is ahead a bit": {with(func(c jwt.MapClaims) {
			c["iat"], c["nbf"] = now.Add(20*time.Second).Unix(), now.Add(20*time.Second).Unix()
		}), 200},
		"numbers and booleans as claims": {with(func(c jwt.MapClaims) { c["sub"], c["level"], c["trusted"] = "ann@bakery", 3, true }), 200},
		"another audience":               {with(func(c jwt.MapClaims) { c["aud"] = "other" }), 401},
		"other audiences":                {with(func(c jwt.MapClaims) { c["aud"] = []string{"a", "b"} }), 401},
		"no audience":                    {with(func(c jwt.MapClaims) { delete(c, "aud") }), 401},
		"expired":                        {with(func(c jwt.MapClaims) { c["exp"] = now.Add(-time.Minute).Unix() }), 401},
		"without an end":                 {with(func(c jwt.MapClaims) { delete(c, "exp") }), 401},
		"without a beginning":            {with(func(c jwt.MapClaims) { delete(c, "iat") }), 401},
		"of the future":                  {with(func(c jwt.MapClaims) { c["iat"] = now.Add(time.Hour).Unix() }), 401},
		"not yet good":                   {with(func(c jwt.MapClaims) { c["nbf"] = now.Add(time.Hour).Unix() }), 401},
		"of another issuer":              {with(func(c jwt.MapClaims) { c["iss"] = "https://evil.example.com" }), 401},
		"of another spelling":            {with(func(c jwt.MapClaims) { c["iss"] = i.URL + "/" }), 401},
		"without an issuer":              {with(func(c jwt.MapClaims) { delete(c, "iss") }), 401},
		"for which there is no rule":     {with(func(c jwt.MapClaims) { c["sub"] = "organization:thieves:run_phase:apply" }), 401},
		"that begins otherwise":          {with(func(c jwt.MapClaims) { c["sub"] = "x:organization:bakery:a:run_phase:apply" }), 401},
		"that ends otherwise":            {with(func(c jwt.MapClaims) { c["sub"] = "organization:bakery:a:run_phase:apply:x" }), 401},
		"a claim that is missing":        {with(func(c jwt.MapClaims) { c["sub"], c["level"] = "ann@bakery", 3 }), 401},
		"a claim that is a list":         {with(func(c jwt.MapClaims) { c["sub"] = []string{"robot"} }), 401},
		"an unknown key":                 {i.Sign("rsa-9", other, i.Claims(now, nil)), 401},
		"another key of the same name":   {i.Sign("rsa-1", other, i.Claims(now, nil)), 401},
		"not signed":                     {unsigned, 401},
		"signed with the public key":     {hmac, 401},
		"tampered with":                  {parts[0] + "." + forged + "." + parts[2], 401},
		"of another token's signature":   {parts[0] + "." + parts[1] + "." + strings.Split(with(func(c jwt.MapClaims) { c["x"] = 1 }), ".")[2], 401},
		"no token":                       {"a.b.c", 401},
		"an API token of galleyd":        {s.Token, 401},
		"a token that is far too long":   {strings.Repeat("a", 20<<10), 401},
	} {
		status, _, raw := workloadLogin(t, s, c.token)
		if status != c.want {
			t.Errorf("a token %s: got %d %s, want %d", name, status, raw, c.want)
		}
	}
	if got := statusAs(t, s, "", "POST", "/v6/login/workload/?token="+good, `{}`); got != 400 {
		t.Errorf("a token in the URL: got %d, want 400", got)
	}
	if got := statusAs(t, s, "", "POST", "/v6/login/workload/", `{}`); got != 400 {
		t.Errorf("no token: got %d, want 400", got)
	}
	without := servertest.New(t, servertest.Options{Workers: -1})
	if status, _, raw := workloadLogin(t, without, good); status != 400 || !strings.Contains(raw, "--trust") {
		t.Errorf("without a trust file: got %d %s, want 400", status, raw)
	}
}

// Keys are cached, and asked for again when there is an unknown one, but not all the time.
func TestKeysOfIssuers(t *testing.T) {
	t.Parallel()
	i := servertest.NewIssuer(t)
	var skew atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(skew.Load())) }
	s := servertest.New(t, servertest.Options{Workers: -1, TrustFile: i.TrustFile(bakeryRules), Now: now})
	expect := func(what, token string, want int, asked int32) {
		t.Helper()
		if status, _, raw := workloadLogin(t, s, token); status != want || i.Asked.Load() != asked {
			t.Errorf("%s: got %d %s after %d questions, want %d after %d", what, status, raw, i.Asked.Load(), want, asked)
		}
	}
	later := func(d time.Duration) { skew.Add(int64(d)) }
	first := i.Key("rsa-1")
	token := func(kid string, key crypto.Signer) string { return i.Sign(kid, key, i.Claims(now(), nil)) }

	i.Down.Store(true)
	expect("a good token while the issuer is down", token("rsa-1", first), 503, 0)
	i.Down.Store(false)
	expect("a moment later", token("rsa-1", first), 503, 0)
	later(11 * time.Second)
	expect("when the issuer is up again", token("rsa-1", first), 200, 1)
	expect("once more", token("rsa-1", first), 200, 1)
	i.Down.Store(true)
	expect("with a key that is known the issuer may be down", token("rsa-1", first), 200, 1)
	i.Down.Store(false)
	second := i.NewKey("ec-2")
	expect("a new key a moment after the question", token("ec-2", second), 401, 1)
	later(11 * time.Second)
	expect("a new key", token("ec-2", second), 200, 2)
	expect("the old one beside it", token("rsa-1", first), 200, 2)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	later(11 * time.Second)
	expect("an unknown key", token("rsa-x", stranger), 401, 3)
	for range 5 {
		expect("an unknown key again and again", token("rsa-x", stranger), 401, 3)
	}
	later(11 * time.Second)
	i.Down.Store(true)
	expect("an unknown key while the issuer is down", token("rsa-x", stranger), 503, 3)
	i.Down.Store(false)
	i.Withdraw("rsa-1")
	later(11 * time.Second)
	expect("after a key was withdrawn, an unknown one", token("rsa-x", stranger), 401, 4)
	expect("the key that was withdrawn", token("rsa-1", first), 401, 4)
}

func TestIssuersThatAreNotWhoTheySay(t *testing.T) {
	t.Parallel()
	i := servertest.NewIssuer(t)
	i.Say("https://another.example.com")
	s := servertest.New(t, servertest.Options{Workers: -1, TrustFile: i.TrustFile(bakeryRules)})
	if status, _, raw := workloadLogin(t, s, i.Sign("rsa-1", i.Key("rsa-1"), i.Claims(time.Now(), nil))); status != 503 {
		t.Errorf("an issuer that says to be another: got %d %s, want 503", status, raw)
	}
	// A CA that nobody trusts.
	j := servertest.NewIssuer(t)
	untrusted := writeTemp(t, "trust.json", fmt.Appendf(nil, `[{"issuer": %q, "audience": "galley", "session": "8h", "rules": %s}]`, j.URL, bakeryRules))
	s = servertest.New(t, servertest.Options{Workers: -1, TrustFile: untrusted})
	if status, _, raw := workloadLogin(t, s, j.Sign("rsa-1", j.Key("rsa-1"), j.Claims(time.Now(), nil))); status != 503 {
		t.Errorf("an issuer without a trusted certificate: got %d %s, want 503", status, raw)
	}
	// Keys of a file instead of a question, for networks without a way out.
	file := writeTemp(t, "keys.json", j.JWKS())
	offline := writeTemp(t, "trust.json", fmt.Appendf(nil, `[{"issuer": %q, "audience": "galley", "jwks_file": %q, "session": "8h", "rules": %s}]`, j.URL, file, bakeryRules))
	s = servertest.New(t, servertest.Options{Workers: -1, TrustFile: offline})
	if status, _, raw := workloadLogin(t, s, j.Sign("rsa-1", j.Key("rsa-1"), j.Claims(time.Now(), nil))); status != 200 {
		t.Errorf("keys of a file: got %d %s, want 200", status, raw)
	}
}

func TestTrustFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	entry := func(changed string) string {
		members := map[string]string{"issuer": `"https://app.terraform.io"`, "audience": `"galley"`, "session": `"8h"`,
			"rules": `[{"claims": {"sub": "organization:bakery:*"}, "role": "viewer"}]`}
		name, value, _ := strings.Cut(changed, "=")
		if members[name] = value; value == "" {
			delete(members, name)
		}
		var parts []string
		for name, value := range members {
			parts = append(parts, quote(name)+": "+value)
		}
		return "[{" + strings.Join(parts, ", ") + "}]"
	}
	for name, c := range map[string]struct{ file, want string }{
		"a good one":                {entry("session=\"24h\""), ""},
		"no list":                   {"{}", "expected a list of issuers"},
		"two documents":             {"[] []", "something follows"},
		"http":                      {entry(`issuer="http://app.terraform.io"`), "issuer has to be a URL such as https://"},
		"no issuer":                 {entry("issuer="), "issuer has to be a URL"},
		"no audience":               {entry("audience="), "audience is missing"},
		"no session":                {entry("session="), "expected a duration from 1m to 24h"},
		"a long session":            {entry(`session="25h"`), "expected a duration from 1m to 24h"},
		"no rules":                  {entry("rules=[]"), "rules are missing"},
		"a rule for all":            {entry(`rules=[{"claims": {}, "role": "viewer"}]`), `claims need a "sub"`},
		"a rule for any subject":    {entry(`rules=[{"claims": {"sub": "**"}, "role": "viewer"}]`), "not just"},
		"a rule without a who":      {entry(`rules=[{"claims": {"terraform_run_phase": "apply"}, "role": "editor"}]`), `claims need a "sub"`},
		"a rule of an organization": {entry(`rules=[{"claims": {"terraform_organization_name": "bakery", "x": "*"}, "user": "tfc"}]`), ""},
		"a rule for nobody":         {entry(`rules=[{"claims": {"sub": "a"}}]`), "expected either user or role"},
		"a rule for both":           {entry(`rules=[{"claims": {"sub": "a"}, "user": "a", "role": "viewer"}]`), "expected either user or role"},
		"an unknown role":           {entry(`rules=[{"claims": {"sub": "a"}, "role": "king"}]`), `unknown role "king"`},
		"a misspelt member":         {entry(`sesion="8h"`), "unknown field"},
		"keys that are not there":   {entry(`jwks_file="nowhere.json"`), "reading jwks_file"},
		"a CA that is none":         {entry(`ca="trust.json"`), "has no certificate in PEM form"},
	} {
		path := writeTemp(t, "trust.json", []byte(c.file))
		s, err := server.New(context.Background(), server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), AdminPassword: servertest.Password, TrustFile: path})
		if err == nil {
			err = s.Close()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
