package server

import (
	"net/http"
	"testing"
)

// TestStreamsAreLimited fills what one user may have, and gives one back.
func TestStreamsAreLimited(t *testing.T) {
	t.Parallel()
	var s streams
	for range maxStreamsPerUser {
		if err := s.take(1); err != nil {
			t.Fatal(err)
		}
	}
	if p := problemOf(s.take(1)); p.status != http.StatusServiceUnavailable || p.retryAfter != streamsFull {
		t.Errorf("one too many: %+v", p)
	}
	if err := s.take(2); err != nil {
		t.Errorf("another user: %v", err)
	}
	s.giveBack(1)
	if err := s.take(1); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	for user := int64(3); s.total < maxStreams; user++ {
		for range min(maxStreamsPerUser, maxStreams-s.total) {
			if err := s.take(user); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.take(99) == nil {
		t.Error("more streams than there may be")
	}
	for user, n := range s.byUser {
		for range n {
			s.giveBack(user)
		}
	}
	if s.total != 0 || len(s.byUser) != 0 {
		t.Errorf("left: %d, %v", s.total, s.byUser)
	}
}
