package server_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// formHeader labels a body as a form and sends no credentials.
func formHeader() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {""}}
}

func loginForm(username, password string) string {
	return url.Values{"username": {username}, "password": {password}}.Encode()
}

func mustLogin(t *testing.T, s *servertest.Server, username, password string) string {
	t.Helper()
	resp, body := s.Do(t, "POST", "/v2/login", formHeader(), strings.NewReader(loginForm(username, password)))
	if resp.StatusCode != 200 {
		t.Fatalf("logging in as %s: got %d %s", username, resp.StatusCode, body)
	}
	return string(body)
}

func authorization(value string) http.Header { return http.Header{"Authorization": {value}} }

func basic(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

func TestLoginV2GivesABareToken(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	token := mustLogin(t, s, servertest.Username, servertest.Password)
	if strings.TrimSpace(token) != token || len(token) < 11 {
		t.Errorf("got token %q, want bare text", token)
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		t.Fatalf("the token is no JWT: %v", err)
	}
	if life := claims.ExpiresAt.Sub(claims.IssuedAt.Time); claims.Subject != servertest.Username || claims.ID == "" || life != 4*time.Hour {
		t.Errorf("got claims %+v, want the administrator for 4 hours", claims)
	}
	resp, body := s.Do(t, "GET", "/v2/validatetoken", authorization("bearer "+token), nil)
	if resp.StatusCode != 200 || !strings.Contains(string(body), token) {
		t.Errorf("validatetoken: got %d %s, want the token again", resp.StatusCode, body)
	}
	if resp, _ := s.Do(t, "GET", "/v2/validatetoken", authorization(""), nil); resp.StatusCode != 401 {
		t.Errorf("validatetoken without a token: got %d, want 401", resp.StatusCode)
	}
}

func TestRevokeEndsALogin(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	token, other := mustLogin(t, s, servertest.Username, servertest.Password), mustLogin(t, s, servertest.Username, servertest.Password)
	status := func(method, path, authorizationHeader string) int {
		t.Helper()
		resp, _ := s.Do(t, method, path, authorization(authorizationHeader), nil)
		return resp.StatusCode
	}
	const revoke = "/api-token-auth/revoke/"
	for name, c := range map[string]struct {
		authorization string
		want          int
	}{
		"an API token is not revoked": {"Bearer " + s.Token, 400},
		"a password is no token":      {basic(servertest.Username, servertest.Password), 400},
	} {
		if got := status("POST", revoke, c.authorization); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
	if got := status("POST", revoke, "Bearer "+token); got != 204 {
		t.Fatalf("revoking: got %d, want 204", got)
	}
	if got := status("GET", "/v6/workspaces/", "Bearer "+token); got != 401 {
		t.Errorf("the revoked token: got %d, want 401", got)
	}
	if got := status("POST", revoke, "Bearer "+token); got != 401 {
		t.Errorf("revoking twice: got %d, want 401", got)
	}
	for name, still := range map[string]string{"another login": other, "the API token": s.Token} {
		if got := status("GET", "/v6/workspaces/", "Bearer "+still); got != 200 {
			t.Errorf("%s: got %d, want 200", name, got)
		}
	}
}

func TestLoginV6GivesAToken(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		want              string
	}{
		"JSON is accepted":                  {"application/json", `{"username": "admin", "password": "` + servertest.Password + `"}`, 200, `{"token":"`},
		"a form is accepted":                {"application/x-www-form-urlencoded", loginForm("admin", servertest.Password), 200, `{"token":"`},
		"a wrong password is 400":           {"application/json", `{"username": "admin", "password": "wrong"}`, 400, `{"non_field_errors":["Unable to log in with provided credentials."]}`},
		"an unknown user is the same":       {"application/json", `{"username": "nobody", "password": "wrong"}`, 400, `{"non_field_errors":["Unable to log in with provided credentials."]}`},
		"a missing password is named":       {"application/json", `{"username": "admin"}`, 400, `{"password":["This field is required."]}`},
		"a body that is no JSON is 400":     {"application/json", `{"username": `, 400, `{"detail":"JSON parse error - `},
		"another content type is 415":       {"text/xml", `<a/>`, 415, `{"detail":"Unsupported media type \"text/xml\" in request."}`},
		"a password in the URL is not read": {"application/json", ``, 400, `{"password":["This field is required."],"username":["This field is required."]}`},
	} {
		resp, body := s.Do(t, "POST", "/api-token-auth/?username=admin&password="+servertest.Password,
			http.Header{"Content-Type": {c.contentType}, "Authorization": {""}}, strings.NewReader(c.body))
		if resp.StatusCode != c.status || !strings.HasPrefix(string(body), c.want) {
			t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, body, c.status, c.want)
		}
	}
}

func TestWrongCredentialsOfLoginV2(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for name, form := range map[string]string{
		"a wrong password":        loginForm("admin", "wrong"),
		"an unknown user":         loginForm("nobody", "wrong"),
		"no user":                 "",
		"a name with a NUL":       "username=a%00b&password=c",
		"a name that is too long": loginForm(strings.Repeat("a", 1000), "wrong"),
		"a long password":         loginForm("admin", strings.Repeat("a", 15<<10)), // of more than 16 KiB nothing is read: 413
	} {
		resp, body := s.Do(t, "POST", "/v2/login", formHeader(), strings.NewReader(form))
		if name == "a name with a NUL" && resp.StatusCode == 400 {
			continue
		}
		if resp.StatusCode != 401 || string(body) != "Credentials are invalid" {
			t.Errorf("%s: got %d %q, want 401 Credentials are invalid", name, resp.StatusCode, body)
		}
	}
}

func TestAuthorizationSchemes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	login := mustLogin(t, s, servertest.Username, servertest.Password)
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.RegisteredClaims{Subject: "admin", ID: "1",
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{Subject: "admin", ID: "1",
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))}).SignedString([]byte("another key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		header string
		status int
		want   string
	}{
		"a login token as Bearer":            {"Bearer " + login, 200, ""},
		"a login token as Token":             {"Token " + login, 200, ""},
		"an API token, scheme in lower case": {"token " + s.Token, 200, ""},
		"an API token as Basic":              {"Basic " + s.Token, 200, ""},
		"name and password":                  {basic("admin", servertest.Password), 200, ""},
		"name and API token":                 {basic("admin", s.Token), 200, ""},
		"another name and API token":         {basic("other", s.Token), 401, "Invalid token."},
		"a wrong password":                   {basic("admin", "wrong"), 401, "Invalid username/password."},
		"Basic that is no base64":            {"Basic ???", 401, "The Authorization header is not Basic"},
		"no credentials":                     {"", 401, "Authentication credentials were not provided."},
		"an unknown scheme":                  {"Digest abc", 401, "The Authorization header has an unknown scheme"},
		"a scheme without a token":           {"Bearer", 401, "Invalid token."},
		"a token that nobody has":            {"Bearer gal_nothing", 401, "Invalid token."},
		"rubbish":                            {"Bearer \"a.b.c", 401, "Invalid token."},
		"a token without a signature":        {"Bearer " + unsigned, 401, "Invalid token."},
		"a token with another signature":     {"Bearer " + forged, 401, "Invalid token."},
	} {
		resp, body := s.Do(t, "GET", "/v6/workspaces/", authorization(c.header), nil)
		var answer struct{ Detail string }
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Errorf("%s: %v: %s", name, err, body)
		}
		if resp.StatusCode != c.status || !strings.HasPrefix(answer.Detail, c.want) {
			t.Errorf("%s: got %d %q, want %d %q", name, resp.StatusCode, answer.Detail, c.status, c.want)
		}
		if challenged := resp.Header.Get("WWW-Authenticate") != ""; challenged != (c.status == 401) {
			t.Errorf("%s: got WWW-Authenticate %q", name, resp.Header.Get("WWW-Authenticate"))
		}
	}
	if strings.Contains(s.Log.String(), servertest.Password) || strings.Contains(s.Log.String(), login) {
		t.Error("the log shows a password or a token")
	}
}

// TestTokensCannotBeForged: who can read the signing key, and knows which logins there
// are, still lacks the random value of each.
func TestTokensCannotBeForged(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	token := mustLogin(t, s, servertest.Username, servertest.Password)
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	key := signingKey(t, s)
	if _, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
		t.Fatalf("the key of the test is not that of the server: %v", err)
	}
	status := func(change func(jwt.MapClaims)) int {
		t.Helper()
		forged := jwt.MapClaims{}
		for name, value := range claims {
			forged[name] = value
		}
		change(forged)
		signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, forged).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		resp, _ := s.Do(t, "GET", "/v6/workspaces/", authorization("Bearer "+signed), nil)
		return resp.StatusCode
	}
	for what, c := range map[string]struct {
		change func(jwt.MapClaims)
		want   int
	}{
		"the token itself":         {func(jwt.MapClaims) {}, 200},
		"without the random value": {func(c jwt.MapClaims) { delete(c, "key") }, 401},
		"with another one":         {func(c jwt.MapClaims) { c["key"] = strings.Repeat("A", 26) }, 401},
		"of another login":         {func(c jwt.MapClaims) { c["jti"] = "1" }, 401},
	} {
		if got := status(c.change); got != c.want {
			t.Errorf("%s: got %d, want %d", what, got, c.want)
		}
	}
}

// signingKey is the key of login tokens, as somebody has it with the database and the secret key.
func signingKey(t *testing.T, s *servertest.Server) []byte {
	t.Helper()
	secret, err := base64.StdEncoding.DecodeString(servertest.SecretKey)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(secret)
	if err != nil {
		t.Fatal(err)
	}
	text, err := sealer.InitSetting(t.Context(), s.Store, "login-token-key", "there has to be one")
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if stored, err := s.Store.Setting(t.Context(), "login-token-key"); err != nil || strings.Contains(stored, text) {
		t.Errorf("the key is stored in clear: %v", err)
	}
	return key
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	var skew atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(skew.Load())) }
	s := servertest.New(t, servertest.Options{Workers: -1, Now: now})
	status := func(token string) int {
		resp, _ := s.Do(t, "GET", "/v6/workspaces/", authorization("Bearer "+token), nil)
		return resp.StatusCode
	}

	revoked := mustLogin(t, s, servertest.Username, servertest.Password)
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(revoked, &claims); err != nil {
		t.Fatal(err)
	}
	id, err := strconv.ParseInt(claims.ID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	at := store.Now()
	if err := s.Store.Update(t.Context(), &store.Token{ID: id, Revoked: &at}, "revoked"); err != nil {
		t.Fatal(err)
	}
	if got := status(revoked); got != 401 {
		t.Errorf("a revoked token: got %d, want 401", got)
	}

	login := mustLogin(t, s, servertest.Username, servertest.Password)
	cfg := server.Config{DataDir: s.DataDir, Database: s.Database, Now: now}
	short, err := server.CreateToken(t.Context(), cfg, "short", servertest.Username, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after        time.Duration
		login, short int
	}{{0, 200, 200}, {2 * time.Hour, 200, 401}, {5 * time.Hour, 401, 401}} {
		skew.Store(int64(c.after))
		if got := status(login); got != c.login {
			t.Errorf("a login token after %s: got %d, want %d", c.after, got, c.login)
		}
		if got := status(short); got != c.short {
			t.Errorf("a token of one hour after %s: got %d, want %d", c.after, got, c.short)
		}
	}
}

func TestRolesLimitWhatUsersDo(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	cfg := server.Config{DataDir: s.DataDir, Database: s.Database}
	requests := []struct{ method, path, needs string }{
		{"GET", "/v6/recipes/", "viewer"}, {"POST", "/v6/recipes/", "operator"}, {"POST", "/v6/jobs/cancel/", "operator"},
		{"POST", "/v6/files/", "operator"}, {"POST", "/v6/files/purge-source/", "operator"},
		{"POST", "/v6/recipe-types/", "editor"}, {"PATCH", "/v6/recipe-types/x/", "editor"},
		{"POST", "/v6/job-types/", "editor"}, {"POST", "/v6/workspaces/", "editor"}, {"PATCH", "/v6/workspaces/1/", "editor"},
	}
	rank := map[string]int{}
	for i, role := range auth.Roles() {
		rank[role] = i
	}
	for _, role := range auth.Roles() {
		user := auth.NewUser{Username: "the-" + role, Role: role, Password: "password of " + role}
		if _, err := server.AddUser(t.Context(), cfg, user); err != nil {
			t.Fatal(err)
		}
		token, err := server.CreateToken(t.Context(), cfg, "test", user.Username, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range requests {
			header := authorization("Bearer " + token)
			header.Set("Content-Type", "application/json")
			// A filter that finds nothing, so that what is allowed changes nothing.
			resp, body := s.Do(t, r.method, r.path, header, strings.NewReader(`{"job_ids": [4711]}`))
			if forbidden := resp.StatusCode == 403; forbidden != (rank[role] < rank[r.needs]) {
				t.Errorf("%s %s as %s: got %d %s", r.method, r.path, role, resp.StatusCode, body)
			}
		}
	}
}

// Failures are counted by name and address: whoever fails slows himself down, locks
// nobody out, and with the right password comes in.
func TestFailedLoginsAreLimited(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, TrustedProxies: []string{"127.0.0.0/8"}})
	from := func(address, username, password string) *http.Response {
		header := formHeader()
		header.Set("X-Forwarded-For", address)
		resp, _ := s.Do(t, "POST", "/v2/login", header, strings.NewReader(loginForm(username, password)))
		return resp
	}
	const here, there = "203.0.113.1", "203.0.113.2"
	for range 9 {
		from(here, "admin", "wrong")
	}
	if got := from(here, "admin", servertest.Password).StatusCode; got != 200 {
		t.Fatalf("after 9 failures: got %d, want 200", got)
	}
	for range 10 { // the success has cleared the others
		if got := from(here, "admin", "wrong").StatusCode; got != 401 {
			t.Fatalf("a failure: got %d, want 401", got)
		}
	}
	if got := from(here, "admin", "wrong"); got.StatusCode != 429 || got.Header.Get("Retry-After") == "" {
		t.Errorf("one more failure: got %d, Retry-After %q, want 429", got.StatusCode, got.Header.Get("Retry-After"))
	}
	header := authorization(basic("admin", "wrong"))
	header.Set("X-Forwarded-For", here)
	if resp, _ := s.Do(t, "GET", "/v6/workspaces/", header, nil); resp.StatusCode != 429 {
		t.Errorf("Basic after 10 failures: got %d, want 429", resp.StatusCode)
	}
	if got := from(here, "other", "wrong").StatusCode; got != 401 {
		t.Errorf("another user: got %d, want 401", got)
	}
	if got := from(there, "admin", "wrong").StatusCode; got != 401 {
		t.Errorf("another address: got %d, want 401", got)
	}
	if got := from(there, "admin", servertest.Password).StatusCode; got != 200 {
		t.Errorf("the right password from another address: got %d, want 200", got)
	}
	if got := from(here, "admin", servertest.Password).StatusCode; got != 200 {
		t.Errorf("the right password from the same address: got %d, want 200", got)
	}
	if got := from(here, "admin", "wrong").StatusCode; got != 401 {
		t.Errorf("a failure after a success: got %d, want 401", got)
	}
}
