package page_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
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
	head, err := http.NewRequestWithContext(t.Context(), http.MethodHead, s.URL+"/ui/live", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.do(head); got.status != http.StatusOK {
		t.Errorf("HEAD of the stream is answered %d, want 200", got.status)
	}
	stranger := newBrowser(t, s)
	if got := stranger.get("/ui/live"); got.status != http.StatusUnauthorized {
		t.Errorf("a stranger's stream is answered %d, want 401", got.status)
	}
	form := formOf(stranger.mustGet("/ui/sign-in"))
	form.Set("username", s.Username)
	form.Set("password", s.Password)
	form.Set("more", strings.Repeat("x", 16<<10))
	if got := stranger.post("/ui/sign-in", form); got.status != http.StatusForbidden {
		t.Errorf("a stranger's long form is answered %d, want 403", got.status)
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

// A page that shows the log of what runs is told of new lines.
func TestLiveLogs(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	send(t, s, "POST", "/v6/job-types/", `{"docker_image": "x:1", "manifest": {"seedVersion": "1.0.0", "job": {"name": "slow", "jobVersion": "1.0.0",
		"packageVersion": "1.0.0", "title": "Slow", "description": "d", "maintainer": {"name": "n", "email": "n@example.com"}, "timeout": 7200,
		"interface": {"command": "x", "inputs": {}, "outputs": {}, "settings": [{"name": "GALLEY_SIMULATE_DURATION"}]}}},
		"configuration": {"settings": {"GALLEY_SIMULATE_DURATION": "1h"}}}`)
	types, err := s.Client.JobTypes(t.Context(), client.JobTypeQuery{Keywords: []string{"slow"}})
	if err != nil || len(types) != 1 {
		t.Fatalf("job types are %v, %v", types, err)
	}
	job, err := s.Client.CreateJob(t.Context(), api.JobCreate{JobTypeID: types[0].ID, Input: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	waitJob(t, s, job.ID, "RUNNING")
	exe, err := s.Store.JobExecution(t.Context(), job.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	b := asAdmin(t, s)
	stream := fmt.Sprintf("/ui/live?exe=%d", exe.ID)
	page := fmt.Sprintf("/ui/jobs/%d", job.ID)
	b.mustHave(page+"/log", `data-live="`+stream+`"`)
	b.mustGet(page + "/log?from=9223372036854775807")
	b.mustHave(page, `data-live="`+stream+`"`)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+stream, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	wrote := false
	for lines.Scan() {
		switch lines.Text() {
		case "event: ready":
			wrote = true
			if err := s.Store.AppendLog(t.Context(), []store.LogChunk{{JobExeID: exe.ID, Seq: 1000, Stream: "stdout", Written: store.Now(), Text: []byte("a new line\n")}}); err != nil {
				t.Fatal(err)
			}
		case "event: changed":
			if wrote {
				b.mustHave(page+"/log", "a new line")
				return
			}
		}
	}
	t.Fatalf("the stream ended before it told of the line: %v", lines.Err())
}
