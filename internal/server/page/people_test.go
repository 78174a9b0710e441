package page_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const peopleRules = `[{"claims": {"email": "ada@bakery.example", "email_verified": "true"}, "role": "operator"},
	{"claims": {"sub": "robot"}, "user": "robot"}]`

// goAway begins a login at the issuer, and returns where the issuer sends back to.
func goAway(t *testing.T, b *browser, i *servertest.Issuer, name string) (code, state string) {
	t.Helper()
	form := formOf(b.mustGet("/ui/sign-in?to=%2Fui%2Fqueue"))
	form.Set("issuer", name)
	got := b.post("/ui/sign-in-at", form)
	_, at, found := strings.Cut(got.header.Get("Refresh"), "url=")
	if got.status != http.StatusOK || !found {
		t.Fatalf("going to the issuer: got %d\n%s", got.status, got.body)
	}
	back := i.Authorize(at)
	if want := b.s.URL + "/ui/signed-in"; !strings.HasPrefix(back, want+"?") {
		t.Fatalf("the issuer sends back to %q, want %q", back, want)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("code"), u.Query().Get("state")
}

// People log in to the page by the trust file.
func TestPeopleSignInAtAnIssuer(t *testing.T) {
	t.Parallel()
	i := servertest.NewIssuer(t)
	s := newServer(t, servertest.Options{Workers: -1, TrustFile: i.PeopleFile("The bakery", peopleRules)})
	b := newBrowser(t, s)
	b.mustHave("/ui/sign-in", "Sign in with The bakery")
	i.Person(map[string]any{"sub": "auth|ada", "email": "ada@bakery.example", "email_verified": true})
	code, state := goAway(t, b, i, "The bakery")
	back := "/ui/signed-in?" + url.Values{"code": {code}, "state": {state}}.Encode()

	// Only the browser that began it can end it.
	if got := newBrowser(t, s).get(back); got.status != http.StatusForbidden || !strings.Contains(got.body, "was not begun in this browser") {
		t.Errorf("in another browser: got %d\n%s", got.status, got.body)
	}
	got := b.get(back)
	if got.status != http.StatusSeeOther || got.to != "/ui/queue" {
		t.Fatalf("coming back: got %d to %q\n%s", got.status, got.to, got.body)
	}
	b.mustHave("/ui/queue", "operator")
	if got := b.get(back); got.status != http.StatusForbidden {
		t.Errorf("coming back twice: got %d, want 403", got.status)
	}
	entries, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{Actions: []string{"login"}})
	if err != nil || len(entries) == 0 || entries[0].Changes["issuer"] != i.URL || entries[0].Changes["subject"] != "auth|ada" {
		t.Errorf("the audit has %+v, %v", entries, err)
	}
}

func TestPeopleWhoAreNotLetIn(t *testing.T) {
	t.Parallel()
	i := servertest.NewIssuer(t)
	s := newServer(t, servertest.Options{Workers: -1, TrustFile: i.PeopleFile("", peopleRules)})
	good := map[string]any{"sub": "auth|ada", "email": "ada@bakery.example", "email_verified": true}
	with := func(name string, value any) map[string]any {
		out := map[string]any{name: value}
		for k, v := range good {
			if k != name {
				out[k] = v
			}
		}
		return out
	}
	host, _ := url.Parse(i.URL)
	for what, c := range map[string]struct {
		claims map[string]any
		change func(url.Values)
		want   string
	}{
		"no rule":                  {with("email", "eve@bakery.example"), nil, "no rule of the trust file lets you in"},
		"an address not verified":  {with("email_verified", false), nil, "no rule of the trust file lets you in"},
		"for another program":      {with("aud", "other"), nil, "The login did not work"},
		"an answer to another":     {with("nonce", "other"), nil, "its nonce is another"},
		"a state of another":       {good, func(q url.Values) { q.Set("state", "other") }, "not to the question of this browser"},
		"a code that there is not": {good, func(q url.Values) { q.Set("code", "other") }, "does not take the code"},
		"refused there":            {good, func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, "access_denied"},
		"refused with no state":    {good, func(q url.Values) { q.Del("state"); q.Set("error", "access_denied") }, "not to the question of this browser"},
		"the answer of another":    {good, func(q url.Values) { q.Set("iss", "https://evil.example") }, "of another issuer than"},
		"a user who is not there":  {map[string]any{"sub": "robot"}, nil, "does not exist or is disabled"},
	} {
		b := newBrowser(t, s)
		i.Person(c.claims)
		code, state := goAway(t, b, i, host.Host)
		q := url.Values{"code": {code}, "state": {state}}
		if c.change != nil {
			c.change(q)
		}
		got := b.get("/ui/signed-in?" + q.Encode())
		if got.status != http.StatusForbidden || !strings.Contains(got.body, c.want) {
			t.Errorf("%s: got %d, want %q\n%s", what, got.status, c.want, got.body)
		}
		if got := b.get("/"); got.status != http.StatusSeeOther {
			t.Errorf("%s: and is in", what)
		}
	}
	form := formOf(newBrowser(t, s).mustGet("/ui/sign-in"))
	if got := newBrowser(t, s).post("/ui/sign-in-at", form); got.status != http.StatusForbidden {
		t.Errorf("a form without its cookie: got %d, want 403", got.status)
	}
}
