package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// newTestClient returns a client of handler that does not wait long between retries.
// The endpoint has a path prefix, so that a call with an absolute path fails.
func newTestClient(t *testing.T, cfg Config, handler http.Handler) *Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/prefix/", http.StripPrefix("/prefix", handler))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	cfg.Endpoint = server.URL
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.base.Path = "/prefix"
	c.http.RetryWaitMin, c.http.RetryWaitMax = time.Millisecond, 2*time.Millisecond
	return c
}

func TestNewRejectsWhatCannotWork(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"an endpoint without scheme", Config{Endpoint: "galley.example.com"}, "is not a base URL"},
		{"an endpoint of another scheme", Config{Endpoint: "ftp://galley"}, "is not a base URL"},
		{"an endpoint that is no URL", Config{Endpoint: "http://[::1"}, "parsing endpoint"},
		{"credentials in the endpoint", Config{Endpoint: "http://u:hunter2@h"}, "set username and password"},
		{"a path in the endpoint", Config{Endpoint: "https://h:8080/v6/"}, `has a path: give "https://h:8080" only`},
		{"a query in the endpoint", Config{Endpoint: "http://h?x=1"}, "query or fragment"},
		{"a host that is not allowed", Config{Endpoint: "http://prod:8080", AllowedHosts: []string{"dev"}}, "allowed hosts (dev)"},
		{"an unknown scheme", Config{AuthScheme: "digest"}, `"digest" is none of`},
		{"two ways to authenticate", Config{Token: "t", Username: "u", Password: "p"}, "both a token and a user name"},
		{"three ways to authenticate", Config{TokenFile: "f", Username: "u", IdentityToken: "secret-token"}, "both the file of a token and a user name and a workload identity are set"},
		{"a user without password", Config{Username: "u"}, "belong together"},
		{"a workload identity in the clear", Config{Endpoint: "http://galley.example.com", IdentityToken: "secret-token"}, "is sent by https only"},
		{"the file of one in the clear", Config{Endpoint: "http://192.0.2.1:8080", IdentityTokenFile: "f"}, "is sent by https only"},
		{"a workload identity without a login", Config{IdentityToken: "secret-token", AuthScheme: SchemeBasic}, `"basic" has not`},
		{"a token with a line break", Config{Token: "secret-token\n"}, "white space"},
		{"a CA that is no PEM", Config{CACertPEM: "x"}, "no PEM certificate"},
		{"a client certificate without key", Config{ClientCertPEM: "x"}, "belong together"},
		{"a client certificate that is no PEM", Config{ClientCertPEM: "x", ClientKeyPEM: "y"}, "reading client certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := New(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error is %v, want one with %q", err, tt.want)
			}
			for _, secret := range []string{"hunter2", "secret-token"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error shows a secret: %v", err)
				}
			}
		})
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, c *Client) error { _, err := c.Recipe(ctx, 1); return err }
	edit := func(ctx context.Context, c *Client) error {
		_, err := c.EditRecipeType(ctx, "a", api.RecipeTypeEdit{})
		return err
	}
	requeue := func(ctx context.Context, c *Client) error { return c.RequeueJobs(ctx, api.JobRequeue{}) }
	login := func(ctx context.Context, c *Client) error { _, err := c.LogIn(ctx, "ann", "p"); return err }
	create := func(ctx context.Context, c *Client) error {
		_, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: 1})
		return err
	}
	check := func(ctx context.Context, c *Client) error {
		_, err := c.ValidateRecipeType(ctx, api.RecipeTypeValidate{})
		return err
	}
	tests := []struct {
		name     string
		call     func(context.Context, *Client) error
		status   int // of every answer
		attempts int32
	}{
		{"a read is repeated after 500", read, 500, 3},
		{"a read is repeated after 502", read, 502, 3},
		{"a read is repeated after 503", read, 503, 3},
		{"a read is repeated after 504", read, 504, 3},
		{"a read is repeated after 429", read, 429, 3},
		{"a read is not repeated after 400", read, 400, 1},
		{"a read is not repeated after 404", read, 404, 1},
		{"a read is not repeated after 501", read, 501, 1},
		{"an edit is repeated after 502", edit, 502, 3},
		{"an edit is repeated after 503", edit, 503, 3},
		{"an edit is repeated after 504", edit, 504, 3},
		{"an edit is repeated after 429", edit, 429, 3},
		{"an edit is not repeated after 409", edit, 409, 1},
		{"a requeue is not repeated after 500", requeue, 500, 1},
		{"a requeue is not repeated after 503", requeue, 503, 1},
		{"a requeue is repeated after 429", requeue, 429, 3},
		{"a login is repeated after 502", login, 502, 3},
		{"a login is repeated after 503", login, 503, 3},
		{"a login is repeated after 504", login, 504, 3},
		{"a login is not repeated after 401", login, 401, 1},
		{"a create is repeated after 500", create, 500, 3},
		{"a create is repeated after 503", create, 503, 3},
		{"a create is not repeated after 400", create, 400, 1},
		{"a create is not repeated after 422", create, 422, 1},
		{"a validation is repeated after 502", check, 502, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			c := newTestClient(t, Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				attempts.Add(1)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, `{"detail": "no"}`)
			}))
			err := tt.call(t.Context(), c)
			e, ok := errors.AsType[*api.Error](err)
			if !ok || e.Status != tt.status || e.Detail != "no" {
				t.Errorf("error is %#v, want the last answer with status %d", err, tt.status)
			}
			if got := attempts.Load(); got != tt.attempts {
				t.Errorf("%d attempts, want %d", got, tt.attempts)
			}
		})
	}
}

func TestLostConnections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		call     func(context.Context, *Client) error
		attempts int32
		ok       bool
	}{
		{"a read is repeated", func(ctx context.Context, c *Client) error {
			_, err := c.Version(ctx)
			return err
		}, 2, true},
		{"an edit is, as its key tells the server", func(ctx context.Context, c *Client) error {
			return c.EditWorkspace(ctx, 1, api.WorkspaceEdit{Title: new("x")})
		}, 2, true},
		{"a requeue is not, as it may have had its effect", func(ctx context.Context, c *Client) error {
			return c.RequeueJobs(ctx, api.JobRequeue{})
		}, 1, false},
		{"a cancel is not", func(ctx context.Context, c *Client) error {
			return c.CancelJobs(ctx, api.JobFilter{})
		}, 1, false},
		{"a create is, as its key tells the server", func(ctx context.Context, c *Client) error {
			_, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{Title: "x"})
			return err
		}, 2, true},
	}
	for _, tt := range tests {
		for where, cut := range cuts {
			t.Run(tt.name+", cut "+where, func(t *testing.T) {
				t.Parallel()
				var attempts atomic.Int32
				c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if attempts.Add(1) == 1 {
						cut(w)
						return
					}
					_, _ = io.WriteString(w, `{}`)
				}))
				err := tt.call(t.Context(), c)
				if (err == nil) != tt.ok {
					t.Errorf("error is %v, want success %t", err, tt.ok)
				}
				if err != nil && !strings.Contains(err.Error(), "was cut before the answer was complete") {
					t.Errorf("error is %v, want one that says that the connection was cut", err)
				}
				if got := attempts.Load(); got != tt.attempts {
					t.Errorf("%d attempts, want %d", got, tt.attempts)
				}
			})
		}
	}
}

// cuts end an answer too early.
var cuts = map[string]func(http.ResponseWriter){
	"before the head": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	"in the head": func(w http.ResponseWriter) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = buf.WriteString("HTTP/1.1 200 OK\r\nContent-Ty")
		_ = buf.Flush()
		_ = conn.Close()
	},
	"after the head": func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"in the body": func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `{"id": `)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
}

func TestRefusedConnectionIsRepeatedForWritesToo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	var attempts atomic.Int32
	c, err := New(Config{
		Endpoint: server.URL, MaxRetries: 2,
		Log: func(context.Context, string, map[string]any) { attempts.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.http.RetryWaitMin, c.http.RetryWaitMax = time.Millisecond, 2*time.Millisecond
	if _, err := c.CreateWorkspace(t.Context(), api.WorkspaceCreate{Title: "x"}); err == nil {
		t.Fatal("no error without a server")
	}
	if got := attempts.Load(); got != 3 {
		t.Errorf("%d attempts, want 3", got)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	answer := func(retryAfter string) *http.Response {
		return &http.Response{Header: http.Header{"Retry-After": {retryAfter}}}
	}
	tests := []struct {
		name     string
		attempt  int
		resp     *http.Response
		from, to time.Duration
	}{
		{"the first pause is short", 0, nil, 50 * time.Millisecond, 150 * time.Millisecond},
		{"pauses grow", 3, nil, 50 * time.Millisecond, 850 * time.Millisecond},
		{"pauses are bounded", 40, nil, 50 * time.Millisecond, 10*time.Second + 50*time.Millisecond},
		{"the server says how long", 0, answer("7"), 7 * time.Second, 7 * time.Second},
		{"the server cannot stop everything", 0, answer("86400"), retryAfterMax, retryAfterMax},
		{"a date is understood", 0, answer(time.Now().Add(100 * time.Second).UTC().Format(http.TimeFormat)), time.Second, 100 * time.Second},
		{"nonsense is ignored", 0, answer("soon"), 50 * time.Millisecond, 150 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := backoff(100*time.Millisecond, 10*time.Second, tt.attempt, tt.resp)
			if got < tt.from || got > tt.to {
				t.Errorf("pause is %s, want %s to %s", got, tt.from, tt.to)
			}
		})
	}
}

func TestErrorBodies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, contentType, body string
		want                    api.Error
	}{
		{"an object with detail", "application/json", `{"detail": "Not found."}`, api.Error{Detail: "Not found."}},
		{
			"findings", "application/json", `{"detail": "Bad", "problems": [{"name": "N", "description": "d", "path": "a.b"}]}`,
			api.Error{Detail: "Bad", Problems: []api.Finding{{Name: "N", Description: "d", Path: "a.b"}}},
		},
		{"a bare JSON string", "application/json", `"Inactive recipe type: x"`, api.Error{Detail: "Inactive recipe type: x"}},
		{
			"errors by field", "application/json",
			`{"username": ["This field is required."], "non_field_errors": ["Unable to log in."]}`,
			api.Error{Detail: "Unable to log in. username: This field is required."},
		},
		{"a message of v2", "application/json", `{"message": {"error": "No such recipe.", "status": "failed"}}`, api.Error{Detail: "No such recipe."}},
		{
			"a message of v2 in two parts", "application/json",
			`{"message": {"error": {"message": "Bad recipe.", "detail": [{"severity": "error", "file": "variations.json", "description": "no such variation"}]}}}`,
			api.Error{Detail: "Bad recipe.\nvariations.json: no such variation"},
		},
		{
			"a message of v2 with issues", "application/json",
			`{"message": {"error": {"message": "Bad.", "detail": "very bad"}, "issues": [{"description": "x"}]}}`,
			api.Error{Detail: "Bad.\nvery bad\nx"},
		},
		{"text", "text/plain", "disk full\n", api.Error{Detail: "disk full", Foreign: true}},
		{"long text is cut", "text/plain", strings.Repeat("é", 400), api.Error{Detail: strings.Repeat("é", 250) + "…", Foreign: true}},
		{"a web page", "text/html", "<h1>Bad Gateway</h1>", api.Error{Detail: "The answer is a web page, so it does not come from the backend, " +
			"but from a proxy, a login page or another server. Check the endpoint, and what stands between here and the backend.", Foreign: true}},
		{"nothing", "", "", api.Error{Foreign: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				w.Header().Set("X-Request-Id", "r-1")
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, tt.body)
			}))
			_, err := c.JobType(t.Context(), "a b", "1.0.0")
			got, ok := errors.AsType[*api.Error](err)
			if !ok {
				t.Fatalf("error is %v, want an api.Error", err)
			}
			want := tt.want
			want.Status, want.Method, want.RequestID = http.StatusBadRequest, http.MethodGet, "r-1"
			want.Path = "/prefix/v6/job-types/a b/1.0.0/"
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoginIsMadeOnceForAllAndAgainAfter401(t *testing.T) {
	t.Parallel()
	var logins atomic.Int32
	var valid atomic.Value
	valid.Store("")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/login", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("username") != "ann" || r.FormValue("password") != "hunter2" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token := fmt.Sprintf("token-%d", logins.Add(1))
		valid.Store(token)
		_, _ = io.WriteString(w, token)
	})
	mux.HandleFunc("GET /v6/recipes/{id}/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+valid.Load().(string) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"id": 1}`)
	})
	var logged sync.Map
	cfg := Config{Username: "ann", Password: "hunter2", Log: func(_ context.Context, msg string, fields map[string]any) {
		logged.Store(msg+fmt.Sprint(fields), true)
	}}
	c := newTestClient(t, cfg, mux)
	readAll := func() {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := c.Recipe(t.Context(), 1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	readAll()
	if got := logins.Load(); got != 1 {
		t.Errorf("%d logins for 20 requests, want 1", got)
	}
	valid.Store("revoked")
	readAll()
	if got := logins.Load(); got != 2 {
		t.Errorf("%d logins after the token was revoked, want 2", got)
	}
	logged.Range(func(line, _ any) bool {
		for _, secret := range []string{"hunter2", "token-1", "token-2"} {
			if strings.Contains(line.(string), secret) {
				t.Errorf("log shows a secret: %s", line)
			}
		}
		return true
	})
}

func TestRefusedLoginIsNotRepeated(t *testing.T) {
	t.Parallel()
	var logins atomic.Int32
	c := newTestClient(t, Config{Username: "ann", Password: "wrong-password"},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v2/login" {
				t.Errorf("request to %s without a login", r.URL.Path)
			}
			logins.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, "Credentials are invalid")
		}))
	for range 3 {
		_, err := c.Recipe(t.Context(), 1)
		if !api.IsUnauthorized(err) || !strings.Contains(err.Error(), `logging in as "ann"`) {
			t.Errorf("error is %v, want the refused login", err)
		}
		if strings.Contains(err.Error(), "wrong-password") {
			t.Errorf("error shows the password: %v", err)
		}
	}
	if got := logins.Load(); got != 1 {
		t.Errorf("%d logins, want 1: more may lock the account", got)
	}
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"nothing is sent without credentials", Config{}, ""},
		{"a token is a bearer token", Config{Token: "abc"}, "Bearer abc"},
		{"the v6 word can be asked for", Config{Token: "abc", AuthScheme: SchemeToken}, "Token abc"},
		{
			"basic sends user and password", Config{Username: "u", Password: "p", AuthScheme: SchemeBasic},
			"Basic " + base64.StdEncoding.EncodeToString([]byte("u:p")),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.UserAgent = "agent/1"
			c := newTestClient(t, tt.cfg, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if diff := cmp.Diff(tt.want, r.Header.Get("Authorization")); diff != "" {
					t.Errorf("Authorization (-want +got):\n%s", diff)
				}
				if got := r.UserAgent(); got != "agent/1" {
					t.Errorf("User-Agent is %q", got)
				}
				_, _ = io.WriteString(w, `{"version": "7"}`)
			}))
			if _, err := c.Version(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	t.Run("a read follows", func(t *testing.T) {
		t.Parallel()
		c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/moved/" {
				http.Redirect(w, r, "/prefix/moved/", http.StatusMovedPermanently)
				return
			}
			_, _ = io.WriteString(w, `{"version": "7"}`)
		}))
		if v, err := c.Version(t.Context()); err != nil || v.Version != "7" {
			t.Errorf("got %v, %v", v, err)
		}
	})
	t.Run("a write does not", func(t *testing.T) {
		t.Parallel()
		c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/moved/" {
				t.Error("the redirect was followed")
			}
			http.Redirect(w, r, "/prefix/moved/", http.StatusMovedPermanently)
		}))
		_, err := c.CreateWorkspace(t.Context(), api.WorkspaceCreate{Title: "x"})
		if err == nil || !strings.Contains(err.Error(), "/prefix/moved/") {
			t.Errorf("error is %v, want one that names the target", err)
		}
	})
	t.Run("a read does not leave the allowed hosts", func(t *testing.T) {
		t.Parallel()
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Error("the other host was asked")
		}))
		t.Cleanup(elsewhere.Close)
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
		t.Cleanup(server.Close)
		c, err := New(Config{Endpoint: server.URL, AllowedHosts: []string{strings.TrimPrefix(server.URL, "http://")}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "allowed hosts") {
			t.Errorf("error is %v, want the guard's", err)
		}
	})
}

func TestPathElementsAreEscapedOnce(t *testing.T) {
	t.Parallel()
	var got string
	c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.RequestURI
		_, _ = io.WriteString(w, `{}`)
	}))
	if _, err := c.JobType(t.Context(), "a/b %?", "1.0.0+x"); err != nil {
		t.Fatal(err)
	}
	if want := "/prefix/v6/job-types/a%2Fb%20%25%3F/1.0.0+x/"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	for _, name := range []string{"", ".", ".."} {
		if _, err := c.RecipeType(t.Context(), name); err == nil {
			t.Errorf("the name %q made a request", name)
		}
	}
}

func TestListFollowsPages(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"1": `{"count": 3, "next": "http://another-host/?page=2", "results": [{"id": 1}, {"id": 2}]}`,
		"2": `{"count": 3, "next": null, "results": [{"id": 3}]}`,
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if diff := cmp.Diff([]string{"a", "b"}, q["keyword"]); diff != "" {
			t.Errorf("keyword (-want +got):\n%s", diff)
		}
		body, ok := pages[q.Get("page")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			body = `{"detail": "Invalid page."}`
		}
		_, _ = io.WriteString(w, body)
	})
	tests := []struct {
		name  string
		limit int
		want  []int64
	}{
		{"all pages", 0, []int64{1, 2, 3}},
		{"up to a limit on the first page", 1, []int64{1}},
		{"up to a limit on the second page", 3, []int64{1, 2, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, Config{}, handler)
			types, err := c.RecipeTypes(t.Context(), RecipeTypeQuery{Keywords: []string{"a", "b"}, Limit: tt.limit})
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, rt := range types {
				got = append(got, rt.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsThatBecomeShorter(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		missing, status int
		want            int // ids; -1: an error
	}{
		"the second page is gone":  {2, 404, 1},
		"the first page is none":   {1, 404, -1},
		"the second page failed":   {2, 400, -1},
		"the second page is empty": {3, 404, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				page := r.URL.Query().Get("page")
				switch {
				case page == strconv.Itoa(tt.missing):
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, `{"detail": "Invalid page."}`)
				case page == "1":
					_, _ = io.WriteString(w, `{"count": 2, "next": "http://h/?page=2", "results": [{"id": 1}]}`)
				default:
					_, _ = io.WriteString(w, `{"count": 1, "next": "http://h/?page=3", "results": []}`)
				}
			}))
			types, err := c.RecipeTypes(t.Context(), RecipeTypeQuery{})
			if (err != nil) != (tt.want < 0) || err == nil && len(types) != tt.want {
				t.Errorf("got %d types, %v; want %d", len(types), err, tt.want)
			}
		})
	}
}

func TestUploadIsSentAgainFromItsStart(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength <= 0 {
			t.Errorf("Content-Length is %d", r.ContentLength)
		}
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
			return
		}
		want := map[string][]string{
			"workspace": {"raw"}, "file_path": {"a/b.txt"}, "media_type": {"text/plain"},
			"data_type_tags": {"x", "y"}, "source_sensor": {"S"}, "source_started": {"2026-03-01T12:00:00Z"},
		}
		if diff := cmp.Diff(want, r.MultipartForm.Value); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		f, header, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		raw, _ := io.ReadAll(f)
		if string(raw) != "data" || header.Filename != "b.txt" {
			t.Errorf("got %q as %q", raw, header.Filename)
		}
		if attempts.Add(1) == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id": 7}`)
	}))
	body := strings.NewReader("skipped data")
	if _, err := body.Seek(8, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	f, err := c.UploadFile(t.Context(), api.FileUpload{
		Workspace: "raw", Path: "a/b.txt", MediaType: "text/plain", DataTypes: []string{"x", "y"},
		Sources: api.Sources{
			SourceSensor:  new("S"),
			SourceStarted: new(api.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))),
		},
	}, body)
	if err != nil || f.ID != 7 || attempts.Load() != 2 {
		t.Errorf("got file %d after %d attempts, %v", f.ID, attempts.Load(), err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("requests under way", func(t *testing.T) {
		t.Parallel()
		var now, most atomic.Int32
		gate := make(chan struct{})
		c := newTestClient(t, Config{MaxConcurrentRequests: 2}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			<-gate
			now.Add(-1)
			_, _ = io.WriteString(w, `{}`)
		}))
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if _, err := c.Version(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		for range 6 {
			gate <- struct{}{}
		}
		wg.Wait()
		if got := most.Load(); got > 2 {
			t.Errorf("%d requests at the same time, want 2", got)
		}
	})
	t.Run("one attempt", func(t *testing.T) {
		t.Parallel()
		done := make(chan struct{})
		c := newTestClient(t, Config{MaxRetries: -1, RequestTimeout: 20 * time.Millisecond},
			http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { <-done }))
		t.Cleanup(func() { close(done) })
		if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer within 20ms") {
			t.Errorf("error is %v, want a timeout", err)
		}
	})
	t.Run("a canceled caller does not wait", func(t *testing.T) {
		t.Parallel()
		c := newTestClient(t, Config{MaxRequestsPerSecond: 0.001}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{}`)
		}))
		if _, err := c.Version(t.Context()); err != nil { // takes the only token
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Version(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want that of the context", err)
		}
	})
}

func TestAnswersThatAreNoJSON(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>")
	}))
	_, err := c.Version(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Check the endpoint") {
		t.Errorf("error is %v, want a hint at the endpoint", err)
	}
}

func TestOnlyTheBackendKnowsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		want bool
	}{
		"the backend":           {`{"detail": "Not found."}`, true},
		"a proxy with a page":   {"<html><head><title>404 Not Found</title></head></html>", false},
		"a proxy with a line":   {"404 page not found\n", false},
		"a proxy without words": {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, tt.body)
			}))
			if _, err := c.Recipe(t.Context(), 1); api.IsNotFound(err) != tt.want {
				t.Errorf("%v is taken for a thing that is not there: %t, want %t", err, !tt.want, tt.want)
			}
		})
	}
}

func TestKeysOfCreatesAndEdits(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var keys []string
	c := newTestClient(t, Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		answer := len(keys)
		mu.Unlock()
		if answer < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	}))
	calls := []func() error{
		func() error { _, err := c.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: 1}); return err },
		func() error { _, err := c.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: 1}); return err },
		func() error { _, err := c.Recipe(t.Context(), 1); return err },
		func() error { return c.EditWorkspace(t.Context(), 1, api.WorkspaceEdit{}) },
	}
	for _, do := range calls {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys) != 6 || keys[0] == "" || keys[1] != keys[0] || keys[2] != keys[0] || keys[3] == "" || keys[3] == keys[0] {
		t.Errorf("keys are %q, want one for the three attempts of the first create, another for the second", keys)
	}
	if keys[4] != "" || keys[5] == "" {
		t.Errorf("keys are %q, want none for a read and one for an edit", keys)
	}
}

func TestReadEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stream string
		want         []event
	}{
		{"nothing", "", nil},
		{"comments are no events", ": still here\n\n: and here\n\n", nil},
		{"fields in any order", "data: 1\nid: 7\nevent: a\n\n", []event{{"a", "1"}}},
		{"no space, carriage returns and unknown fields", "event:a\r\ndata:1\r\nretry: 5\r\n\r\n", []event{{"a", "1"}}},
		{"several lines of data", "data: 1\ndata:  2\n\n", []event{{"", "1\n 2"}}},
		{"an event without data is none", "event: a\n\ndata: 1\n\n", []event{{"", "1"}}},
		{"an event that is cut off is none", "event: a\ndata: 1\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []event
			var last error
			for e, err := range readEvents(strings.NewReader(tt.stream)) {
				if last = err; err == nil {
					got = append(got, e)
				}
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(event{})); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if !errors.Is(last, io.ErrUnexpectedEOF) {
				t.Errorf("the stream ends with %v, want io.ErrUnexpectedEOF", last)
			}
		})
	}
}

func TestWritesCountsWhatMayChangeSomething(t *testing.T) {
	t.Parallel()
	var c *Client
	c = newTestClient(t, Config{Token: "x"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if during := c.Writes(); r.Method == http.MethodPatch && during != 1 {
			t.Errorf("during the first write there are %d, want 1", during)
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	for _, step := range []struct {
		name string
		call func(ctx context.Context) error
		want uint64
	}{
		{"a read", func(ctx context.Context) error { _, err := c.Workspace(ctx, 1); return err }, 0},
		{"a validation", func(ctx context.Context) error {
			_, err := c.ValidateWorkspace(ctx, api.WorkspaceValidate{})
			return err
		}, 0},
		{"an edit", func(ctx context.Context) error { return c.EditWorkspace(ctx, 1, api.WorkspaceEdit{}) }, 2},
		{"a create", func(ctx context.Context) error {
			_, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{})
			return err
		}, 4},
	} {
		if err := step.call(t.Context()); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := c.Writes(); got != step.want {
			t.Errorf("after %s there are %d, want %d", step.name, got, step.want)
		}
	}
}
