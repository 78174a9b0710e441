package servertest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestFaultsBreakAnswersAndNotTheServer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault  servertest.Fault
		status int   // 0: no answer
		err    error // without an answer
		done   bool  // the server has done what it was asked
	}{
		"LoseAnswer":      {servertest.LoseAnswer, 0, io.EOF, true},
		"ResetConnection": {servertest.ResetConnection, 0, syscall.ECONNRESET, false},
		"Stall":           {servertest.Stall, 0, context.DeadlineExceeded, true},
		"Answer":          {servertest.Answer(http.StatusBadGateway), http.StatusBadGateway, nil, false},
		"Busy":            {servertest.Busy(7 * time.Second), http.StatusTooManyRequests, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f servertest.Faults
			s := servertest.New(t, servertest.Options{Workers: -1, Middleware: f.Middleware})
			f.InjectOnce("POST /v6/workspaces/", tt.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			create := func(title string) (*http.Response, error) {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v6/workspaces/",
					strings.NewReader(`{"title": "`+title+`", "configuration": {"broker": {"type": "host", "host_path": "x"}}}`))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+s.Token)
				req.Header.Set("Content-Type", "application/json")
				return http.DefaultTransport.RoundTrip(req)
			}
			resp, err := create("Broken")
			if resp != nil {
				_ = resp.Body.Close()
			}
			if !errors.Is(err, tt.err) || tt.err == nil && resp.StatusCode != tt.status {
				t.Errorf("got %v, %v, want status %d or error %v", resp, err, tt.status, tt.err)
			}
			if resp != nil && name == "Busy" && resp.Header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After is %q, want 7", resp.Header.Get("Retry-After"))
			}
			if resp, body := s.Do(t, "GET", "/v6/workspaces/?name=broken", nil, nil); strings.Contains(string(body), `"Broken"`) != tt.done {
				t.Errorf("the server answers %d %s, want the workspace to be there: %v", resp.StatusCode, body, tt.done)
			}
		})
	}
}

func TestFaultsCountRequestsAndBreakTheFirstOfEachPath(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	f.InjectOnce("GET /(healthz|version)", servertest.Answer(http.StatusTeapot))
	s := servertest.New(t, servertest.Options{Workers: -1, Middleware: f.Middleware})
	status := func(path string) int {
		resp, _ := s.Do(t, "GET", path, nil, nil)
		return resp.StatusCode
	}
	got := []int{status("/healthz"), status("/healthz"), status("/readyz")}
	f.Inject("GET /health", servertest.Answer(http.StatusTeapot)) // not the whole path
	f.Inject("GET /ready.*", servertest.Answer(http.StatusBadGateway))
	got = append(got, status("/healthz"), status("/readyz"), status("/readyz"))
	f.Clear()
	got = append(got, status("/readyz"))
	if diff := cmp.Diff([]int{418, 200, 200, 200, 502, 502, 200}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"GET /healthz": 3, "GET /readyz": 4}, f.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := f.Requests(); len(got) > 0 {
		t.Errorf("counted twice: %v", got)
	}
}
