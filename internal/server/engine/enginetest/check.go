package enginetest

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
)

// Await polls until check is content; it says what it waits for otherwise.
func Await(t testing.TB, check func() bool, state func() string) {
	t.Helper()
	deadline, tick := time.After(Patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		if check() {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("gave up after %s: %s", Patience, state())
		case <-tick.C:
		}
	}
}

// Journal is a log that a test can read while it is written.
type Journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

// String is everything so far.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// MustRefuse checks that err is a refusal with that code and words, and returns its findings.
func MustRefuse(t *testing.T, err error, code refusal.Code, words string) recipe.Problems {
	t.Helper()
	e, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		t.Fatalf("error = %v, want an *Error with the code %s", err, code)
	}
	if e.Code != code || !strings.Contains(e.Message, words) {
		t.Errorf("error = %s %q, want %s with %q in it", e.Code, e.Message, code, words)
	}
	return e.Problems
}
