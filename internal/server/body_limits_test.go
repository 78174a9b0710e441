package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestLoginsReadLittle sends what took hundreds of megabytes to whoever had no password.
func TestLoginsReadLittle(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	anonymous := jsonHeader()
	anonymous.Set("Authorization", "")
	for _, path := range []string{"/api-token-auth/", "/v2/login"} {
		body := `{"username": "admin", "password": "x", "more": "` + strings.Repeat("x", 16<<10) + `"}`
		resp, raw := s.Do(t, "POST", path, anonymous, strings.NewReader(body))
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s with more than 16 KiB: %d %s, want 413", path, resp.StatusCode, raw)
		}
		good := `{"username": "admin", "password": "` + servertest.Password + `", "more": [[1, 2]]}`
		if resp, raw := s.Do(t, "POST", path, anonymous, strings.NewReader(good)); resp.StatusCode != http.StatusOK {
			t.Errorf("%s with a right password and more: %d %s", path, resp.StatusCode, raw)
		}
	}
}

func TestBodiesHaveABudgetOfValues(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	lists := `{"title": "x", "definition": [` + strings.Repeat("[],", 300_000) + `[]]}`
	if resp, body := send(t, s, "POST", "/v6/recipe-types/", lists); resp.StatusCode != 400 || !strings.Contains(body, "values") {
		t.Errorf("300,000 values: %d %s, want 400", resp.StatusCode, body)
	}
	text := `{"title": "x", "definition": {}, "more": "` + strings.Repeat("[],", 300_000) + `"}`
	if _, body := send(t, s, "POST", "/v6/recipe-types/", text); strings.Contains(body, "values, at most") {
		t.Errorf("a long text was counted as values: %s", body)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	resp, body := s.Do(t, "POST", "/v6/recipe-types/", header, strings.NewReader(strings.Repeat("a=1&", 20_000)))
	if resp.StatusCode != 400 || !strings.Contains(string(body), "fields") {
		t.Errorf("a form of 20,000 fields: %d %s, want 400", resp.StatusCode, body)
	}
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// TestHostileBodiesTakeLittleMemory sends forty large bodies at a time to a real galleyd,
// with and without credentials, and reads what its memory came to.
func TestHostileBodiesTakeLittleMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	const most = 300 << 10 // KiB
	p := servertest.Galleyd(t, "serve", "--listen=127.0.0.1:0", "--workers=0", "--data-dir="+t.TempDir())
	login, err := p.Client.LogIn(t.Context(), servertest.Username, servertest.Password)
	if err != nil {
		t.Fatal(err)
	}
	bodies := [][]byte{
		[]byte(`{"username": [` + strings.Repeat("[],", 3<<20) + `[]]}`),
		[]byte(`{"title": "x", "definition": [` + strings.Repeat("{},", 60_000) + strings.Repeat(" ", 9<<20) + `{}]}`),
		[]byte(`{"title": "x", "definition": [` + strings.Repeat(`"",`, 3<<20) + `""]}`),
		bytes.Repeat([]byte("a=&"), 3<<20),
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			body := bodies[i%len(bodies)]
			path, contentType := "/v6/recipe-types/validation/", "application/json"
			if i%len(bodies) == 0 {
				path = "/api-token-auth/"
			}
			if i%len(bodies) == 3 {
				contentType = "application/x-www-form-urlencoded"
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("Authorization", "Bearer "+login.Token)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return // the server may close the connection of a body that it does not read
			}
			defer resp.Body.Close()
			if resp.StatusCode < 400 {
				t.Errorf("body %d was taken: %d", i%len(bodies), resp.StatusCode)
			}
		})
	}
	wg.Wait()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	match := highWater.FindSubmatch(raw)
	if match == nil {
		t.Fatalf("no VmHWM in %s", raw)
	}
	if peak, err := strconv.Atoi(string(match[1])); err != nil || peak > most {
		t.Errorf("galleyd took up to %d KiB (%v), want at most %d", peak, err, most)
	}
}
