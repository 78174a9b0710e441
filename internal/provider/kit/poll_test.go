package kit

import (
	"errors"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// TestWhatMayPass: whoever waits for a run goes on past these.
func TestWhatMayPass(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{429: true, 408: true, 500: true, 502: true, 503: true, 400: false, 401: false, 403: false, 404: false, 409: false} {
		if got := mayPass(&api.Error{Status: status}); got != want {
			t.Errorf("%d may pass: %v, want %v", status, got, want)
		}
	}
	if !mayPass(errors.New("connection reset")) {
		t.Error("a connection that is lost does not pass")
	}
}
