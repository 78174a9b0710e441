package page_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// A browser is a client with cookies, without a script.
type browser struct {
	t    *testing.T
	s    *servertest.Server
	http *http.Client
}

func newBrowser(t *testing.T, s *servertest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A seen is what a browser was answered.
type seen struct {
	status int
	to     string // of a redirect
	header http.Header
	body   string
}

func (b *browser) do(r *http.Request) seen {
	b.t.Helper()
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return seen{resp.StatusCode, resp.Header.Get("Location"), resp.Header, string(raw)}
}

func (b *browser) get(path string) seen {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.s.URL+path, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// mustGet is get for what has to be there.
func (b *browser) mustGet(path string) string {
	b.t.Helper()
	got := b.get(path)
	if got.status != http.StatusOK {
		b.t.Fatalf("%s: got %d to %q, want 200\n%.2000s", path, got.status, got.to, got.body)
	}
	return got.body
}

// mustHave is mustGet for a page that has the texts.
func (b *browser) mustHave(path string, texts ...string) string {
	b.t.Helper()
	body := b.mustGet(path)
	for _, want := range texts {
		if !strings.Contains(body, want) {
			b.t.Errorf("%s lacks %q\n%s", path, want, body[max(strings.Index(body, "<main"), 0):])
		}
	}
	return body
}

func (b *browser) post(path string, form url.Values) seen {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

var (
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)
	mainForms   = regexp.MustCompile(`(?s)<main.*`)
)

// formOf are the hidden values of the first form of a page's body.
func formOf(body string) url.Values {
	form := url.Values{}
	body = mainForms.FindString(body)
	if at := strings.Index(body, `method="post"`); at >= 0 {
		body = body[at:]
	}
	if end := strings.Index(body, "</form>"); end >= 0 {
		body = body[:end]
	}
	for _, m := range hiddenInput.FindAllStringSubmatch(body, -1) {
		form.Add(m[1], m[2])
	}
	return form
}

// press opens a page that asks, and presses its button.
func (b *browser) press(path string) seen {
	b.t.Helper()
	return b.post(path, formOf(b.mustGet(path)))
}

// signIn signs in.
func (b *browser) signIn(username, password string) seen {
	b.t.Helper()
	form := formOf(b.mustGet("/ui/sign-in"))
	form.Set("username", username)
	form.Set("password", password)
	return b.post("/ui/sign-in", form)
}

// as is a browser in which somebody with that role is signed in.
func as(t *testing.T, s *servertest.Server, name, role string) *browser {
	t.Helper()
	b := newBrowser(t, s)
	password := s.Password
	if name != s.Username {
		password = "a-password-of-" + name
		if _, err := s.Client.CreateUser(t.Context(), api.UserCreate{Username: name, Role: role, Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.signIn(name, password); got.status != http.StatusSeeOther || got.to != "/" {
		t.Fatalf("signing in as %s: got %d to %q\n%s", name, got.status, got.to, got.body)
	}
	return b
}

func asAdmin(t *testing.T, s *servertest.Server) *browser {
	t.Helper()
	return as(t, s, s.Username, "admin")
}

// send sends JSON to the API as the administrator.
func send(t *testing.T, s *servertest.Server, method, path, body string) string {
	t.Helper()
	resp, raw := s.Do(t, method, path, http.Header{"Content-Type": {"application/json"}}, strings.NewReader(body))
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: got %d %s", method, path, resp.StatusCode, raw)
	}
	return string(raw)
}
