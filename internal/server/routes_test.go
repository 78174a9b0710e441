package server_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// openRoutes are all routes that answer without credentials.
func openRoutes() []string {
	return []string{"/v6/version/", "/v7/version/", "/api-token-auth/", "/v2/login", "/v6/login/workload/", "/v7/login/workload/", "/healthz", "/readyz", "/version", "/openapi.yaml"}
}

// TestEveryRoute walks the routes, so that a new one cannot be forgotten: each has
// methods, each method a role, and each keeps strangers and wrong methods out.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	wildcard := regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)
	reading := []string{
		"POST /v2/recipe/get/{kitchen}/{recipe}", "POST /v2/order/details/{kitchen}",
		"POST /api-token-auth/revoke/",                                          // what changes is the token of the request
		"POST /v6/tokens/", "PATCH /v6/tokens/{id}/", "DELETE /v6/tokens/{id}/", // or of the sender
		"POST /v6/origins/claim/", "POST /v7/origins/claim/", // a refresh, which viewers may do, says what its state has
		"POST /v7/tokens/", "PATCH /v7/tokens/{id}/", "DELETE /v7/tokens/{id}/",
	}
	anonymous := http.Header{"Authorization": {""}}
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	for _, rt := range server.RouteTable() {
		path := wildcard.ReplaceAllString(rt.Path, "1")
		open := slices.Contains(openRoutes(), rt.Path)
		if len(rt.Roles) == 0 {
			t.Errorf("%s has no methods", rt.Path)
		}
		for method, role := range rt.Roles {
			if (role == "anyone") != open {
				t.Errorf("%s %s asks for the role %s", method, rt.Path, role)
			}
			changes := method != "GET" && !strings.HasSuffix(rt.Path, "/validation/") && !slices.Contains(reading, method+" "+rt.Path)
			if !open && changes && role == "viewer" {
				t.Errorf("%s %s changes something, but a viewer may do it", method, rt.Path)
			}
			if open {
				continue
			}
			resp, body := s.Do(t, method, path, anonymous, nil)
			if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s without credentials: got %d %s", method, path, resp.StatusCode, body)
			}
		}
		for _, method := range methods {
			_, known := rt.Roles[method]
			if _, get := rt.Roles["GET"]; known || method == "HEAD" && get {
				continue
			}
			resp, body := s.Do(t, method, path, nil, nil)
			if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") == "" {
				t.Errorf("%s %s: got %d, Allow %q, want 405", method, path, resp.StatusCode, resp.Header.Get("Allow"))
			}
			want := `{"detail":"Method \"` + method + `\" not allowed."}`
			if strings.HasPrefix(path, "/v2/") { // whose older clients cannot read quotes in texts
				want = `{"detail":"Method '` + method + `' not allowed.","message":{"error":"Method '` + method + `' not allowed.","status":"failed"}}`
			}
			if method != "HEAD" && strings.TrimSpace(string(body)) != want {
				t.Errorf("%s %s: got %s, want %s", method, path, body, want)
			}
		}
		if bare, hasSlash := strings.CutSuffix(path, "/"); hasSlash {
			for method, want := range map[string]int{"GET": 301, "POST": 308, "PATCH": 308} {
				resp, _ := s.Do(t, method, bare+"?page=2&a=%2F", anonymous, nil)
				if got := resp.Header.Get("Location"); resp.StatusCode != want || got != path+"?page=2&a=%2F" {
					t.Errorf("%s %s: got %d to %q, want %d to the same with a slash", method, bare, resp.StatusCode, got, want)
				}
			}
		}
	}
}

func TestBothVersionsServeTheSame(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for _, path := range []string{"/workspaces/", "/workspaces/1/", "/version/", "/recipe-types/"} {
		_, six := s.Do(t, "GET", "/v6"+path, nil, nil)
		_, seven := s.Do(t, "GET", "/v7"+path, nil, nil)
		if string(six) != string(seven) {
			t.Errorf("%s: /v6 says %s, /v7 says %s", path, six, seven)
		}
	}
}

func TestUnknownURLs(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for _, path := range []string{
		"/", "/v6/", "/v5/recipes/", "/recipes/", "/v6/recipes/recipes/", "/v6/nothing/", "/v6/recipes/1/nothing/",
		"/v6/recipes/x/", "/v6/recipes/-1/", "/v6/recipes/99999999999999999999/", "/v6/recipes/+1/", "/v6/recipes/1.5/",
		"/v6/recipes/4711/", "/v6/jobs/4711/", "/v6/jobs/1/executions/1/", "/v6/jobs/1/executions/x/",
		"/v6/files/4711/", "/v6/files/4711/content/", "/v6/workspaces/4711/", "/v6/recipe-types/nobody/",
		"/v6/recipe-types/nobody/revisions/1/", "/v6/recipe-types/%00/", "/v6/recipe-types/%ff/", "/v6/job-types/no/1.0.0/",
		"/v6/job-types/no/1.0.0/revisions/", "/v6/job-types/no/1.0.0/revisions/1/",
		"/v6/job-executions/1/logs/stdout/", "/v6/job-executions/1/logs/stdin/", "/v2/", "/v2/nothing",
	} {
		resp, body := s.Do(t, "GET", path, nil, nil)
		var answer struct{ Detail string }
		if err := json.Unmarshal(body, &answer); resp.StatusCode != http.StatusNotFound || err != nil || answer.Detail == "" {
			t.Errorf("%s: got %d %s, want 404 with a detail", path, resp.StatusCode, body)
		}
	}
}

func TestOperationalEndpoints(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	anonymous := http.Header{"Authorization": {""}}
	for path, want := range map[string]string{
		"/healthz":     `{"status":"ok"}`,
		"/readyz":      `{"status":"ok"}`,
		"/version":     `{"version":"dev"}`,
		"/v6/version/": `{"version":"dev"}`,
	} {
		resp, body := s.Do(t, "GET", path, anonymous, nil)
		if resp.StatusCode != 200 || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: got %d %s, want 200 %s", path, resp.StatusCode, body, want)
		}
	}
	resp, _ := s.Do(t, "GET", "/healthz", http.Header{"X-Request-Id": {"abc-123"}}, nil)
	if got := resp.Header.Get("X-Request-Id"); got != "abc-123" {
		t.Errorf("got request id %q, want the one that was sent", got)
	}
	resp, _ = s.Do(t, "GET", "/healthz", http.Header{"X-Request-Id": {"bad id with \"quotes\""}}, nil)
	if got := resp.Header.Get("X-Request-Id"); got == "" || strings.Contains(got, " ") {
		t.Errorf("got request id %q, want a fresh one", got)
	}
	if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("got X-Content-Type-Options %q, want nosniff", got)
	}
}

func TestStoppedDatabaseIsNotReady(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	resp, body := s.Do(t, "GET", "/readyz", nil, nil)
	if resp.StatusCode != 503 || !strings.Contains(string(body), "the database does not answer") {
		t.Errorf("got %d %s, want 503", resp.StatusCode, body)
	}
	resp, body = s.Do(t, "GET", "/v6/recipes/", nil, nil)
	if resp.StatusCode != 500 || !strings.Contains(string(body), "Internal error") || strings.Contains(string(body), "sql") {
		t.Errorf("got %d %s, want 500 that tells nothing", resp.StatusCode, body)
	}
	id := resp.Header.Get("X-Request-Id")
	if !strings.Contains(s.Log.String(), `msg="request failed" request_id=`+id) {
		t.Errorf("the log does not say what happened to request %s:\n%s", id, s.Log)
	}
}
