package servertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// failing is a test whose failures are only counted.
type failing struct {
	testing.TB
	errors []string
	ends   []func()
}

func (f *failing) Helper() {}
func (f *failing) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *failing) Cleanup(fn func()) { f.ends = append(f.ends, fn) }

func TestWhatIsNotDocumentedFails(t *testing.T) {
	t.Parallel()
	const ref = `{"version": "1"}`
	ok := func(header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Request-Id", "1")
			status := 200
			for _, line := range strings.Split(header, "\n") {
				name, value, _ := strings.Cut(line, ": ")
				if name == "status" {
					_, _ = fmt.Sscan(value, &status)
				} else if name != "" {
					w.Header().Set(name, value)
				}
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		method, path, sent string
		answer             http.HandlerFunc
		want               string // empty: no failure
	}{
		"as documented":                   {"GET", "/v6/version/", "", ok("", ref), ""},
		"the same below v7":               {"GET", "/v7/version/", "", ok("", ref), ""},
		"a member that is not documented": {"GET", "/v6/version/", "", ok("", `{"version": "1", "x": 1}`), `property "x" is unsupported`},
		"a member that is missing":        {"GET", "/v6/version/", "", ok("", `{}`), `property "version" is missing`},
		"a member of another type":        {"GET", "/v7/version/", "", ok("", `{"version": 1}`), `/version: value must be a string`},
		"a status":                        {"GET", "/v6/version/", "", ok("status: 418", ref), "the status is not documented"},
		"a header that is missing":        {"GET", "/v6/version/", "", ok("X-Request-Id: ", ref), "X-Request-Id"},
		"a header that is not documented": {"GET", "/v6/version/", "", ok("Location: x", ref), "the header Location is not documented"},
		"a media type":                    {"GET", "/v6/version/", "", ok("Content-Type: text/html", ref), `the media type "text/html"`},
		"a body where there is none":      {"PATCH", "/v6/workspaces/1/", "{}", ok("status: 204", ""), ""},
		"a body of a 202":                 {"POST", "/v6/jobs/cancel/", "{}", ok("status: 202", "{}"), "there is a body of 2 bytes"},
		"a parameter that is unknown":     {"GET", "/v6/recipes/?moon=full", "", ok("", emptyPage), `the parameter "moon"`},
		"a parameter of another type":     {"GET", "/v6/recipes/?recipe_id=x", "", ok("", emptyPage), `parameter "recipe_id"`},
		"parameters as documented":        {"GET", "/v6/recipes/?recipe_id=1&recipe_id=2&page=last&page_size=-x", "", ok("", emptyPage), ""},
		"an unknown URL that answers":     {"GET", "/v6/moon/", "", ok("", ref), "the status is not documented"},
		"an unknown URL that does not":    {"GET", "/v6/moon/", "", ok("status: 404", `{"detail": "no"}`), ""},
		"a method that answers":           {"DELETE", "/v6/version/", "", ok("", ref), "the status is not documented"},
		"a method that does not":          {"DELETE", "/v6/version/", "", ok("status: 405\nAllow: GET", `{"detail": "no"}`), ""},
		"a 405 that allows nothing":       {"DELETE", "/v6/version/", "", ok("status: 405", `{"detail": "no"}`), "Allow"},
		"a slash without Location":        {"POST", "/v6/recipes", "", ok("status: 308", ""), "the header Location is missing"},
		"a member of a request":           {"POST", "/v6/jobs/cancel/", `{"status": ["SLEEPING"]}`, ok("status: 202", ""), "status"},
		"a member that is in the query":   {"POST", "/v6/jobs/cancel/?job_ids=x", `{}`, ok("status: 202", ""), "job_ids"},
		"a wrong request that is refused": {"POST", "/v6/jobs/cancel/", `{"status": 1`, ok("status: 400", `{"detail": "no"}`), ""},
		"a body of a GET":                 {"GET", "/v2/order/servings/k/o", `{"count": 7}`, ok("", `{"servings": [], "skipped": []}`), ""},
		"a wrong member of it":            {"GET", "/v2/order/servings/k/o", `{"count": "x"}`, ok("", `{"servings": [], "skipped": []}`), "count"},
		"a body where a GET has none":     {"GET", "/v2/kitchen/list", `{"x": 1}`, ok("", `{"kitchens": []}`), "there is a body"},
		"an empty object does no harm":    {"GET", "/v2/kitchen/list", `{}`, ok("", `{"kitchens": []}`), ""},
		"a path with slashes":             {"GET", "/v2/recipe/file/k/r/a/b.json", "", ok("", `{"contents": ""}`), ""},
		"a wrong label of v2":             {"PUT", "/v2/order/stop/o", `{"kitchen_name": 7}`, ok("", `{"status": "success"}`), "kitchen_name"},
		"v2 errors have their dialect":    {"POST", "/v2/login", "", ok("status: 400", `{"detail": "no"}`), `property "message" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failing{TB: t}
			h := checked(f, nil)(c.answer)
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.sent))
			h.ServeHTTP(httptest.NewRecorder(), r)
			got := strings.Join(f.errors, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, end := range f.ends {
				end()
			}
			before := len(f.errors)
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/v6/moon/", nil))
			if len(f.errors) != before {
				t.Error("a test that had ended was failed")
			}
		})
	}
}

const emptyPage = `{"count": 0, "next": null, "previous": null, "results": []}`
