package server

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestPanicsBecomeAnswers(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := &Server{log: slog.New(slog.NewTextHandler(&log, nil))}
	handler := s.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret detail") }))
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/v6/recipes/", nil)
	r.Header.Set("X-Request-Id", "my-id")
	handler.ServeHTTP(w, r)
	var body api.ErrorBody
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || !strings.HasPrefix(body.Detail, "Internal error") {
		t.Errorf("got %d %s, want 500 with a detail", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "secret detail") {
		t.Errorf("the answer tells what went wrong inside: %s", w.Body)
	}
	if got := log.String(); !strings.Contains(got, "request_id=my-id") || !strings.Contains(got, "secret detail") || !strings.Contains(got, "status=500") {
		t.Errorf("the log does not tell what went wrong: %s", got)
	}
}

// An answer that has begun can't be turned into an error: the connection is cut, so
// that the client does not take half of it for the whole.
func TestPanicsWithinAnAnswerCutTheConnection(t *testing.T) {
	t.Parallel()
	s := &Server{log: slog.New(slog.DiscardHandler)}
	handler := s.wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		panic("too late")
	}))
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // it is compared as the standard library does
			t.Errorf("got the panic %v, want http.ErrAbortHandler", v)
		}
	}()
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
}
