package page_test

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// A page that is live is told of a change.
func TestLivePages(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	b := asAdmin(t, s)
	b.mustHave("/", `data-live="/ui/live"`, `id="needs" data-live`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/ui/live", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream is answered %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(resp.Body)
	wait := func(event string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: "+event {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", event, lines.Err())
	}
	wait("ready")
	newFailed(t, s)
	wait("changed")
	stranger := newBrowser(t, s)
	if got := stranger.get("/ui/live"); got.status != http.StatusUnauthorized {
		t.Errorf("a stranger's stream is answered %d, want 401", got.status)
	}
}

// What a page of another site makes a browser send is refused, even with the form's token.
func TestFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	b := asAdmin(t, s)
	form := signOutForm(b.mustGet("/"))
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/ui/sign-out", strings.NewReader(url.Values(form).Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(name, value)
		if got := b.do(r); got.status != http.StatusForbidden {
			t.Errorf("%s %s: got %d, want 403", name, value, got.status)
		}
	}
	b.mustGet("/")
}
