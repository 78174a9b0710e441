package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// exchange is a backend that exchanges tokens for logins.
type exchange struct {
	mu     sync.Mutex
	takes  string   // token that it takes, of the issuer or its own
	status int      // of exchanges; 0: as it should be
	asked  []string // tokens of the issuer that were sent
	logins int
	login  string // that is good now
}

func (e *exchange) set(change func(*exchange)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(e)
}

func (e *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.URL.Path == "/v6/login/workload/" {
		var body api.WorkloadLoginRequest
		_ = json.NewDecoder(r.Body).Decode(&body)
		e.asked = append(e.asked, body.Token)
		switch {
		case r.Header.Get("Authorization") != "":
			w.WriteHeader(http.StatusTeapot)
		case e.status != 0:
			w.WriteHeader(e.status)
			_, _ = io.WriteString(w, `{"detail": "Not found."}`)
		case body.Token != e.takes:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"detail": "The token is not accepted: it has expired."}`)
		default:
			e.logins++
			e.login = fmt.Sprintf("login-%d", e.logins)
			_ = json.NewEncoder(w).Encode(api.WorkloadLogin{Token: e.login})
		}
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+e.login {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"detail": "Invalid token."}`)
		return
	}
	_, _ = io.WriteString(w, `{"id": 1}`)
}

// tokenFile is a file with a token, and what writes another one into it.
func tokenFile(t *testing.T, content string) (path string, write func(string)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "token")
	write = func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(content)
	return path, write
}

func mustRead(t *testing.T, c *Client, when string) {
	t.Helper()
	if _, err := c.Recipe(t.Context(), 1); err != nil {
		t.Errorf("%s: %v", when, err)
	}
}

// mustNotRead expects an error with that text.
func mustNotRead(t *testing.T, c *Client, when, want string) {
	t.Helper()
	_, err := c.Recipe(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "eyJ") {
		t.Errorf("%s: got %v, want an error with %q and without a token", when, err, want)
	}
}

func TestWorkloadIdentityIsExchangedOnceAndAgainAfter401(t *testing.T) {
	t.Parallel()
	e := &exchange{takes: "eyJ.a.b"}
	c := newTestClient(t, Config{IdentityToken: "eyJ.a.b"}, e)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { mustRead(t, c, "at first") })
	}
	wg.Wait()
	e.set(func(e *exchange) { e.login = "revoked" })
	mustRead(t, c, "after the login was revoked")
	if diff := cmp.Diff([]string{"eyJ.a.b", "eyJ.a.b"}, e.asked); diff != "" {
		t.Errorf("exchanges (-want +got):\n%s", diff)
	}
	// What is refused is not asked for again and again.
	e.set(func(e *exchange) { e.login, e.takes, e.asked = "revoked", "another", nil })
	for range 3 {
		mustNotRead(t, c, "after the token has expired", "exchanging the token of the workload identity: ")
	}
	if len(e.asked) != 1 {
		t.Errorf("%d exchanges of a token that was refused, want 1", len(e.asked))
	}
}

func TestWorkloadIdentityOfAFileIsReadAgain(t *testing.T) {
	t.Parallel()
	path, write := tokenFile(t, "eyJ.one\n")
	e := &exchange{takes: "eyJ.one"}
	c := newTestClient(t, Config{IdentityTokenFile: path}, e)
	mustRead(t, c, "at first")
	write("eyJ.two")
	mustRead(t, c, "while the login is good")
	e.set(func(e *exchange) { e.login, e.takes = "revoked", "eyJ.two" })
	mustRead(t, c, "after the login has expired")
	if diff := cmp.Diff([]string{"eyJ.one", "eyJ.two"}, e.asked); diff != "" {
		t.Errorf("exchanges (-want +got):\n%s", diff)
	}
	// A token that was refused is another matter than the next one.
	e.set(func(e *exchange) { e.login, e.takes = "revoked", "eyJ.three" })
	mustNotRead(t, c, "with an old token", "it has expired")
	write("eyJ.three")
	mustRead(t, c, "with the next one")
}

func TestWorkloadIdentityInTrouble(t *testing.T) {
	t.Parallel()
	e := &exchange{takes: "eyJ.a.b"}
	c := newTestClient(t, Config{IdentityToken: "eyJ.a.b", MaxRetries: 1}, e)
	e.set(func(e *exchange) { e.status = http.StatusServiceUnavailable })
	mustNotRead(t, c, "while the issuer is down", "503")
	if len(e.asked) != 2 {
		t.Errorf("%d attempts while the issuer is down, want 2", len(e.asked))
	}
	// A backend without the service has not said that the recipe does not exist.
	e.set(func(e *exchange) { e.status = http.StatusNotFound })
	if _, err := c.Recipe(t.Context(), 1); err == nil || api.IsNotFound(err) || !strings.Contains(err.Error(), "the backend has no such login") {
		t.Errorf("got %v, want an error that is not about the recipe", err)
	}
	e.set(func(e *exchange) { e.status = 0 })
	mustRead(t, c, "when it is up again")

	nothing := newTestClient(t, Config{IdentityToken: "eyJ.a.b"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"username": "ann"}`)
	}))
	mustNotRead(t, nothing, "an answer without a token", "it has no token")
}

// The token is only for the backend: nobody else gets it, whatever the backend says.
func TestWorkloadIdentityStaysWithTheAllowedHosts(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		t.Errorf("a stranger gets %s %s %s", r.Method, r.URL, body)
	}))
	t.Cleanup(stranger.Close)
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		c := newTestClient(t, Config{IdentityToken: "eyJ.a.b"}, http.RedirectHandler(stranger.URL+"/v6/login/workload/", status))
		mustNotRead(t, c, "a redirect", "exchanging the token")
	}
	if _, err := New(Config{Endpoint: stranger.URL, IdentityToken: "eyJ.a.b", AllowedHosts: []string{"galley.example.com"}}); err == nil {
		t.Error("an endpoint that is not allowed is taken")
	}
	c := newTestClient(t, Config{IdentityToken: "eyJ.a.b", AllowedHosts: []string{"127.0.0.1"}}, &exchange{takes: "eyJ.a.b"})
	mustRead(t, c, "an allowed host")
	c.base.Host = strings.Replace(strings.TrimPrefix(stranger.URL, "http://"), "127.0.0.1", "localhost", 1)
	c.session.token = ""
	mustNotRead(t, c, "a host that is not allowed", "is not one of the allowed hosts")
}

func TestTokenOfAFileIsReadAgainAfter401(t *testing.T) {
	t.Parallel()
	path, write := tokenFile(t, "\ngal_one\r\n")
	e := &exchange{login: "gal_one"}
	var requests int
	c := newTestClient(t, Config{TokenFile: path}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		e.ServeHTTP(w, r)
	}))
	mustRead(t, c, "at first")
	e.set(func(e *exchange) { e.login = "gal_two" })
	mustNotRead(t, c, "before there is another one", "Invalid token")
	if requests != 2 {
		t.Errorf("%d requests, want 2: the same token is not sent twice", requests)
	}
	write("gal_two")
	mustRead(t, c, "when there is another one")
	if _, err := c.LogIn(t.Context(), "", ""); err == nil || !strings.Contains(err.Error(), "there is no user name") {
		t.Errorf("logging in with a token gives %v", err)
	}
	for content, want := range map[string]string{"": "is empty", "gal_a\ngal_b": "contains white space", strings.Repeat("a", maxTokenSize+1): "has more than"} {
		write(content)
		mustNotRead(t, newTestClient(t, Config{TokenFile: path}, e), "a bad file", want)
	}
	gone := filepath.Join(t.TempDir(), "nowhere")
	mustNotRead(t, newTestClient(t, Config{TokenFile: gone}, e), "no file", gone)
}

func TestLoginOfAWorkloadIdentityIsItsOwn(t *testing.T) {
	t.Parallel()
	e := &exchange{takes: "eyJ.a.b"}
	c := newTestClient(t, Config{IdentityToken: "eyJ.a.b"}, e)
	mustRead(t, c, "at first")
	login, err := c.LogIn(t.Context(), "", "")
	if err != nil || login.Token != "login-2" || c.session.token != "login-1" {
		t.Errorf("got %+v, %v beside %q, want another login", login, err, c.session.token)
	}
}
